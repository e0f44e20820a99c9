/** The shapes of tests, in the ways to run them that are not the default (kinds.test.ts has that one). */
import { describe, expect, inject, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { runFixtures } from '../support/fixtures.ts';
import { run } from '../support/run.ts';
import { jest30, vitest4 } from '../support/versions.ts';

test.each([
  [vitest4, ['--pool=threads']],
  [vitest4, ['--pool=vmForks']],
  [vitest4, ['--pool=vmThreads']],
  [vitest4, ['--no-isolate']],
  [jest30, ['-i']],
  [jest30, ['--workerThreads']],
] as const)('$0.name $1 judges the shapes of tests rightly', async (version, args) => {
  const options = { version, folder: 'fixtures/shapes', packed: inject('packed'), args };
  const { wrong } = await runFixtures(options);
  expect(wrong.join('\n')).toBe('');
});

describe('Jest --detectLeaks', () => {
  const clean = `
    import { createServer, type Server } from 'node:http';
    import { once } from 'node:events';
    class Kept { readonly big = new Array(1000).fill(0); }
    let server: Server;
    beforeAll(async () => { server = createServer((_, answer) => answer.end(JSON.stringify(new Kept()))).listen(0); await once(server, 'listening'); });
    afterAll(() => new Promise((done) => server.close(done)));
    test('asks', async () => {
      const { port } = server.address() as { port: number };
      expect(await (await fetch(\`http://localhost:\${port}\`, { headers: { connection: 'close' } })).text()).toContain('big');
    });
    test('waits', async () => { await new Promise((done) => setTimeout(done, 5)); });
    test.concurrent('waits too', async () => { await new Promise((done) => setImmediate(done)); });
  `;
  const keeping = `require('node:events').kept = globalThis;\ntest('keeps its realm', () => {});\n`;
  const detect = (file: string, config: Record<string, unknown>) =>
    run(useProject({ version: jest30, files: { 'a.ts': file }, config }), { args: ['--detectLeaks', '-i'] });

  test.each([
    ['without the preset', { preset: undefined }],
    ['with the preset', {}],
    ['with the preset for jsdom', { testEnvironment: 'async-leaks/jest/environment-jsdom' }],
  ])('%s passes a clean file', async (_how, config) => {
    const { exitCode, stderr } = await detect(
      config.testEnvironment ? `test('one', () => setTimeout(() => {}, 1));` : clean,
      config,
    );
    expect(exitCode, stderr).toBe(0);
  });

  test('fails a file that keeps its realm, so the twins above show something', async () => {
    const { exitCode, stderr } = await detect(keeping, {});
    expect(exitCode).toBe(1);
    expect(stderr).toContain('leaking memory');
  });
});
