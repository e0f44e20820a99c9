/**
 * What people use and forget to close: the fixtures of libraries. LIBRARY_ROUNDS=n runs them n times, on more Nodes, and in node:test,
 * too.
 */
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { readFixtures } from '../support/expected/expectations.ts';
import { runFixtures } from '../support/fixtures.ts';
import { configOf, corpus, libraries, libraryNodes, libraryVersions } from '../support/install/libraries.ts';
import { installers, type ServiceName } from '../support/install/services.ts';
import { jest30, nodeOf, type Version } from '../support/install/versions.ts';

const { LIBRARY_ROUNDS } = process.env;
const rounds = Array.from({ length: Number(LIBRARY_ROUNDS ?? 1) }, (_, index) => index + 1);
const [oldest, newest] = libraryNodes;
/** What CI has time for, and all. In node:test each file is a process, which takes minutes. */
const sample = { vitest: [newest], jest: [oldest], mocha: [], 'node-test': [] };
const all = { vitest: libraryNodes, jest: libraryNodes, mocha: [], 'node-test': [newest] };
const nodesOf = ({ framework }: Version) => (LIBRARY_ROUNDS === undefined ? sample : all)[framework];
const combinations = libraryVersions.flatMap((version) =>
  nodesOf(version).map((major) => [version.name, major, version] as const),
);

describe.each(rounds)('round %i', () => {
  describe.each(combinations)('%s on Node %i', (_name, major, version) => {
    const { env, missing } = inject('services');
    const node = nodeOf(major);
    const tests = readFixtures(corpus, version.framework, node).filter(({ isTest }) => isTest);
    const lacking = (needs: readonly string[]) => missing.filter((name) => needs.includes(name));
    const paths = tests.filter(({ needs }) => lacking(needs).length === 0).map(({ path }) => path);
    let wrong: string[];

    beforeAll(async () => {
      const packed = inject('packed');
      const config = configOf(version);
      const options = {
        version,
        node,
        packed,
        config,
        libraries,
        env,
        missing,
        timeoutMs: 300_000,
        folder: corpus,
      };
      ({ wrong } = await runFixtures(options));
    });

    const isOf = (path: string) => (sentence: string) => sentence.startsWith(path);

    test.each(paths)('judges %s rightly', (path) => {
      expect(wrong.filter(isOf(path)).join('\n')).toBe('');
    });

    test('ends as it should', () => {
      expect(wrong.filter((sentence) => !paths.some((path) => isOf(path)(sentence))).join('\n')).toBe('');
    });

    for (const { path, needs } of tests.filter((fixture) => lacking(fixture.needs).length > 0)) {
      const commands = lacking(needs).map((name: ServiceName) => installers[name]);
      test.skip(`does not run ${path}, for which ${commands.join(' and ')}`, () => {});
    }
  });
});

/** What a library left on holds no process: with one file, Jest has no worker to end. */
test.each(['sinon.leak.ts', 'sinon.clean.ts'])('Jest ends by itself after %s alone', async (name) => {
  const file = `${corpus}/${name}`;
  const { env, missing } = inject('services');
  const node = nodeOf(Math.max(...libraryNodes));
  const options = { version: jest30, node, packed: inject('packed'), config: configOf(jest30), libraries };
  const { wrong } = await runFixtures({ ...options, env, missing, folder: corpus, file, args: ['-i'] });
  expect(wrong.join('\n')).toBe('');
});
