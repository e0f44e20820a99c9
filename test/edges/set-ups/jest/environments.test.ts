/** The user's own environments, beneath ours and above it: nothing of ours gets in their way. */
import { describe, expect, test } from 'vitest';
import { useProject } from '../../../support/e2e.ts';
import { type Run, run } from '../../../support/run.ts';
import { jest30 } from '../../../support/install/versions.ts';

const content = `
  test('is clean', () => { expect(globalThis.seen).toBe('theirs'); });
  test('leaks', () => { setInterval(() => {}, 1000); });
`;

/** Fields with names that an environment of ours might use. */
const fields = `
    this.file = 'theirs';
    this.inherited = 'theirs';
    this.session = 'theirs';
    this.options = 'theirs';
    this.place = 'theirs';
    this.global.seen = this.file;
`;
const environments: Readonly<Record<string, string>> = {
  'has fields of its own': `
    module.exports = withLeakDetection(class extends TestEnvironment {
      constructor(...args) { super(...args); ${fields} }
      async setup() { await super.setup(); this.global.seen = this.file; }
    });`,
  'extends ours and sets fields': `
    module.exports = class extends withLeakDetection(TestEnvironment) {
      constructor(...args) { super(...args); ${fields} }
    };`,
  'is wrapped twice': `
    class Own extends TestEnvironment {
      constructor(...args) { super(...args); ${fields} }
      async handleTestEvent({ name }) { if (name === 'setup') this.global.seen = 'theirs'; }
    }
    module.exports = withLeakDetection(withLeakDetection(Own));`,
  'extends ours and is wrapped again': `
    class Own extends withLeakDetection(TestEnvironment) {
      constructor(...args) { super(...args); ${fields} }
      async handleTestEvent(event, state) { await super.handleTestEvent(event, state); }
    }
    module.exports = withLeakDetection(Own);`,
  'is that of the preset, extended and wrapped': `
    const Preset = require('async-leaks/jest/environment').TestEnvironment;
    class Own extends Preset {
      constructor(...args) { super(...args); ${fields} }
    }
    module.exports = withLeakDetection(Own);`,
  'calls its handler while it is made': `
    class Eager extends TestEnvironment {
      constructor(...args) {
        super(...args);
        this.handleTestEvent?.({ name: 'made by its own constructor' }, {});
        this.global.seen = 'theirs';
      }
    }
    module.exports = withLeakDetection(Eager);`,
};

async function runWith(environment: string, config: object = {}): Promise<Run> {
  const head = `
    const { withLeakDetection } = require('async-leaks/jest');
    const { TestEnvironment } = require('jest-environment-node');\n`;
  const files = { 'a.js': content, 'environment.cjs': `${head}${environment}\n` };
  const own = { testEnvironment: '<rootDir>/environment.cjs', transform: {} };
  return run(useProject({ version: jest30, files, config: { ...own, ...config } }));
}

const OTHER_RUNNER = 'async-leaks needs jest-circus, the default testRunner; this file was not checked.';

test.each(Object.entries(environments))('an environment that %s is checked', async (_what, environment) => {
  const { tests, files, stderr } = await runWith(environment);
  const states = tests.map(({ name, state, errors }) => `${name}: ${state} ${errors.length}`);
  expect(states, stderr).toEqual(['is clean: passed 0', 'leaks: failed 1']);
  expect(files.flatMap(({ errors }) => errors)).toEqual([]);
  expect(stderr).not.toContain('not checked');
});

describe('a file that sees no event is told why', () => {
  test('where the environment could not be set up, by its own error alone', async () => {
    const { stderr } = await runWith(`
      module.exports = withLeakDetection(class extends TestEnvironment {
        async setup() { await super.setup(); throw new Error('no database'); }
      });`);
    expect(stderr).toContain('no database');
    expect(stderr).not.toContain('async-leaks needs');
    expect(stderr).not.toContain('not checked');
  });

  test('where a subclass keeps the events to itself', async () => {
    const { stderr, exitCode } = await runWith(`
      module.exports = class extends withLeakDetection(TestEnvironment) {
        async handleTestEvent() { this.global.seen = 'theirs'; }
      };`);
    expect(exitCode).toBe(0);
    const sentence =
      'async-leaks: this file was not checked: handleTestEvent() of its environment must call super.handleTestEvent(event, state).\n';
    expect(stderr.split(sentence)).toHaveLength(2);
    expect(stderr).not.toContain(OTHER_RUNNER);
  });

  test('where the runner is another one', async () => {
    const runner = `module.exports = async (_global, config, environment, runtime, path) => {
      const { createEmptyTestResult } = require('@jest/test-result');
      return { ...createEmptyTestResult(), testFilePath: path, numPassingTests: 1, testResults: [{ ancestorTitles: [], failureMessages: [], failureDetails: [], fullName: 'one', title: 'one', status: 'passed', numPassingAsserts: 0 }] };
    };\n`;
    const files = { 'a.js': content, 'runner.cjs': runner };
    const config = { testRunner: '<rootDir>/runner.cjs', transform: {} };
    const { stderr } = await run(useProject({ version: jest30, files, config }));
    expect(stderr.split(`${OTHER_RUNNER}\n`), stderr).toHaveLength(2);
  });
});
