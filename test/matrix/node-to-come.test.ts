/**
 * A Node to come: one that drops an option or a symbol that we rest on, or that has a type of resource which nobody knows. The
 * sources are changed as if it did. Verdicts stay right, and ASYNC_LEAKS_DEBUG tells of it once.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { packMutant, type Edit } from '../support/mutant.ts';
import { createProject } from '../support/project.ts';
import { run } from '../support/run.ts';
import { jest30, nodeOf, vitest4 } from '../support/versions.ts';

const changes: Readonly<Record<string, { readonly edit: Edit; readonly says: string }>> = {
  'drops trackPromises': {
    edit: {
      file: 'src/tracker/context.ts',
      from: 'trackPromises: false } as HookCallbacks);\n    ignorePromises(hook);',
      to: 'dropped: false } as HookCallbacks);\n    void ignorePromises;',
    },
    says: 'Node hooks promises, for another async hook or for want of trackPromises: awaits take longer.',
  },
  'does not mark what the collector may end': {
    edit: {
      file: 'src/probes.ts',
      from: "symbol.description === 'destroyed'",
      to: "symbol.description === 'gone'",
    },
    says: 'Node does not mark an AsyncResource that the collector may end: none is followed.',
  },
  'has a type that nobody knows': {
    edit: { file: 'src/kinds.ts', from: '  TCPSERVERWRAP: {', to: '  OF_OLD: {' },
    says: 'the resource type TCPSERVERWRAP is not known: its hasRef() says whether it is open.',
  },
};

const content = `
  const { AsyncResource } = require('node:async_hooks');
  const { createServer } = require('node:net');
  const listen = async () => {
    await null;
    const server = createServer();
    await new Promise((done) => server.listen(0, () => done()));
    return server;
  };
  test('leaves a server', async () => { await listen(); });
  test('leaves a timer', async () => { await null; setInterval(() => {}, 1000); });
  test('closes them', async () => {
    const server = await listen();
    await new Promise((done) => server.close(() => done()));
    clearInterval(setInterval(() => {}, 1000));
    new AsyncResource('theirs').runInAsyncScope(() => {});
  });
`;

describe.each(Object.entries(changes))('a Node that %s', (_name, { edit, says }) => {
  let packed: Awaited<ReturnType<typeof packMutant>>;
  beforeAll(async () => {
    packed = await packMutant([edit]);
  });
  afterAll(() => packed.remove());

  const combinations = [vitest4, jest30].flatMap((version) =>
    [24, 26].map((major) => [version.name, major, version] as const),
  );
  test.each(combinations)('%s on Node %i', async (_version, major, version) => {
    const project = createProject({ version, packed: packed.folder, files: { 'a.cjs': content } });
    onTestFinished(() => project.remove());
    const result = await run(project, { node: nodeOf(major), env: { ASYNC_LEAKS_DEBUG: '1' } });
    const text = result.stdout + result.stderr;
    const failed = result.tests.filter(({ state }) => state === 'failed').map(({ name }) => name);
    expect(failed, text).toEqual(['leaves a server', 'leaves a timer']);
    expect(text.split(says).length - 1, text).toBe(1);
    expect(result).toMatchObject({ exitCode: 1, timedOut: false });
  });
});

const all = [vitest4, jest30].flatMap((version) =>
  version.nodes.map((major) => [version.name, major, version] as const),
);
test.each(all)('%s on Node %i is as we know it', async (_version, major, version) => {
  const files = { 'a.cjs': `test('awaits', async () => { await null; });` };
  const project = useProject({ version, files });
  const result = await run(project, { node: nodeOf(major), env: { ASYNC_LEAKS_DEBUG: '1' } });
  // Jest uses an AsyncLocalStorage, which hooks promises there.
  const isHooked = version === jest30 && major === 20;
  expect((result.stdout + result.stderr).match(/^async-leaks: .*$/gm)?.length ?? 0).toBe(isHooked ? 1 : 0);
  expect(result).toMatchObject({ exitCode: 0 });
});
