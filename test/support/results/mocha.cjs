/** A reporter for Mocha that prints what "spec" does, and writes what `run.ts` reads. */
const { writeFileSync } = require('node:fs');
const { join, relative } = require('node:path');
const { createRequire } = require('node:module');

const mocha = createRequire(join(process.cwd(), 'noop.js'))('mocha');
const { Spec } = (mocha.default ?? mocha).reporters;

/** What is no test: an entry of ours for a hook or a file, a hook that failed, an exception. */
const isTest = ({ type, title }) => type === 'test' && !title.startsWith('async-leaks');

module.exports = class Results extends Spec {
  constructor(runner, options) {
    super(runner, options);
    const tests = new Map();
    const files = new Map((options.files ?? []).map((file) => [relative(process.cwd(), file), []]));
    const note = (test, state, error) => {
      const file = test.file === undefined ? '' : relative(process.cwd(), test.file);
      if (!isTest(test)) {
        files.set(file, [...(files.get(file) ?? []), error.stack]);
        return;
      }
      const name = test.titlePath().join(' > ');
      const key = JSON.stringify([file, name]);
      const errors = [...(tests.get(key)?.errors ?? []), ...(error === undefined ? [] : [error.stack])];
      tests.set(key, { file, name, state, errors });
    };
    runner.on('pass', (test) => note(test, 'passed'));
    runner.on('pending', (test) => note(test, 'skipped'));
    runner.on('fail', (test, error) => note(test, 'failed', error));
    runner.once('end', () => {
      const own = [...files].map(([file, errors]) => ({ file, errors }));
      writeFileSync(
        join(process.cwd(), '.results.json'),
        JSON.stringify({ files: own, tests: [...tests.values()] }),
      );
    });
  }
};
