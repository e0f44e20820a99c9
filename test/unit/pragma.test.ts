import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, constantFrom, property, string } from 'fast-check';
import { afterAll, expect, test } from 'vitest';

import { parsePragma, readPragma } from '../../src/config/pragma.ts';

const folder = mkdtempSync(join(realpathSync(tmpdir()), 'async-leaks-pragma-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'a.test.ts');
function read(text: string): unknown {
  writeFileSync(file, text);
  return readPragma(file);
}

test.each([
  ['/** @allow-lingering Timeout */', [{ type: 'Timeout' }]],
  [
    '#!/usr/bin/env node\n\n/**\n * @allow-lingering Timeout, TCPWRAP\n */',
    [{ type: 'Timeout' }, { type: 'TCPWRAP' }],
  ],
  [
    '/**\r\n * @allow-lingering Timeout\r\n * @allow-lingering UDPWRAP\r\n */',
    [{ type: 'Timeout' }, { type: 'UDPWRAP' }],
  ],
  ['/**\n *\n *\n * @allow-lingering\n */', [{}]],
  ['/**\n * @allow-lingering-not\n * See @allow-lingering Timeout\n */', []],
  ['const a = 1;\n/** @allow-lingering */', []],
  ['/** @allow-lingering Timeout', []],
])('%j', (text, allowances) => {
  expect(read(text)).toEqual(allowances);
});

test('is what it was when the blanks of lines before counted, too', () => {
  const LINE = /^[\s*]*@allow-lingering(?![\w-])[^\S\n]*(.*)$/gm;
  const pragma = '@allow-lingering';
  const unit = constantFrom(pragma, pragma, ...Array.from('  *\n\n\r\u2028\t\u00a0A,-@'));
  assert(
    property(string({ unit, maxLength: 40 }), (text) => {
      const block = `${text.replaceAll('*/', '')}\n`;
      const values = [...block.matchAll(LINE)].map(([, value = '']) => value);
      expect(read(`/**${block}*/`)).toEqual(parsePragma(values));
    }),
    { numRuns: 500 },
  );
});

test('is found in no time among any number of lines', () => {
  // Each line tried from each line before it would take minutes.
  const lines = ' *\n'.repeat(400_000);
  expect(read(`/**\n * @allow-lingering Timeout\n${lines} */`)).toEqual([{ type: 'Timeout' }]);
  expect(read(`/**\n${lines} * none\n */`)).toEqual([]);
});
