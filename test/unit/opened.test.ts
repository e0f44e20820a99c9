/** What keeps the main process from exiting: what is followed, when, and how it is worded. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { followOpened, goOn, pause, stillOpen } from '../../src/process/opened.ts';
import { heldBy } from '../../src/report/held.ts';

const root = dirname(import.meta.filename);
const roleOf = () => 'library' as const;
const words = () => heldBy(stillOpen(roleOf)!, root);

afterEach(pause);

test('names what is still open, and the lines that opened it', async () => {
  followOpened();
  const server = createServer().listen(0, '127.0.0.1');
  const closed = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(closed, 'listening')]);
  const interval = setInterval(() => {}, 1000);
  const unrefed = setInterval(() => {}, 1000).unref();
  closed.close();
  await once(closed, 'close');
  for (let turn = 0; turn < 3; turn++) await setImmediate(); // Node closes the handle only then
  pause();
  const text = words();
  const { port } = server.address() as AddressInfo;
  for (const timer of [interval, unrefed]) clearInterval(timer);
  server.close();
  expect(text.split(/ +/).join(' ')).toBe(
    `async-leaks: a plugin, a global setup or a reporter keeps the main process from exiting:

 server 127.0.0.1:${port} (TCPSERVERWRAP) opened.test.ts:18:33
 interval, every 1000 ms (Timeout) opened.test.ts:21:20`,
  );
});

test('follows nothing in a pause, and forgets what ended in one', () => {
  followOpened();
  const before = setInterval(() => {}, 1000);
  pause();
  const during = setInterval(() => {}, 2000);
  clearInterval(before);
  goOn();
  const after = setInterval(() => {}, 3000);
  const delays = stillOpen(roleOf)!.map(({ details }) => details.delay);
  for (const timer of [during, after]) clearInterval(timer);
  expect(delays).toEqual([3000]);
});

test('a new run knows nothing of the one before', () => {
  followOpened();
  const interval = setInterval(() => {}, 1000);
  pause();
  followOpened();
  const text = words();
  clearInterval(interval);
  expect(text).toBe(
    'async-leaks: what keeps the main process from exiting was opened before async-leaks was loaded, or while tests ran.',
  );
});
