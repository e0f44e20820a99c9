/** The leaks of a run in Markdown. */
import { expect, test } from 'vitest';

import { toMarkdown, type MarkdownInput } from '../../../src/report/github/markdown.ts';
import { silentRecord, type RecordedLeak } from '../../../src/report/record.ts';
import { leak } from './sample.ts';

const markdown = (leaks: readonly RecordedLeak[], over: Partial<MarkdownInput> = {}): string =>
  toMarkdown({
    records: [{ ...silentRecord('/shop/test/a.test.ts'), leaks }],
    stale: [],
    root: '/shop',
    files: 3,
    ...over,
  });
const inTest = (name: string, over = {}): RecordedLeak => ({
  status: 'failed',
  leak: leak({ owner: { kind: 'test', name }, ...over }),
});

test('says that nothing leaked', () => {
  expect(markdown([])).toBe('<!-- async-leaks -->\n\n### No async leaks\n\n3 test files checked.\n');
});

test('has a row for each cause', () => {
  const server = inTest('serves', {
    type: 'TCPSERVERWRAP',
    noun: 'a TCP server',
    remedy: 'server.close().',
    place: { file: '/shop/test/a.test.ts', line: 9, column: 1 },
  });
  const warned = { ...server, status: 'warned' as const };
  const timers = ['one', 'two'].map((name) => ({
    ...inTest(name),
    after: { fired: 3, during: ['other'] },
  }));
  expect(markdown([...timers, warned])).toBe(`<!-- async-leaks -->

### Async leaks: 3 resources in 3 tests, opened at 2 places

| opened at | what | in | what to do |
| --- | --- | --- | --- |
| \`src/poll.ts:3:5\`<br>\`poll\` | 2 timers (Timeout) | \`in 2 tests: "one", "two"\`<br>Fired 6 times after their tests, during "other". | Close it: clearTimeout(). |
| \`test/a.test.ts:9:1\` | a TCP server (TCPSERVERWRAP)<br>only warned of | \`in "serves"\` | Close it: server.close(). |
`);
});

test('has a line for each thing that an object of yours has left open', () => {
  const place = { file: '/shop/src/app.ts', line: 3, column: 5 };
  const server = { noun: 'a TCP server', type: 'TCPSERVERWRAP', remedy: 'server.close().' };
  const text = markdown([
    inTest('one', {
      place,
      construction: { text: 'new App()', place },
      others: [leak({ ...server, place })],
    }),
  ]);
  expect(text).toContain('Close each:<br>timer: clearTimeout().<br>TCP server: server.close(). |');
});

test('has paths with blanks as they are', () => {
  const place = { file: '/shop/a folder/poll.ts', line: 3, column: 5 };
  expect(markdown([inTest('one', { place })])).toContain('`a folder/poll.ts:3:5`');
});

test('counts what was let pass', () => {
  const text = markdown(
    [
      { ...inTest('a'), status: 'allowed' },
      { ...inTest('b'), status: 'known' },
    ],
    { stale: [{ text: "allowLingering('A|B')" }] },
  );
  expect(text).toContain(`### No async leaks

3 test files checked.

- 1 resource allowed to linger
- 1 known leak tolerated
- 1 allowance allowed nothing: \`allowLingering('A|B')\`
`);
});

test('shows names that are markup, and lets none of them do anything', () => {
  const names = [
    '`](javascript:x) | a\n| b',
    '<script>alert(1)</script>',
    '@everyone closes #1',
    '``',
    '\u202eabc',
  ];
  const text = markdown(
    names.map((name, i) =>
      inTest(name, {
        type: name,
        noun: 'an async resource',
        place: { file: `/shop/${i}.ts`, line: 1, column: 1 },
      }),
    ),
  );
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  expect(rows).toHaveLength(2 + names.length);
  for (const row of rows) {
    // Without the code, in which nothing has a meaning.
    const rest = row.replaceAll(/(?<![`\\])(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, '');
    expect(rest).not.toMatch(/(?<!\\)<(?!br>|!-- -->)|(?<!\\)[`[\]]|@(?!<!-- -->)|#(?!<!-- -->)/);
    // Four cells.
    expect(row.replaceAll('\\|', '').split('|')).toHaveLength(6);
  }
  expect(text).toContain('``in "`](javascript:x) \\| a\\n\\| b"``');
  expect(text).not.toContain('\u202e');
});

test('fits into a comment, however much has leaked', () => {
  const long = 'x'.repeat(5000);
  const leaks = Array.from({ length: 200 }, (_, i) =>
    inTest(`${i} ${long}`, {
      type: long,
      noun: long,
      remedy: long,
      place: { file: `/shop/${long}.ts`, line: i + 1, column: 1 },
    }),
  );
  const text = markdown(leaks);
  expect(text.length).toBeLessThanOrEqual(60_000);
  expect(text).toMatch(/\n… and \d+ more places\.\n$/);
  const few = markdown(
    Array.from({ length: 60 }, (_, i) =>
      inTest('a', { place: { file: `/shop/${i}.ts`, line: 1, column: 1 } }),
    ),
  );
  expect(few).toContain('… and 10 more places.');
});
