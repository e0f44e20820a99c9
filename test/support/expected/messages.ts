/** Files that each leak in one way, and what the report says about it. */
import { expect } from 'vitest';
import { useProject } from '../e2e.ts';
import { normalise } from './normalise.ts';
import { run } from '../run.ts';
import type { Version } from '../install/versions.ts';

const retry = `import { connect } from 'node:net';

type Port = number;
interface Pool {
  readonly port: Port;
}
enum Wait {
  Short = 5,
  Long = 5000,
}

export function schedule(pool: Pool): Promise<void> {
  return new Promise((done) => {
    setTimeout(() => open(pool, done), Wait.Short);
  });
}

function open({ port }: Pool, done: () => void): void {
  connect(port, '127.0.0.1').once('connect', done);
}
`;

const server = `import { createServer, type AddressInfo, type Server } from 'node:net';

let server: Server;
beforeAll(() => new Promise<void>((done) => { server = createServer().listen(0, '127.0.0.1', done); }));
afterAll(() => { server.close(); });
const port = () => (server.address() as AddressInfo).port;
`;

/** By what leaks, the test file that it leaks from; `src/retry.ts` is there too. */
export const cases = {
  'a socket, opened by a timer in a helper': `import { schedule } from '../src/retry';
${server}
test('serves users', async () => {
  await schedule({ port: port() });
});
`,
  'a child process': `import { spawn } from 'node:child_process';
test('runs a job', () => {
  spawn('cat');
});
`,
  'an interval, below an enum': `enum Every {
  Second = 1000,
  Minute = 60 * Second,
}
type Unused = { never: Every };
test('polls', () => {
  setInterval(() => {}, Every.Minute as Unused['never']);
});
`,
  'a leak of beforeAll': `describe('users', () => {
  beforeAll(() => {
    setInterval(() => {}, 1000);
  });
  test('is innocent', () => {});
});
`,
  'a file handle': `import { open } from 'node:fs/promises';
test('reads', async () => {
  await open(__filename);
});
`,
};

/** @returns what a framework prints of the one failure of a file, without the counts at the end. */
export async function told(version: Version, file: string): Promise<string> {
  const project = useProject({ version, files: { 'test/a.test.ts': file, 'src/retry.ts': retry } });
  const result = await run(project);
  expect(result.exitCode).toBe(1);
  const [, text = ''] =
    /(?:⎯ Failed \w+ 1 ⎯+|^FAIL [^\n]*)\n+(.*?)\n+(?:⎯|Test Suites:)/ms.exec(normalise(result, project)) ??
    [];
  expect(text).toContain('LeakError');
  return text;
}
