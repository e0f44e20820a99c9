import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { writeAtomically } from '../../../src/process/atomic.ts';
import { realPath } from '../../../src/text/paths.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'async-leaks-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('a file is written', () => {
  test('as a whole, in folders that are made for it, and nothing is left beside it', () => {
    writeAtomically(join(folder, 'a/b/out.json'), 'one');
    writeAtomically(join(folder, 'a/b/out.json'), 'two');
    expect(read('a/b/out.json')).toBe('two');
    expect(readdirSync(join(folder, 'a/b'))).toEqual(['out.json']);
  });

  test('beside the drafts of other writers, which may have the same pid', () => {
    const drafts = [`out.json.${process.pid}.tmp`, `out.json.${process.pid}-0.tmp`];
    for (const draft of drafts) writeFileSync(join(folder, draft), 'half');
    writeAtomically(join(folder, 'out.json'), 'whole');
    expect(read('out.json')).toBe('whole');
    for (const draft of drafts) expect(read(draft)).toBe('half');
  });

  test.each(['here', 'not there yet'])('where a link leads, and the link stays (it is %s)', (state) => {
    if (state === 'here') writeFileSync(join(folder, 'real.json'), 'old');
    symlinkSync('real.json', join(folder, 'link.json'));
    writeAtomically(join(folder, 'link.json'), 'new');
    expect(lstatSync(join(folder, 'link.json')).isSymbolicLink()).toBe(true);
    expect(read('real.json')).toBe('new');
  });

  test('not in the place of a folder, of which the error says that it is one', () => {
    mkdirSync(join(folder, 'out'));
    expect(() => writeAtomically(join(folder, 'out'), 'x')).toThrow(/^EISDIR.*[\\/]out'$/);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  test.runIf(process.platform !== 'win32')('to a device, which stays one', () => {
    symlinkSync('/dev/null', join(folder, 'out.json'));
    writeAtomically(join(folder, 'out.json'), 'x');
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('not where a part of its path is a file', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => writeAtomically(join(folder, 'file/out.json'), 'x')).toThrow(/ENOTDIR|EEXIST/);
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

describe('the real path', () => {
  test('leads through links, be the file there or not', () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    symlinkSync('link/a.json', join(folder, 'a.json'));
    const expected = join(folder, 'real/a.json');
    for (const spelling of ['real/a.json', 'link/a.json', 'a.json'])
      expect(realPath(join(folder, spelling))).toBe(expected);
    expect(existsSync(expected)).toBe(false);
    writeFileSync(expected, '');
    for (const spelling of ['real/a.json', 'link/a.json', 'a.json'])
      expect(realPath(join(folder, spelling))).toBe(expected);
    expect(realPath(join(folder, 'link/no/such/file'))).toBe(join(folder, 'real/no/such/file'));
  });

  test('of links in a circle is some path', () => {
    symlinkSync('b', join(folder, 'a'));
    symlinkSync('a', join(folder, 'b'));
    expect(realPath(join(folder, 'a'))).toMatch(/[ab]$/);
  });
});
