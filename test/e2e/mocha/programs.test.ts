/** Programs that run Mocha themselves, once or several times. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { mocha12Serial } from '../../support/install/versions.ts';
import { environment } from '../../support/run.ts';

const leak = 'setInterval(() => {}, 1000)';
const named = (name: string, body = ''): string => `it('${name}', () => { ${body} });\n`;
const leaking = (name: string): string => named(name, leak);

const body = `
    const runOnce = (files) => new Promise((resolve) => {
      const mocha = new Mocha({ reporter: function (runner) {
        const said = [];
        runner.on('pass', (test) => said.push('ok ' + test.title));
        runner.on('fail', (test, error) => said.push('not ok ' + test.title + ': ' + error.name));
        runner.once('end', () => console.log(said.join(', ')));
      } });
      for (const file of files) mocha.addFile(file);
      mocha.run(resolve);
    });
    (async () => {
      console.log('failures:', await runOnce(['a.test.cjs']));
      console.log('failures:', await runOnce(['b.test.cjs', 'c.test.cjs']));
    })();
  `;
const files = {
  'a.test.cjs': `${leaking('one')}${named('two')}`,
  'b.test.cjs': `${leak};\n${named('three')}`,
  'c.test.cjs': `const { Mocha } = require('mocha');
      it('runs another', (done) => {
        const suite = new Mocha({ reporter: 'min' });
        suite.suite.addTest(new Mocha.Test('inner', () => {}));
        suite.run((count) => done(count === 0 ? undefined : new Error('inner')));
      });
      it('runs a stand-in of a runner', () => {
        const suite = new Mocha();
        suite._runnerClass = function () {
          return Object.assign(new (require('node:events'))(), { globals() {}, run() {}, runAsync() {} });
        };
        suite._reporter = function () {};
        suite.run();
      });\n${leaking('four')}`,
  'program.cjs': `require('async-leaks/mocha');\nconst { Mocha } = require('mocha');\n${body}`,
  'program.mjs': `import 'async-leaks/mocha';\nimport Mocha from 'mocha';\n${body}`,
};

test.each(['program.cjs', 'program.mjs'])('has a verdict on each run of %s', (program) => {
  const project = useProject({ version: mocha12Serial, files });
  const { stdout, stderr } = spawnSync(process.execPath, [program], {
    cwd: project.folder,
    env: environment(),
    encoding: 'utf8',
    timeout: 30_000,
  });
  const lines = stdout.split('\n').filter((line) => /^(ok|not ok|failures)/.test(line));
  expect(lines).toEqual([
    'not ok one: LeakError, ok two',
    'failures: 1',
    'ok three, not ok async-leaks: top level of b.test.cjs: LeakError, ok runs another, ok runs a stand-in of a runner, not ok four: LeakError',
    'failures: 2',
  ]);
  expect(stderr.match(/Async leaks {2}\d+ resources?/g)).toHaveLength(2);
});

test('has a verdict on each run of one Mocha, and on those of its workers', () => {
  const program = `require('async-leaks/mocha');
      const { resolve } = require('node:path');
      const { Mocha } = require('mocha');
      const run = (mocha) => new Promise((done) => mocha.run(done)).then((count) => console.log('failures:', count));
      const make = (options) => {
        const mocha = new Mocha({ reporter: 'dot', ...options });
        mocha.addFile(resolve('a.test.cjs'));
        return mocha.cleanReferencesAfterRun(false);
      };
      (async () => {
        const mocha = make();
        await run(mocha);
        await run(mocha);
        const parallel = make({ parallel: true, jobs: 2, require: [resolve('async-leaks.cjs')] });
        parallel.addFile(resolve('b.test.cjs'));
        await run(parallel);
      })();`;
  const { folder } = useProject({ version: mocha12Serial, files: { ...files, 'program.cjs': program } });
  const options = { cwd: folder, env: environment(), encoding: 'utf8', timeout: 30_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['program.cjs'], options);
  expect(stdout.match(/^failures: .*/gm), stdout).toEqual(['failures: 1', 'failures: 1', 'failures: 2']);
  expect(stderr.match(/Async leaks {2}.*(?=,)/g)).toEqual([
    'Async leaks  1 resource in 1 test',
    'Async leaks  1 resource in 1 test',
    'Async leaks  2 resources in 1 test and 1 file outside of tests',
  ]);
  expect(status).toBe(0);
});
