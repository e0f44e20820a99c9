/** Jest's --detectLeaks checks that the realm of a test file is collected after the file: we keep none alive. */
import { expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { withoutUs } from '../support/project.ts';
import { run } from '../support/run.ts';
import { jest29, jest30, nodeOf } from '../support/install/versions.ts';

const listen = `const listening = (server) => new Promise((done) => server.listen(0, () => done(server.address().port)));`;
const files = {
  'timers.js': `test('clears', async () => {
    await new Promise((done) => setTimeout(done, 5));
    clearTimeout(setTimeout(() => {}, 100_000));
  });`,
  'interval.js': `test('leaks', () => { setInterval(() => {}, 1000); });`,
  'files.js': `test('reads', async () => { await require('node:fs/promises').readFile(__filename); });`,
  'resource.js': `test('makes', () => { new (require('node:async_hooks').AsyncResource)('theirs').emitDestroy(); });`,
  'net.js': `${listen} test('closes', async () => {
    const server = require('node:net').createServer();
    await listening(server);
    await new Promise((done) => server.close(done));
  });`,
  'server.js': `${listen} test('leaks', async () => { await listening(require('node:net').createServer()); });`,
  'http.js': `${listen} test('closes', async () => {
    const http = require('node:http');
    const server = http.createServer((_, response) => response.end('ok'));
    const port = await listening(server);
    await new Promise((done) => http.get({ port, agent: false }, (got) => got.resume().on('end', done)));
    await new Promise((done) => server.close(done));
  });`,
};

const args = ['--detectLeaks', '-i', '--forceExit'];
// A function that waits to be optimized keeps what it has seen, on a busy machine longer than Jest looks.
const flags = ['--no-concurrent-recompilation'];

const combinations = [jest29, jest30].flatMap((version) =>
  version.nodes.map((major) => [version.name, major, version] as const),
);

test.each(combinations)('%s on Node %i keeps no realm for us', async (_name, major, version) => {
  const kept = async (config: object): Promise<string[]> => {
    const project = useProject({ version, files, config: { transform: {}, ...config } });
    const result = await run(project, { node: nodeOf(major), flags, args });
    return result.files.flatMap(({ file, errors }) =>
      errors.some((text) => text.includes('is leaking memory')) ? [file] : [],
    );
  };
  const without = await kept(withoutUs.jest);
  expect(without).toContain('interval.js'); // it finds what there is
  const withUs = await kept({});
  expect(withUs.filter((file) => !without.includes(file))).toEqual([]);
  expect(withUs).not.toContain('interval.js');
});
