/** What the baseline knows is tolerated without a wait, and what has been repaired is said to be removable all the same. */
import { describe, expect, test } from 'vitest';
import { runs, useProject } from '../../support/e2e.ts';
import { BASELINE, read, write } from '../../support/expected/baseline.ts';
import { withOptions } from '../../support/project.ts';
import { failures, output } from '../../support/run.ts';
import { countingSleeps, takeSleeps } from '../../support/sleeps/sleeps.ts';
import { both } from '../../support/install/versions.ts';

/** Each test forgets a socket that nothing closes: nothing says that it is in use, so that it is waited for. */
const sockets = `
  import net from 'node:net';
  let server: net.Server;
  const peers: net.Socket[] = [];
  beforeAll((): Promise<void> => new Promise((resolve) => {
    server = net.createServer((peer) => { peers.push(peer); }).listen(0, () => resolve());
  }));
  afterAll((): Promise<void> => new Promise((resolve) => {
    for (const peer of peers) peer.destroy();
    server.close(() => resolve());
  }));
  export const connect = (): Promise<net.Socket> => new Promise((resolve) => {
    const socket = net.connect((server.address() as net.AddressInfo).port, () => resolve(socket));
  });\n`;
const suite = (body: string) => `${sockets}
  for (let i = 0; i < 4; i++) test('leaks ' + i, async () => { ${body} });\n`;

describe.each(both)('%s', (_name, version) => {
  test('waits for no leak that is known, for new ones as ever, and sees what was repaired', async () => {
    const config = withOptions(version, { baseline: BASELINE, deadline: 'test' });
    const project = useProject({ version, files: { 'a.ts': suite('await connect();') }, config });
    const env = countingSleeps(project);
    const recorded = await runs(project, { env: { ...env, ASYNC_LEAKS: 'update' } });
    expect(output(recorded)).toContain(`Recorded 4 known leaks in ${BASELINE}.`);
    expect(takeSleeps(project), 'recording waits').toBeGreaterThan(0);

    const tolerant = await runs(project, { env });
    expect(output(tolerant)).toContain(`Tolerated 4 known leaks of ${BASELINE}.`);
    expect(takeSleeps(project), 'a run does not').toBe(0);

    // One more in the same test: a judgement with something new waits.
    const before = read(project);
    write(project, 'a.ts', suite(`await connect(); if (i === 3) setTimeout(() => {}, 200);`));
    const more = await runs(project, { env });
    expect({ failures: failures(more), baseline: read(project) }).toEqual({ failures: [], baseline: before });
    expect(takeSleeps(project)).toBeGreaterThan(0);

    // Closed, but not awaited.
    write(
      project,
      'a.ts',
      suite('const socket = await connect(); if (i === 2) socket.end();').replace(
        'peers.push(peer);',
        `peers.push(peer); peer.resume();`,
      ),
    );
    const repaired = await runs(project);
    expect(output(repaired)).toContain(
      `1 known leak of ${BASELINE} no longer leaks; ASYNC_LEAKS=update removes it:`,
    );
    expect(output(repaired)).toContain('"leaks 2" of a.ts');
  });
});
