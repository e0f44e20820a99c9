/** Programs that run Vitest by themselves, as editors and mutation testers do: each run tells of itself, and nothing stays behind. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { withPlugin } from '../../support/project.ts';
import { environment } from '../../support/run.ts';
import { nodeOf, vitest4, vitest5 } from '../../support/install/versions.ts';

// What a run may leave in its process.
const program = `
import { createVitest, startVitest } from 'vitest/node';
const traces = () => JSON.stringify([
  Object.keys(process.env).filter((name) => name.startsWith('ASYNC_LEAKS')),
  process.eventNames().map((name) => [String(name), process.listenerCount(name)]).sort(),
  globalThis[Symbol.for('async-leaks/opened')] === undefined,
]);
const say = (text) => process.stderr.write('>>> ' + text + '\\n');
const settings = { watch: false, reporters: ['dot'] };
const before = traces();
for (const time of ['first', 'second']) {
  say('the ' + time + ' Vitest');
  await (await startVitest('test', [], settings)).close();
}
const vitest = await createVitest('test', settings);
await vitest.standalone();
for (const file of ['closes', 'leaks', '']) {
  say(file || 'all');
  const specifications = await vitest.globTestSpecifications();
  await vitest.runTestSpecifications(specifications.filter(({ moduleId }) => moduleId.includes('/' + file)), file === '');
}
await vitest.close();
// As the extension of VS Code has it: it watches by itself, and has single tests run again.
const editor = await createVitest(
  'test',
  { ...settings, watch: true, api: false, includeTaskLocation: true },
  { server: { middlewareMode: true, watch: null } },
);
await editor.report('onInit', editor);
const [specification] = (await editor.globTestSpecifications()).filter(({ moduleId }) => moduleId.includes('/leaks'));
for (const name of ['leaks', 'passes', 'leaks']) {
  say('the editor: ' + name);
  editor.setGlobalTestNamePattern(name);
  await editor.rerunTestSpecifications([specification], false);
}
editor.resetGlobalTestNamePattern();
say('the editor: all');
await editor.rerunTestSpecifications(await editor.getRelevantTestSpecifications(), true);
await editor.close();
say(traces() === before ? 'nothing left' : traces());
process.exitCode = 0;
`;

const files = {
  'leaks.test.ts': `test('leaks', () => { setInterval(() => {}, 1000); });\ntest('passes', () => {});\n`,
  'closes.test.ts': `test('closes', () => { clearInterval(setInterval(() => {}, 1000)); });\n`,
  'program.mjs': program,
  'vitest.config.mjs': withPlugin(`pool: 'threads'`, `{ allow: ['TCPWRAP'] }`),
};

test.each([
  ['Vitest 4.1', vitest4, 20],
  ['Vitest 5.1', vitest5, 24],
] as const)('%s', (_name, version, major) => {
  const { folder } = useProject({ version, files });
  const options = { cwd: folder, env: environment(), encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stderr } = spawnSync(nodeOf(major).path, ['program.mjs'], options);
  const told = stderr.match(/^>>> .*|Async leaks {2}.* in . test|\d allowance allowed nothing/gm);
  const [leaks, stale] = ['Async leaks  1 resource in 1 test', '1 allowance allowed nothing'];
  expect(told, stderr).toEqual(
    [
      ['>>> the first Vitest', leaks, stale],
      ['>>> the second Vitest', leaks, stale],
      ['>>> closes'],
      ['>>> leaks', leaks],
      ['>>> all', leaks, stale],
      ['>>> the editor: leaks', leaks],
      ['>>> the editor: passes'],
      ['>>> the editor: leaks', leaks],
      ['>>> the editor: all', leaks, stale],
      ['>>> nothing left'],
    ].flat(),
  );
  expect(status).toBe(0);
});
