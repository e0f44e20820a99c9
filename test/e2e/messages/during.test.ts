/** What a handler of a suite's server opens belongs to the suite; the error says during which tests it did. */
import { expect, test } from 'vitest';
import { runs, useProject } from '../../support/e2e.ts';
import { both } from '../../support/install/versions.ts';

const file = `import http from 'node:http';
let server;
beforeAll(async () => {
  server = http.createServer((request, response) => {
    setInterval(() => {}, 1000);
    response.end('ok');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => new Promise((done) => server.close(done).closeAllConnections()));
const ask = async () => {
  await (await fetch(\`http://127.0.0.1:\${server.address().port}\`)).text();
};
test('asks once', ask);
test('does nothing', () => {});
test('asks again', ask);
`;

test.each(both)(
  '%s says during which tests a server of beforeAll has opened something',
  async (_name, version) => {
    const { files } = await runs(useProject({ version, files: { 'a.ts': file } }));
    const told = files.flatMap(({ errors }) => errors).join('\n');
    expect(told).toContain('2 intervals were started in beforeAll of this file, but never cleared (Timeout)');
    expect(told).toContain('They were started during "asks once", "asks again".');
  },
);
