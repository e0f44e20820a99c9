/**
 * What any detector costs that hangs into a framework and Node where async-leaks does: an extension with the same
 * hooks, which do nothing. What is below it is out of reach.
 */
import type { Version } from '../support/install/versions.ts';

/** The frameworks that are measured, each by a configuration of its own. */
export type Measured = Exclude<Version['framework'], 'node-test'>;

/** Node 20 and 22 hook no resource without all promises, which async-leaks comes around: there it hooks none. */
const head = `
const { AsyncLocalStorage, createHook } = process.getBuiltinModule('node:async_hooks');
const storage = new AsyncLocalStorage();
const nothing = () => {};
if (Number.parseInt(process.versions.node) >= 24)
  createHook({ init: nothing, before: nothing, destroy: nothing, trackPromises: false }).enable();
`;

/** The module of that extension: a setup file, an environment. */
export const floor: Record<Measured, string> = {
  vitest: `import { TestRunner } from 'vitest';
${head}
const { onBeforeRunSuite } = TestRunner.prototype;
TestRunner.prototype.onBeforeRunSuite = function (suite) {
  const { onBeforeTryTask } = this;
  if (!Object.hasOwn(this, 'onBeforeTryTask'))
    this.onBeforeTryTask = (...args) => {
      storage.enterWith({});
      return onBeforeTryTask.apply(this, args);
    };
  return onBeforeRunSuite.call(this, suite);
};
`,
  jest: `${head}
const { TestEnvironment } = require('jest-environment-node');
module.exports = class extends TestEnvironment {
  handleTestEvent({ name, test }) {
    if (name !== 'test_fn_start') return;
    const { fn } = test;
    test.fn = () => storage.run({}, fn);
  }
};
`,
  mocha: `${head}
const { Runnable } = require(require.resolve('mocha', { paths: [process.cwd()] }));
const { run } = Runnable.prototype;
Runnable.prototype.run = function (callback) {
  const { fn } = this;
  this.fn = Object.defineProperty(() => storage.run({}, () => fn.call(this.ctx)), 'length', { value: fn.length });
  return run.call(this, callback);
};
`,
};
