/**
 * Required by Mocha in the test projects: compiles TypeScript, and gives the fixtures the globals that Vitest and Jest have.
 *
 * Mocha itself knows no files: in one process all top-level hooks are the root's. So there each test file is put into a suite of
 * its own. In workers, which run one file at a time, they stay as they are.
 */
const { readFileSync } = require('node:fs');
const { relative } = require('node:path');
const { transformSync } = require('@swc/core');
const { each } = require('./each.cjs');
const { expect } = require('./expect.cjs');

process.setSourceMapsEnabled(true);

const isTest = new Set(JSON.parse(readFileSync(`${process.cwd()}/.tests.json`, 'utf8')));
const isShared = process.env.MOCHA_WORKER_ID === undefined;

require.extensions['.ts'] = (module, filename) => {
  const name = relative(process.cwd(), filename).replaceAll('\\', '/');
  if (!isTest.has(name)) return module._compile(codeOf(filename), filename);
  // What a file leaves must not reach the next one, which has a realm of its own in other frameworks.
  retries = 0;
  globalThis.jest.useRealTimers();
  for (const path of Object.keys(require.cache)) if (path.endsWith('.ts')) delete require.cache[path];
  // On the same line, so that the source map holds.
  const own = `before(() => jest.useRealTimers()); ${codeOf(filename)}`;
  if (isShared) module._compile(`describe(${JSON.stringify(name)}, () => {${own}\n});`, filename);
  else module._compile(codeOf(filename), filename);
};

function codeOf(filename) {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'commonjs' },
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  });
  return code;
}

/** How often each test of the file is tried again. */
let retries = 0;
exports.retryTimes = (times) => {
  retries = times;
};

/** Mocha's own, which it sets anew as it begins to load a file. */
const own = {};

const test = (title, body, timeout) => {
  const made = own.it(title, body);
  if (timeout !== undefined) made.timeout(timeout);
  if (retries > 0) made.retries(retries);
  return made;
};
const describe = (title, body) => own.describe(title, body);

// Mocha adds `skip` and `only`.
Object.assign(test, { concurrent: test, each: each(test), todo: (title) => test(title) });
Object.assign(describe, { each: each(describe) });

for (const [name, ours] of Object.entries({ it: test, describe }))
  Object.defineProperty(globalThis, name, {
    get: () => ours,
    set: (theirs) => {
      own[name] = theirs;
    },
    configurable: true,
  });
Object.assign(globalThis, {
  expect,
  test,
  beforeAll: (body) => globalThis.before(body),
  afterAll: (body) => globalThis.after(body),
});
