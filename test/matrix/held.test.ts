/** What `unref()` cannot release: the run still ends by itself, with the exit code of the results. A host program does not. */
import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { collect, type Run, run } from '../support/run.ts';
import { jest29, jest30, nodeOf, thisNode, type Version } from '../support/install/versions.ts';

const node24 = nodeOf(24);

/** Opens its own sockets in the worker with the leaks, and must see nobody else end them. */
const clean = `
  import { once } from 'node:events';
  import net from 'node:net';
  test.each([1, 2, 3])('talks %i', async () => {
    const server = net.createServer((peer) => peer.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1').resume();
    await once(socket, 'close');
    await once(server.close(), 'close');
  });
`;

const leaks: Record<string, string> = {
  'a write that nobody reads': `
    import { once } from 'node:events';
    import net from 'node:net';
    test('leaks', async () => {
      const server = net.createServer((peer) => void peer.write(Buffer.alloc(1 << 24))).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
      await once(socket, 'readable');
    });
  `,
  'a loop of file system requests': `
    import fs from 'node:fs';
    test('leaks', () => { const look = () => fs.stat('/', look); look(); });
  `,
  'requests in a loop': `
    import { once } from 'node:events';
    import http from 'node:http';
    test('leaks', async () => {
      const server = http.createServer((_, response) => void response.end('x')).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const url = 'http://127.0.0.1:' + (server.address() as any).port;
      void (async () => { for (;;) await (await fetch(url)).text(); })();
    });
  `,
  'a query that nobody answers': `
    import dgram from 'node:dgram';
    import dns from 'node:dns';
    import { once } from 'node:events';
    test('leaks', async () => {
      const deaf = dgram.createSocket('udp4').bind(0, '127.0.0.1').unref();
      await once(deaf, 'listening');
      const resolver = new dns.promises.Resolver();
      resolver.setServers(['127.0.0.1:' + deaf.address().port]);
      void resolver.resolve4('example.com');
    });
  `,
  'a child that is started again': `
    import { spawn } from 'node:child_process';
    test('leaks', () => {
      const start = () => void spawn('sleep', ['0.05'], { stdio: 'ignore' }).on('exit', start);
      start();
    });
  `,
};

const stuck = `
  import { execFileSync } from 'node:child_process';
  import fs from 'node:fs';
  test('leaks', () => {
    const path = fs.mkdtempSync('/tmp/async-leaks-') + '/fifo';
    execFileSync('mkfifo', [path]);
    fs.readFile(path, () => {});
  });
`;

const isPosix = process.platform !== 'win32';

function expectEnd({ timedOut, stdout, stderr, tests }: Run, state = 'failed'): void {
  expect(timedOut, stdout + stderr).toBe(false);
  expect(stdout + stderr).not.toMatch(/did not exit|failed to exit gracefully|force exited|ECONNRESET/);
  for (const each of tests)
    expect(each.state, each.errors.join('\n')).toBe(each.name === 'leaks' ? state : 'passed');
}

const inWorkers = (leak: string): Record<string, string> => ({
  'a.ts': leak,
  ...Object.fromEntries(['b', 'c', 'd'].map((name) => [`${name}.ts`, clean])),
});

const modes: [version: Version, args: string[]][] = [
  [jest30, ['-i']],
  [jest29, ['-i']],
  [jest30, ['-w', '2']],
  [jest29, ['-w', '2']],
  [jest30, ['-w', '2', '--workerThreads']],
];

describe.each(modes.map(([version, args]) => [version.name, args.join(' '), version, args] as const))(
  '%s %s',
  (_name, _args, version, args) => {
    test.each(Object.entries(leaks))('ends in spite of %s', async (_what, leak) => {
      const result = await run(useProject({ version, files: inWorkers(leak) }), { args });
      expectEnd(result);
      expect(result.exitCode, result.stdout + result.stderr).toBe(1);
    });

    test('ends with success where leaks only warn', async () => {
      const project = useProject({ version, files: inWorkers(leaks['a write that nobody reads']!) });
      const result = await run(project, { args, env: { ASYNC_LEAKS: 'warn' } });
      expectEnd(result, 'passed');
      expect(result.exitCode, result.stderr).toBe(0);
    });
  },
);

describe.runIf(isPosix)('a read that never returns', () => {
  test.each([
    ['-i', 24],
    ['-w 2', 24],
    ['-w 2', 20],
    ['-i --forceExit', 24],
  ])('%s on Node %i ends with the exit code of the results', async (args, major) => {
    const node = major === 24 ? node24 : thisNode;
    const project = useProject({ version: jest30, files: inWorkers(stuck) });
    const result = await run(project, { args: args.split(' '), node });
    expectEnd(result);
    expect(result.exitCode, result.stdout + result.stderr).toBe(1);
  });

  test('ends with success where leaks only warn', async () => {
    const project = useProject({ version: jest30, files: inWorkers(stuck) });
    const result = await run(project, { args: ['-i'], node: node24, env: { ASYNC_LEAKS: 'warn' } });
    expectEnd(result, 'passed');
    expect(result.exitCode, result.stderr).toBe(0);
  });

  test.runIf(thisNode.major === 20)('ends by a signal where Node cannot replace the process', async () => {
    const result = await run(useProject({ version: jest30, files: inWorkers(stuck) }), { args: ['-i'] });
    expectEnd(result);
    expect(result.signal).toBe('SIGKILL');
  });
});

test("waits for what globalSetup has open: that is nobody's leak", async () => {
  const files = {
    'a.ts': leaks['a loop of file system requests']!,
    // Jest warns when a second has passed. Then there is nothing left but the leak.
    'setup.cjs': `module.exports = () => {
      const server = require('node:net').createServer().listen(0);
      const { warn } = console;
      console.warn = (...args) => { warn(...args); server.close(); };
    };`,
  };
  const project = useProject({ version: jest30, files, config: { globalSetup: '<rootDir>/setup.cjs' } });
  const { stderr, timedOut, exitCode } = await run(project, { args: ['-i'], node: node24 });
  expect(timedOut, stderr).toBe(false);
  expect(stderr).toContain('did not exit');
  expect(exitCode).toBe(1);
});

test("a program of the user's is told what holds it, and goes on", async () => {
  const host = `
    const { runCLI } = require(require.resolve('@jest/core', { paths: [require.resolve('jest')] }));
    const { write } = process.stderr;
    process.stderr.write = function (text, ...rest) {
      if (String(text).includes('leaks of the tests hold this process')) setTimeout(() => process.exit(7), 100);
      return write.call(this, text, ...rest);
    };
    runCLI({ _: [], $0: '', runInBand: true }, [__dirname]);
  `;
  const files = { 'a.ts': leaks['a loop of file system requests']!, 'host.cjs': host };
  const { folder } = useProject({ version: jest30, files });
  const child = spawn(thisNode.path, ['host.cjs'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const stderr = collect(child.stderr);
  const exitCode = await new Promise((resolve) => child.once('close', resolve));
  expect(stderr()).toContain('leaks of the tests hold this process: a file system request (a.ts:3:');
  expect(exitCode).toBe(7);
});
