/**
 * A future Node that drops what we rely on, or has an unknown type of resource. The sources are changed as if it did.
 * Verdicts stay right, or ASYNC_LEAKS_DEBUG says once what is missed.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { runFixtures } from '../support/fixtures.ts';
import { packMutant, type Edit, type Renaming } from '../support/mutant.ts';
import { createProject } from '../support/project.ts';
import { run } from '../support/run.ts';
import { jest30, nodeOf, vitest4 } from '../support/versions.ts';

const changes: Readonly<Record<string, { readonly edit: Edit; readonly says: string }>> = {
  'drops trackPromises': {
    edit: {
      file: 'src/tracker/context/async-hook.ts',
      from: 'trackPromises: false } as HookCallbacks);\n  ignorePromises(hook);',
      to: 'dropped: false } as HookCallbacks);\n  void ignorePromises;',
    },
    says: 'Node hooks promises, for another async hook or for want of trackPromises: awaits take longer.',
  },
  'does not mark what the collector may end': {
    edit: {
      file: 'src/resources/probes.ts',
      from: "symbol.description === 'destroyed'",
      to: "symbol.description === 'gone'",
    },
    says: 'Node does not mark an AsyncResource that the collector may end: none is followed.',
  },
  'has a type that nobody knows': {
    edit: { file: 'src/resources/kinds.ts', from: '  TCPSERVERWRAP: {', to: '  OF_OLD: {' },
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

/** What Node documents nowhere and the sources read by name: without it, these fixtures have their verdicts all the same. */
const internals: Readonly<
  Record<
    string,
    { readonly edit: Edit | Renaming; readonly files: readonly string[]; readonly says?: string }
  >
> = {
  'whether a timer is cleared': {
    edit: { gone: '_destroyed' },
    files: ['kinds/Timeout.clean.ts', 'kinds/Immediate.clean.ts', 'kinds/Timeout.leak.ts'],
    says: 'Node does not tell at once that a timer was cleared: a test waits for some turns of the event loop.',
  },
  'the delay of a timer': {
    edit: { gone: '_idleTimeout' },
    files: [
      'kinds/Timeout.clean.ts',
      'kinds/Timeout.leak.ts',
      'habits/retry.clean.ts',
      'habits/refresh.clean.ts',
    ],
    says: 'Node does not tell the delay of a timer: one that is longer than the grace is waited for, too.',
  },
  'when a timer was refreshed': {
    edit: { gone: '_idleStart' },
    files: ['kinds/Timeout.leak.ts', 'habits/refresh.clean.ts', 'habits/refresh.leak.ts'],
    says: 'Node does not tell when a timer was refreshed: one that is refreshed again and again takes long to judge.',
  },
  'an interval': {
    edit: { gone: '_repeat' },
    files: ['kinds/Timeout.leak.ts', 'kinds/Timeout.clean.ts'],
    says: 'Node does not tell an interval from a timer: one that is cleared within the grace is missed.',
  },
  'who owns a handle': { edit: { gone: 'owner_symbol' }, files: ['shapes/keep-alive.ts'] },
  'the response that is under way': {
    edit: { gone: '_httpMessage' },
    files: ['shapes/keep-alive.ts'],
    says: "Node does not tell which response is under way: a server's end of a connection is missed once it has answered.",
  },
  'the parser of a connection': { edit: { gone: 'parser' }, files: ['shapes/keep-alive.ts'] },
  'the id of a handle': { edit: { gone: 'getAsyncId' }, files: ['shapes/keep-alive.ts'] },
  'the handle of a socket': { edit: { gone: '_handle' }, files: ['shapes/keep-alive.ts'] },
  'the handle beneath TLS': { edit: { gone: '_parent' }, files: ['shapes/keep-alive.ts'] },
  'the module of child processes': {
    edit: { file: 'src/resources/kinds.ts', from: 'node:internal/child_process', to: 'node:internal/gone' },
    files: ['shapes/parts.ts'],
  },
  'the module of workers': {
    edit: { file: 'src/resources/kinds.ts', from: 'node:internal/worker', to: 'node:internal/gone' },
    files: ['shapes/parts.ts', 'shapes/worker-pools.clean.ts'],
  },
  'the turns of the event loop': {
    edit: { gone: 'uvMetricsInfo' },
    files: ['shapes/unopened.leak.ts', 'shapes/unopened.clean.ts'],
  },
  'the address of a handle': {
    edit: {
      file: 'src/resources/probes.ts',
      from: 'const { getsockname } = Object.getPrototypeOf(native) as SocketHandle;',
      to: "const getsockname = undefined as SocketHandle['getsockname'];",
    },
    files: ['shapes/unopened.leak.ts'],
  },
  'where a hook keeps its callbacks': {
    edit: {
      file: 'src/tracker/context/async-hook.ts',
      from: 'symbolOf(hook, name)',
      to: 'symbolOf(hook, `${name}Gone`)',
    },
    files: ['kinds/Timeout.clean.ts', 'kinds/Timeout.leak.ts', 'hostile/recursion.ts'],
  },
  'the descriptor of a handle': {
    edit: { gone: 'fd' },
    files: ['shapes/unopened.clean.ts', 'shapes/stdin.clean.ts'],
  },
};

