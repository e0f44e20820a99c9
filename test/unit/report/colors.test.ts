import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';

import { isColored } from '../../../src/text/colors.ts';

const terminal = { isTTY: true, fd: 2 };
const pipe = { isTTY: undefined, fd: undefined };

test.each([
  [true, terminal, {}, []],
  [true, terminal, { NO_COLOR: '' }, []],
  [false, terminal, { TERM: 'dumb' }, []],
  [false, terminal, { NO_COLOR: '1' }, []],
  [false, terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, []],
  [false, terminal, { FORCE_COLOR: '0' }, []],
  [false, terminal, { FORCE_COLOR: 'false' }, []],
  [false, terminal, {}, ['--no-color']],
  [false, pipe, {}, []],
  [true, pipe, { CI: '1' }, []],
  [false, pipe, { CI: '' }, []],
  [true, pipe, { FORCE_COLOR: '1' }, []],
  [true, pipe, {}, ['--colors']],
])('colours: %s for %o, %o, %o', (colored, stream, env, argv) => {
  expect(isColored(stream, env, argv)).toBe(colored);
});

test('no colours in a file, also in CI', () => {
  const fd = openSync(import.meta.filename, 'r');
  try {
    expect(isColored({ fd }, { CI: 'true' }, [])).toBe(false);
  } finally {
    closeSync(fd);
  }
  expect(isColored({ fd: 1e9 }, { CI: 'true' }, [])).toBe(true);
});
