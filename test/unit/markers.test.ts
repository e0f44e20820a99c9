/** The markers at which tests break the sources: each change finds its own, and each marker serves a change. */
import { parseSync } from 'vite';
import { expect, test } from 'vitest';
import { faults } from '../edges/stages.ts';
import { mutations } from '../fuzz/mechanisms.ts';
import { changes, internals, missed } from '../matrix/nodes-to-come.ts';
import { change, type Edit, markersIn, readSources } from '../support/install/markers.ts';

const edits: readonly Edit[] = [
  ...faults,
  ...mutations.flatMap((mutation) => mutation.edits),
  ...Object.values(changes).flatMap((each) => each.edits),
  ...[...Object.values(internals), ...Object.values(missed)].flatMap(({ edit }) =>
    'gone' in edit ? [] : [edit],
  ),
];
const sources = readSources();

test.each(edits.map((edit) => [edit.at, edit] as const))(
  '%s changes one source, which parses',
  (_at, edit) => {
    const changed = change(sources, edit);
    const different = [...changed].filter(([path, text]) => sources.get(path) !== text);
    expect(different.map(([path, text]) => parseSync(path, text).errors)).toEqual([[]]);
  },
);

test('no marker is without a change', () => {
  const used = new Set(edits.map(({ at }) => at));
  expect(markersIn(sources).filter((words) => !used.has(words))).toEqual([]);
});

test('a marker that is missing, or there twice, is an error', () => {
  const of = (text: string) => new Map([['src/a.ts', text]]);
  const edit = { at: 'mutation: one', to: 'x()' };
  expect(() => change(of('f();'), edit)).toThrow('0 times');
  expect(() => change(of('// mutation: one\nf();\n// mutation: one\ng();'), edit)).toThrow('2 times');
});

test.each([
  [
    'a statement, however it is laid out',
    'f(() => {\n  // mutation: one\n  /** Of it. */\n  if (\n    a\n  )\n    b();\n  else c();\n  d();\n});',
    'f(() => { // mutation: one /** Of it. */ e(); d(); });',
  ],
  [
    'the first statement of a file',
    '/** A file. */\n\n// mutation: one\nexport const a = 1;\nexport const b = 2;',
    '/** A file. */ // mutation: one e(); export const b = 2;',
  ],
  [
    'an expression',
    'const a = () =>\n  // mutation: one\n  b.c(() => 1);\nd();',
    'const a = () => // mutation: one e();; d();',
  ],
])('what is replaced is %s', (_what, text, expected) => {
  const changed = change(new Map([['src/a.ts', text]]), { at: 'mutation: one', to: 'e();' });
  expect(changed.get('src/a.ts')?.replaceAll(/\s+/g, ' ')).toBe(expected);
});
