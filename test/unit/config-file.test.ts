import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { readOptions, readOptionsSync } from '../../src/config/file.ts';

/** A folder with these files. */
function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'config-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const esm = 'await null; export default { grace: 7 };';

test.each<[string, Record<string, string>]>([
  ['async-leaks.config.mjs', { 'async-leaks.config.mjs': esm }],
  [
    'async-leaks.config.js of an ES module',
    { 'async-leaks.config.js': esm, 'package.json': '{"type":"module"}' },
  ],
  ['async-leaks.config.js of CommonJS', { 'async-leaks.config.js': 'module.exports = { grace: 7 };' }],
  ['async-leaks.config.cjs', { 'async-leaks.config.cjs': 'module.exports = { grace: 7 };' }],
  [
    'async-leaks.config.cjs, compiled',
    { 'async-leaks.config.cjs': 'exports.__esModule = true; exports.default = { grace: 7 };' },
  ],
  ['async-leaks.config.json', { 'async-leaks.config.json': '\ufeff{ "grace": 7 }' }],
  ['package.json', { 'package.json': '{ "asyncLeaks": { "grace": 7 } }' }],
  [
    'a file before package.json',
    { 'async-leaks.config.json': '{ "grace": 7 }', 'package.json': '{ "asyncLeaks": { "mode": "warn" } }' },
  ],
])('reads %s', async (_, files) => {
  const folder = folderWith(files);
  expect(await readOptions(folder, {})).toMatchObject({ grace: 7, mode: 'fail' });
  if (Object.values(files).includes(esm)) return;
  expect(readOptionsSync(folder, {})).toMatchObject({ grace: 7, mode: 'fail' });
});

test('reads an ES module at once, unless that has to be awaited', () => {
  const folder = folderWith({ 'async-leaks.config.mjs': 'export default { grace: 7 };' });
  expect(readOptionsSync(folder, {})).toMatchObject({ grace: 7 });
  expect(() => readOptionsSync(folderWith({ 'async-leaks.config.mjs': esm }), {})).toThrow(
    /^async-leaks: \S*\/async-leaks\.config\.mjs cannot be read: [^\n]+\.$/,
  );
});

test('has defaults where nothing is written', async () => {
  const defaults = { grace: 250, mode: 'fail' };
  expect(await readOptions(folderWith({}), {})).toMatchObject(defaults);
  expect(await readOptions(folderWith({ 'package.json': '{ "name": "app" }' }), {})).toMatchObject(defaults);
  expect(await readOptions(folderWith({ 'package.json': '[]' }), {})).toMatchObject(defaults);
});

test('makes paths absolute', async () => {
  const folder = folderWith({
    'async-leaks.config.json': '{ "baseline": "known.json", "outputFile": "out/leaks.json" }',
  });
  expect(await readOptions(folder, {})).toMatchObject({
    baseline: join(folder, 'known.json'),
    outputFile: join(folder, 'out/leaks.json'),
  });
});

test('yields to ASYNC_LEAKS, and reads nothing where that says off', async () => {
  const folder = folderWith({ 'async-leaks.config.json': '{ "mode": "fail" }' });
  expect((await readOptions(folder, { ASYNC_LEAKS: 'warn' })).mode).toBe('warn');
  const broken = folderWith({ 'async-leaks.config.json': '{' });
  expect((await readOptions(broken, { ASYNC_LEAKS: 'off' })).mode).toBe('off');
  const wrong = { ASYNC_LEAKS: 'no' } as unknown as NodeJS.ProcessEnv;
  await expect(readOptions(folder, wrong)).rejects.toThrow(/ takes off, .*, but got 'no'\.$/);
});

const message = (folder: string): Promise<string> =>
  readOptions(folder, {}).then(
    () => 'nothing is refused',
    (error: Error) => (error.stack === String(error) ? error.message : `a stack: ${error.stack}`),
  );

test.each<[Record<string, string>, string]>([
  [
    { 'async-leaks.config.json': '{ "grace": "1" }' },
    `option "grace" takes a whole number of at least 0, but got '1' (in async-leaks.config.json).`,
  ],
  [
    { 'package.json': '{ "asyncLeaks": { "mode": "loud" } }' },
    `option "mode" takes 'fail', 'warn', 'off', but got 'loud' (in "asyncLeaks" of package.json).`,
  ],
  [
    { 'package.json': '{ "asyncLeaks": null }' },
    'the options must be an object, but got null (in "asyncLeaks" of package.json).',
  ],
  [
    { 'async-leaks.config.mjs': 'export default [];' },
    'the options must be an object, but got [] (in async-leaks.config.mjs).',
  ],
  [
    { 'async-leaks.config.mjs': 'export const grace = 7;' },
    'FOLDER/async-leaks.config.mjs must export its options as the default: export default { … }.',
  ],
  [
    { 'async-leaks.config.mjs': 'throw new TypeError("no\\u001b[31m\\nplace.");' },
    'FOLDER/async-leaks.config.mjs cannot be read: TypeError: no\\u001b[31m.',
  ],
  [
    { 'async-leaks.config.cjs': 'throw undefined;' },
    'FOLDER/async-leaks.config.cjs cannot be read: undefined.',
  ],
  [
    { 'async-leaks.config.js': '{}', 'async-leaks.config.json': '{}' },
    'there are both async-leaks.config.js and async-leaks.config.json in FOLDER; keep one of them.',
  ],
])('refuses %j', async (files, sentence) => {
  const folder = folderWith(files);
  expect(await message(folder)).toBe(`async-leaks: ${sentence.replace('FOLDER', folder)}`);
});

test('refuses what is not JavaScript or JSON, or no file at all', async () => {
  const said = async (files: Record<string, string>): Promise<string> => message(folderWith(files));
  expect(await said({ 'async-leaks.config.json': '{ "grace": }' })).toMatch(
    /^async-leaks: \S*\/async-leaks\.config\.json cannot be read: SyntaxError: [^\n]+\.$/,
  );
  expect(await said({ 'async-leaks.config.mjs': 'export default {' })).toMatch(
    /^async-leaks: \S*\/async-leaks\.config\.mjs cannot be read: [^\n]+\.$/,
  );
  expect(await said({ 'package.json': '{' })).toMatch(
    /^async-leaks: \S*\/package\.json cannot be read: SyntaxError: [^\n]+\.$/,
  );
  const folder = folderWith({});
  mkdirSync(join(folder, 'async-leaks.config.json'));
  expect(await message(folder)).toMatch(
    /^async-leaks: \S*\/async-leaks\.config\.json cannot be read: [^\n]+\.$/,
  );
});
