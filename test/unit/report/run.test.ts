import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';

import { resolveOptions, resolvePaths } from '../../../src/config/options.ts';
import { silentRecord, type FileRecord } from '../../../src/report/record.ts';
import { endSingleRun } from '../../../src/report/run.ts';

const { exitCode } = process;
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = exitCode;
});

/** Ends a run in a new folder, and returns what it prints, its exit code, and the folder. */
function end(options: object, records: readonly FileRecord[]): { said: string; code: unknown; root: string } {
  const root = mkdtempSync(join(tmpdir(), 'run-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  let said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  process.exitCode = 0;
  endSingleRun(resolvePaths(resolveOptions(options, {}), root), records, root, false);
  return { said, code: process.exitCode, root };
}

const unused: FileRecord = {
  ...silentRecord('/app/b.test.mjs'),
  allowances: [{ text: "allowLingering('Timeout')", file: '/app/b.test.mjs', used: false }],
};

test('a run that has nothing to tell prints nothing, and passes', () => {
  expect(end({}, [silentRecord('/app/a.test.mjs')])).toMatchObject({ said: '', code: 0 });
});

test('a run prints its summary', () => {
  const { said, code } = end({}, [unused]);
  expect(said).toMatch(/1 allowance allowed nothing.*\n\n$/s);
  expect(code).toBe(0);
});

test('a run that has to fail says why', () => {
  const { said, code } = end({ staleAllow: 'fail' }, [unused]);
  expect(said).toMatch(/\n\nasync-leaks: 1 allowance allowed nothing \(staleAllow: 'fail'\)\.\n$/);
  expect(code).toBe(1);
});

test('files are told by name, in whatever order their records came', () => {
  const { allowances } = unused;
  const records = ['b', 'a'].map((name) => ({
    ...unused,
    file: `/app/${name}.test.mjs`,
    allowances: allowances.map((each) => ({ ...each, file: `/app/${name}.test.mjs` })),
  }));
  expect(end({}, records).said).toMatch(/a\.test\.mjs.*b\.test\.mjs/s);
});
