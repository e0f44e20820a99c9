/** `outputFile`: every leak of the run, whole, as its schema says. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runs, useProject } from '../support/e2e.ts';
import {
  isValid,
  leaking,
  leaksIn,
  NAME,
  outputProject,
  pathOf,
  read,
  told,
} from '../support/expected/output.ts';
import { both } from '../support/install/versions.ts';

const known = `/** @allow-lingering UDPWRAP */\n${leaking('polls')}`;

const leaky = `import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { allowLingering } from 'async-leaks';

setInterval(() => {}, 1000);

describe('users', () => {
  beforeAll(() => { setInterval(() => {}, 1000); });
  test('are innocent', () => {});
});

test('serves', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection');
  await new Promise<void>((done) => {
    setTimeout(() => { connect(port, '127.0.0.1', done); }, 1);
  });
  await accepted;
});

test('spawns', () => { spawn('cat'); });

let ticks = 0;
test('ticks', () => { setInterval(() => { ticks++; }, 1); });
test('waits', async () => {
  const before = ticks;
  while (ticks < before + 3) await new Promise((done) => setImmediate(done));
});

test('allows', () => {
  allowLingering({ type: 'Timeout', reason: 'the next suite needs it' });
  setInterval(() => {}, 1000);
});
test('allows in vain', () => { allowLingering('WORKER'); });

