/** The shapes of tests, in the ways to run them that are not the default (test/fixtures has that one). */
import { describe, expect, inject, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { runFixtures } from '../support/fixtures.ts';
import { run } from '../support/run.ts';
import { jest30, vitest4 } from '../support/install/versions.ts';

const modes = [
  [vitest4, '--pool=threads'],
  [vitest4, '--pool=vmForks'],
  [vitest4, '--pool=vmThreads'],
  [vitest4, '--no-isolate'],
  [jest30, '-i'],
  [jest30, '--workerThreads'],
] as const;

test.each(modes.map(([version, arg]) => [version.name, arg, version] as const))(
  '%s %s judges the shapes of tests rightly',
  async (_name, arg, version) => {
    const options = { version, folder: 'fixtures/shapes', packed: inject('packed'), args: [arg] };
    const { wrong } = await runFixtures(options);
    expect(wrong.join('\n')).toBe('');
  },
);

describe('Jest --detectLeaks', () => {
  const clean = `
    import { createServer, type Server } from 'node:net';

    let server: Server;
    beforeAll(() => new Promise<void>((done) => { server = createServer().listen(0, done); }));
    afterAll(() => new Promise((done) => server.close(done)));
    test('listens', () => { expect(server.listening).toBe(true); });
    test('waits', async () => { await new Promise((done) => setTimeout(done, 5)); });
    test.concurrent('waits too', async () => { await new Promise((done) => setImmediate(done)); });
  `;
  const keeping = `require('node:events').kept = globalThis;\ntest('keeps its realm', () => {});\n`;
  const detect = (file: string, config: Record<string, unknown>) =>
    run(useProject({ version: jest30, files: { 'a.ts': file }, config }), { args: ['--detectLeaks', '-i'] });

  const jsdom = `test('waits', async () => { await new Promise((done) => setTimeout(done, 1)); });\n`;

  test.each([
    ['a clean file, as without the preset', clean, { preset: undefined }],
    ['a clean file', clean, {}],
    ['a clean file in jsdom', jsdom, { testEnvironment: 'async-leaks/jest/environment-jsdom' }],
  ])('passes %s', async (_what, file, config) => {
    const { exitCode, stderr } = await detect(file, config);
    expect(exitCode, stderr).toBe(0);
  });

  test('fails a file that keeps its realm, so the twins above show something', async () => {
    const { exitCode, stderr } = await detect(keeping, {});
    expect(exitCode).toBe(1);
    expect(stderr).toContain('leaking memory');
  });
});
