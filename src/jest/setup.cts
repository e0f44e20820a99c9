/**
 * Part of the preset, evaluated in each test file: tells where the environment of the preset has been displaced, by
 * the project's own or by a docblock, for then the file is not checked.
 */
const { writeFileSync } = require('node:fs') as typeof import('node:fs');
const { join, relative } = require('node:path') as typeof import('node:path');

interface TestGlobals {
  expect?: { getState(): { testPath?: string } };
  [key: symbol]: unknown;
}

const { ASYNC_LEAKS, ASYNC_LEAKS_RECORDS: folder, JEST_WORKER_ID = '0' } = process.env;
const { expect, [Symbol.for('async-leaks')]: api } = globalThis as TestGlobals;

if (api === undefined && ASYNC_LEAKS !== 'off') {
  const file = expect?.getState().testPath ?? '';
  if (folder === undefined) {
    // `printable.ts` is an ES module, which Jest's sandbox cannot load.
    const shown = relative(process.cwd(), file).replace(
      /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
      '\ufffd',
    );
    process.stderr.write(
      `async-leaks: ${shown} is not checked: the preset is on, but the testEnvironment is not its own.\n`,
    );
  } else {
    // Through the channel (`channel.ts`), so that the main process says so once.
    const name = `${process.pid}-${JEST_WORKER_ID}-${process.hrtime.bigint()}.displaced`;
    writeFileSync(join(folder, name), file);
  }
}

export {};