test('fails by itself', () => {
  setInterval(() => {}, 1000);
  throw new Error('its own');
});
`;

/** The line of the leaky file that holds a text. */
const at = (text: string) => leaky.split('\n').findIndex((line) => line.includes(text)) + 1;

describe('the schema', () => {
  const place = { file: '/a.ts', line: 1, column: 1 };
  const leak = {
    testFile: '/a.ts',
    file: 0,
    status: 'failed',
    type: 'Timeout',
    kind: 'timer',
    noun: 'a timer',
    made: 'started',
    ended: 'cleared',
    remedy: 'clearTimeout()',
    details: { delay: 5 },
    owner: { kind: 'test', name: 'one', place },
    place,
    probably: false,
    unattributed: false,
    frames: [place],
    chain: [],
    others: [],
  };
  const { testFile: _testFile, file: _file, status: _status, ...other } = leak;
  const times = { test: 0, opened: [1, 2.5], judged: 3, released: [9, 9], callbacks: [5, 7] };
  const otherTimes = { opened: [1, 2.5], callbacks: [] };
  const fileTimes = { lane: 0, began: 0, ended: 9, tests: [{ name: 'one', began: 1, ended: 3 }] };
  const testFile = { file: '/a.ts', run: 0, abandoned: 0, left: [] };
  const output = {
    version: 2,
    root: '/',
    files: 1,
    abandoned: 0,
    leaks: [leak],
    staleAllowances: [],
    usedAllowances: [],
    runs: [{ duration: 0 }],
    testFiles: [testFile],
    sources: [],
  };
  const withLeak = (change: object) => ({ ...output, leaks: [{ ...leak, ...change }] });

  test.each([
    ['an output', output],
    [
      'one with all that may be missing',
      {
        ...withLeak({
          test: 0,
          reason: 'r',
          after: { fired: 1, during: ['two'] },
          times: { ...times, others: [otherTimes] },
          others: [other],
        }),
        runs: [{ began: '2026-11-30T17:00:00.000Z', duration: 9 }],
        testFiles: [
          { ...testFile, project: 'web', left: [{ noun: 'a timer', place, count: 2 }], times: fileTimes },
        ],
        sources: [{ file: '/a.ts', line: 1, lines: ['one', 'two'] }],
      },
    ],
    [
      'allowances by a call, beside the code, and for the project',
      { ...output, staleAllowances: [{ text: 'a', place }, { text: 'b', file: '/a.ts' }, { text: 'c' }] },
    ],
  ])('takes %s', (_what, value) => {
    isValid(value);
    expect(isValid.errors).toBeNull();
  });

  test.each([
    ['another version', { ...output, version: 1 }],
    ['a field that there is not', { ...output, more: 1 }],
    ['a field of a leak that there is not', withLeak({ more: 1 })],
    ['a detail that there is not', withLeak({ details: { more: 1 } })],
    ['a field of a leak told under another that there is not', withLeak({ others: [{ ...other, more: 1 }] })],
    ['a status that there is not', withLeak({ status: 'ignored' })],
    ['a leak without an owner', withLeak({ owner: undefined })],
    ['a place without a line', withLeak({ place: { file: '/a.ts', column: 1 } })],
    ['a cause without a type', withLeak({ chain: [{ noun: 'a timer', details: {} }] })],
    ['a range without its end', withLeak({ times: { ...times, opened: [1] } })],
    [
      'a verdict of what is told under a leak',
      withLeak({ times: { ...times, others: [{ ...otherTimes, judged: 3 }] }, others: [other] }),
    ],
    ['no run', { ...output, runs: [] }],
    ['an aftermath that never fired', withLeak({ after: { fired: 0, during: [] } })],
  ])('refuses %s', (_what, value) => {
    expect(isValid(JSON.parse(JSON.stringify(value)))).toBe(false);
  });
});

describe.each(both)('outputFile of %s', (_name, version) => {
  test('holds every leak, with its status and all that is known of it', async () => {
    const project = outputProject(
      version,
      { 'known.ts': known, 'leaky.ts': leaky },
      { baseline: 'baseline.json' },
    );
    await runs(project, { args: ['known.ts'], env: { ASYNC_LEAKS: 'update' } });
    expect(told(leaksIn(project))).toEqual(['known.ts: recorded Timeout of test polls']);

    await runs(project);
    const output = read(project);
    expect(output).toMatchObject({ version: 2, root: project.folder, files: 2, abandoned: 1 });
    const byStatus = (failed: string) => [
      'known.ts: known Timeout of test polls',
      'leaky.ts: allowed Timeout of test allows',
      ...[
        'PROCESSWRAP of test spawns',
        'TCPSERVERWRAP of test serves',
        'TCPWRAP of test serves',
        'Timeout of file leaky.ts',
        'Timeout of suite users beforeAll',
        'Timeout of test ticks',
      ].map((rest) => `leaky.ts: ${failed} ${rest}`),
    ];
    expect(told(leaksIn(project)).toSorted()).toEqual(byStatus('failed'));

    const file = pathOf(project, 'leaky.ts');
    const of = (name: string, type: string) =>
      leaksIn(project).find((leak) => leak.owner.name === name && leak.type === type);
    expect(of('allows', 'Timeout')).toMatchObject({ reason: 'the next suite needs it' });
    expect(of('spawns', 'PROCESSWRAP')).toMatchObject({
      details: { command: 'cat' },
      place: { file, line: at('spawn(') },
      others: ['stdin', 'stdout', 'stderr'].map(() => ({ type: 'PIPEWRAP' })),
    });
    expect(of('serves', 'TCPSERVERWRAP')).toMatchObject({
      others: [{ type: 'TCPWRAP', chain: [{ type: 'TCPSERVERWRAP' }] }],
    });
    expect(of('serves', 'TCPWRAP')).toMatchObject({
      place: { file, line: at('connect(port') },
      chain: [{ type: 'Timeout', details: { delay: 1 }, place: { file, line: at('connect(port') } }],
    });
    expect(of('ticks', 'Timeout')?.after?.fired).toBeGreaterThanOrEqual(3);
    expect(of('ticks', 'Timeout')?.after?.during).toContain('waits');

    const ticks = of('ticks', 'Timeout')!;
    const { times, file: path } = output!.testFiles[ticks.file]!;
    const [own, next] = ['ticks', 'waits'].map((name) => times!.tests.find((each) => each.name === name)!);
    expect(path).toBe(file);
    expect(times!.tests[ticks.times!.test!]).toBe(own);
    expect(ticks.times!.opened).toEqual([own!.began, own!.ended]);
    expect(ticks.times!.judged).toBeGreaterThanOrEqual(own!.ended);
    expect(ticks.times!.callbacks.some((time) => time >= next!.began && time <= next!.ended)).toBe(true);
    expect(ticks.times!.released![1]).toBeGreaterThanOrEqual(times!.tests.at(-1)!.ended);
    expect(times!.tests.filter(({ failed }) => failed).map(({ name }) => name)).toEqual(['fails by itself']);
    const child = of('spawns', 'PROCESSWRAP')!.times!;
    expect(child.others).toHaveLength(3);
    for (const { opened, released } of child.others!) {
      expect(opened).toEqual(child.opened);
      expect(released![0]).toBeGreaterThanOrEqual(child.judged);
    }
    const excerpt = output!.sources.find(
      (each) => each.file === file && each.line === at('setInterval(() => { ticks++') - 4,
    );
    expect(excerpt?.lines[4]).toContain('ticks++');
    expect(output?.staleAllowances).toEqual([
      { text: '@allow-lingering UDPWRAP', file: pathOf(project, 'known.ts') },
      { text: "allowLingering('WORKER')", place: expect.objectContaining({ file, line: at("('WORKER')") }) },
    ]);

    await runs(project, { env: { ASYNC_LEAKS: 'warn' } });
    expect(told(leaksIn(project)).toSorted()).toEqual(byStatus('warned'));
  });

  test('holds no leak where nothing leaks', async () => {
    const project = outputProject(version, {
      'a.ts': `test('one', () => {});\n`,
      'b.ts': `test('two', () => {});\n`,
    });
    expect((await runs(project)).exitCode).toBe(0);
    const ofFile = (file: string, name: string) => ({
      file: pathOf(project, file),
      run: 0,
      abandoned: 0,
      left: [],
      times: expect.objectContaining({ tests: [expect.objectContaining({ name })] }),
    });
    expect(read(project)).toEqual({
      version: 2,
      root: project.folder,
      files: 2,
      abandoned: 0,
      leaks: [],
      staleAllowances: [],
      usedAllowances: [],
      runs: [{ began: expect.stringMatching(/^\d{4}-.*Z$/), duration: expect.any(Number) }],
      testFiles: [ofFile('a.ts', 'one'), ofFile('b.ts', 'two')],
      sources: [],
    });
  });

  test('holds both leaks of a file that two projects run', async () => {
    const asyncLeaks = { outputFile: NAME };
    const projects =
      version.framework === 'vitest'
        ? ['one', 'two'].map((name) => ({
            extends: true,
            test: { name, env: { WHICH: name }, provide: { asyncLeaks } },
          }))
        : ['one', 'two'].map((name) => ({
            displayName: name,
            preset: 'async-leaks',
            globals: { WHICH: name },
            testMatch: ['<rootDir>/a.js'],
            testEnvironmentOptions: { asyncLeaks },
          }));
    const file = `test(globalThis.WHICH ?? process.env.WHICH, () => { setInterval(() => {}, 1000); });\n`;
    const project = useProject({ version, files: { 'a.js': file }, config: { projects } });
    await runs(project);
    expect(told(leaksIn(project)).toSorted()).toEqual([
      'a.js: failed Timeout of test one',
      'a.js: failed Timeout of test two',
    ]);
  });

  test('is made with its folders', async () => {
    const project = outputProject(
      version,
      { 'a.ts': leaking('one') },
      { outputFile: 'reports/today/leaks.json' },
    );
    await runs(project);
    expect(told(read(project, 'reports/today/leaks.json')?.leaks ?? [])).toEqual([
      'a.ts: failed Timeout of test one',
    ]);
    expect(readdirSync(pathOf(project, 'reports/today'))).toEqual(['leaks.json']);
  });

  test('holds the leaks of all files in their order, whichever worker ends first', async () => {
    const done = `import { existsSync, writeFileSync } from 'node:fs';\nimport { join } from 'node:path';\nconst file = join(process.cwd(), 'done');\n`;
    const project = outputProject(version, {
      // Ends last, for the other worker runs the other files meanwhile.
      'a.ts': `${done}${leaking('a1', 'a2')}test('a3', async () => {
        while (!existsSync(file)) await new Promise((again) => setTimeout(again, 5));
      }, 60_000);\n`,
      'b.ts': leaking('b1', 'b2', 'b3'),
      'c.ts': leaking('c1'),
      'd.ts': `${done}${leaking('d1', 'd2')}afterAll(() => { writeFileSync(file, ''); });\n`,
    });
    await runs(project);
    const names = ['a1', 'a2', 'b1', 'b2', 'b3', 'c1', 'd1', 'd2'];
    expect(told(leaksIn(project))).toEqual(
      names.map((name) => `${name[0]}.ts: failed Timeout of test ${name}`),
    );
    expect(read(project)?.files).toBe(4);
  });

  test('holds what the shard leaked', async () => {
    const files = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`${name}.ts`, leaking(name)]));
    const project = outputProject(version, files);
    const shards: string[][] = [];
    for (const shard of ['1/2', '2/2']) {
      const { tests } = await runs(project, { args: [`--shard=${shard}`] });
      const ran = tests.map(({ file, name }) => `${file}: failed Timeout of test ${name}`).toSorted();
      expect(told(leaksIn(project))).toEqual(ran);
      expect(read(project)?.files).toBe(ran.length);
      shards.push(ran);
    }
    expect(shards.map(({ length }) => length)).toEqual([2, 2]);
    expect(new Set(shards.flat()).size).toBe(4);
  });
});