describe.each(Object.entries(internals))('a Node that does not tell %s', (_name, { edit, files, says }) => {
  let packed: Awaited<ReturnType<typeof packMutant>>;
  beforeAll(async () => {
    packed = await packMutant([edit]);
  });
  afterAll(() => packed.remove());

  const runs = [vitest4, jest30].flatMap((version) =>
    files.map((file) => [version.name, file, version] as const),
  );
  test.each(runs)('%s judges %s rightly', async (_version, file, version) => {
    const folder = `fixtures/${file.split('/')[0]}`;
    const env = { ASYNC_LEAKS_DEBUG: '1' };
    const node = nodeOf(24);
    const options = { version, node, packed: packed.folder, folder, file: `fixtures/${file}`, env };
    const { run: result, wrong } = await runFixtures(options);
    expect(wrong.join('\n')).toBe('');
    const text = result.stdout + result.stderr;
    if (says !== undefined) expect(text.split(`async-leaks: ${says}`).length - 1, text).toBe(1);
  });
});

/** Without it leaks are missed, and that is said. */
const missed: Readonly<Record<string, { readonly edit: Edit; readonly says: string }>> = {
  'which requests call back': {
    edit: { file: 'src/resources/probes.ts', from: "key.startsWith('on')", to: "key.startsWith('gone')" },
    says: 'Node does not tell which requests call back: FSREQCALLBACK and jobs of crypto are missed.',
  },
  'whether a handle holds the process': {
    edit: {
      file: 'src/process/self-check.ts',
      from: 'typeof unwrap(handle).hasRef',
      to: 'typeof (unwrap(handle) as { gone?: unknown }).gone',
    },
    says: 'Node does not tell whether a handle holds the process: handles are missed.',
  },
  'whom undici works for': {
    edit: {
      file: 'src/tracker/events/channels.ts',
      from: '({ request }: { request?',
      to: '({ gone: request }: { gone?',
    },
    says: "undici does not tell who uses a socket: that of a pool counts as its first user's.",
  },
  'the descriptor of a file handle': {
    edit: {
      file: 'src/resources/probes.ts',
      from: '{ fd } = resource as { fd?',
      to: '{ gone: fd } = resource as { gone?',
    },
    says: 'Node does not tell the descriptor of a file handle: FILEHANDLE is missed.',
  },
};

const touching = `
  const { open } = require('node:fs/promises');
  let file;
  afterAll(() => file.close()); // later than the test: a closed one is forgotten
  test('asks a server, and opens a file', async () => {
    await fetch('http://127.0.0.1:45999/').catch(() => {});
    file = await open(__filename);
  });
`;

describe.each(Object.entries(missed))('a Node that does not tell %s', (_name, { edit, says }) => {
  let packed: Awaited<ReturnType<typeof packMutant>>;
  beforeAll(async () => {
    packed = await packMutant([edit]);
  });
  afterAll(() => packed.remove());

  test.each([vitest4, jest30])('$name says so', async (version) => {
    const project = createProject({ version, packed: packed.folder, files: { 'a.cjs': touching } });
    onTestFinished(() => project.remove());
    const result = await run(project, { node: nodeOf(24), env: { ASYNC_LEAKS_DEBUG: '1' } });
    const text = result.stdout + result.stderr;
    expect(text.split(`async-leaks: ${says}`).length - 1, text).toBe(1);
    expect(result, text).toMatchObject({ exitCode: 0, timedOut: false });
  });
});

test('a Node that does not list what holds a process says so, and Jest ends its workers by force', async () => {
  const packed = await packMutant([{ gone: '_getActiveHandles' }]);
  onTestFinished(() => packed.remove());
  const leak = `
    const { stat } = require('node:fs');
    test('asks for ever', () => { const again = () => stat(__filename, again); again(); });
  `;
  const files = { 'a.cjs': leak, 'b.cjs': "test('does nothing', () => {});" };
  const project = createProject({ version: jest30, packed: packed.folder, files });
  onTestFinished(() => project.remove());
  const env = { ASYNC_LEAKS_DEBUG: '1' };
  const result = await run(project, { node: nodeOf(24), args: ['-w', '2'], env });
  const text = result.stdout + result.stderr;
  expect(text).toContain('Node does not list what holds a process: one that leaks hold is not ended.');
  expect(result.tests.map(({ name, state }) => `${name}: ${state}`).toSorted()).toEqual([
    'asks for ever: failed',
    'does nothing: passed',
  ]);
  expect(result, text).toMatchObject({ exitCode: 1, timedOut: false });
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
