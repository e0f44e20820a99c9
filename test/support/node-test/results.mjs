/** A reporter of node:test that writes what `run.ts` reads. node:test reports a suite after its tests, but starts it before. */
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inspect } from 'node:util';

const ADDED = /^async-leaks: /;

/** What is behind an error of node:test, as text: several leaks of a test are one error. */
function textsOf({ error }) {
  const cause = error?.cause ?? error;
  if (cause === undefined || cause === null) return [];
  if (typeof cause?.message !== 'string') return [inspect(cause)];
  const { name, message, stack = '' } = cause;
  const frames = stack.slice(Math.max(stack.indexOf('\n    at '), 0));
  return message.split(/\n\n(?=LeakError: )/).map((each) => {
    const text = each.replace(/^LeakError: /, '');
    return `${name}: ${text}\n${name}: ${text}${frames}`;
  });
}

/** Node 20 runs what was converted to JavaScript. */
const pathOf = (file) => relative(process.cwd(), file ?? '').replace(/\.ts\.mjs$/, '.ts');

export default async function* results(events) {
  const files = new Map();
  const tests = [];
  /** By file: node:test reports one file after the other, but what is nested may be another's. */
  let names = [];
  const fileOf = (file) => {
    const path = pathOf(file);
    if (!files.has(path)) files.set(path, { file: path, errors: [] });
    return files.get(path);
  };
  for await (const { type, data } of events) {
    const { name, nesting, details, file } = data;
    if (type === 'test:start') {
      names = [...names.slice(0, nesting), name];
      continue;
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    // A file in a process of its own, which failed as a whole.
    const isFile = nesting === 0 && pathOf(name) === pathOf(file);
    const own = fileOf(file);
    const { failureType } = details.error ?? {};
    const isSuite = details.type === 'suite';
    const errors = failureType === 'subtestsFailed' && isSuite ? [] : textsOf(details);
    // A leak that came to light when its test had been reported.
    const [, late] = /^async-leaks: test (.*) of /s.exec(name) ?? [];
    const blamed =
      late === undefined ? undefined : tests.find((test) => test.file === own.file && test.name === late);
    if (blamed !== undefined) {
      blamed.state = 'failed';
      blamed.errors.push(...errors);
      continue;
    }
    if (isSuite || ADDED.test(name) || isFile) {
      if (type === 'test:fail') own.errors.push(...errors);
      continue;
    }
    const state =
      data.skip !== undefined ? 'skipped' : data.todo !== undefined ? 'todo' : type.slice('test:'.length);
    tests.push({
      file: own.file,
      name: [...names.slice(0, nesting), name].join(' > '),
      state: { pass: 'passed', fail: 'failed' }[state] ?? state,
      errors,
    });
  }
  writeFileSync(join(process.cwd(), '.results.json'), JSON.stringify({ files: [...files.values()], tests }));
  yield '';
}
