import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { socket } from '../../../src/resources/releases.ts';
import { turn } from '../../../src/tracker/judging/settle.ts';

test('nobody hears of a connection that is closed, whatever is written to it later', async () => {
  const server = net.createServer((end) => end.resume()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(client, 'connect');
  const heard: unknown[] = [];
  for (const event of ['error', 'end', 'close']) client.on(event, (error) => heard.push(event, error));

  socket.close!((client as unknown as { _handle: object })._handle);
  client.write('a string');
  client.write(Buffer.from('a buffer'));
  client.cork();
  client.write('some');
  client.write('more');
  client.uncork();
  client.end('the last');
  for (let i = 0; i < 10; i++) await turn();

  expect(heard).toEqual([]);
});
