/** What the baseline knows is tolerated without a wait, and what has been repaired is said to be removable all the same. */
import { describe, expect, test } from 'vitest';
import { runs, useProject } from '../support/e2e.ts';
import { BASELINE, read, record, write } from '../support/expected/baseline.ts';
import { withOptions } from '../support/project.ts';
import { failures, output } from '../support/run.ts';
import { both } from '../support/install/versions.ts';

const GRACE = 1000;

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
    const config = withOptions(version, { baseline: BASELINE, grace: GRACE, deadline: 'test' });
    const project = useProject({ version, files: { 'a.ts': suite('await connect();') }, config });
    const recorded = await record(project);
    expect(output(recorded)).toContain(`Recorded 4 known leaks in ${BASELINE}.`);
    expect(recorded.durationMs, 'recording waits').toBeGreaterThan(4 * GRACE);

    const tolerant = await runs(project);
    expect(output(tolerant)).toContain(`Tolerated 4 known leaks of ${BASELINE}.`);
    expect(tolerant.durationMs, 'a run does not').toBeLessThan(recorded.durationMs - 3 * GRACE);

    // One more in the same test: a judgement with something new waits.
    const before = read(project);
    write(project, 'a.ts', suite(`await connect(); if (i === 3) setTimeout(() => {}, ${GRACE - 300});`));
    const more = await runs(project);
    expect({ failures: failures(more), baseline: read(project) }).toEqual({ failures: [], baseline: before });
    expect(more.durationMs - tolerant.durationMs).toBeGreaterThan(GRACE / 2);

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
      `1 known leak of ${BASELINE} leaks no more; ASYNC_LEAKS=update removes it:`,
    );
    expect(output(repaired)).toContain('"leaks 2" of a.ts');
  });
});
