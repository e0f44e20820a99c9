/**
 * Part of the preset, evaluated in each test file: reports if the environment of the preset was displaced, by the project's own
 * or by a docblock, because then the file is not checked.
 */
const { readdirSync, writeFileSync } = require('node:fs') as typeof import('node:fs');
const { join, relative } = require('node:path') as typeof import('node:path');

interface Entry {
  readonly pid: number;
  readonly folder: string;
}

/** The folders that `channel.ts` has made for the run in the main process; by the seed, because we know no more here. */
function channels(seed: number): string[] {
  try {
    const entries = JSON.parse(process.env['ASYNC_LEAKS_RECORDS'] ?? '[]') as Entry[];
    return entries
      .filter(({ pid }) => pid === process.pid || pid === process.ppid)
      .flatMap(({ folder }) =>
        readdirSync(folder)
          .filter((name) => name.startsWith(`${seed}-`))
          .map((name) => join(folder, name)),
      );
  } catch {
    return [];
  }
}

const { ASYNC_LEAKS, JEST_WORKER_ID = '0' } = process.env;

interface JestGlobals {
  readonly expect?: { getState(): { testPath?: string } };
  readonly jest: { getSeed(): number };
}

/** Jest's own globals, which need no package within Jest; undefined outside of it. */
function jestGlobals(): JestGlobals | undefined {
  try {
    return require('@jest/globals') as JestGlobals;
  } catch {
    return undefined;
  }
}

const isDisplaced = !(Symbol.for('async-leaks') in globalThis) && ASYNC_LEAKS !== 'off';
const globals = isDisplaced ? jestGlobals() : undefined;

if (globals !== undefined) {
  const { expect, jest } = globals;
  const file = expect?.getState().testPath ?? '';
  const [channel] = channels(jest.getSeed());
  if (channel === undefined) {
    // `printable.ts` is an ES module, which Jest's sandbox cannot load.
    const shown = relative(process.cwd(), file).replace(
      /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
      '\ufffd',
    );
    process.stderr.write(
      `async-leaks: ${shown} is not checked: the preset is on, but testEnvironment is not the preset's.\n`,
    );
  } else {
    // Through the channel, so that the main process says so once.
    const name = `${process.pid}-${JEST_WORKER_ID}-${process.hrtime.bigint()}.displaced`;
    writeFileSync(join(channel, name), file);
  }
}

export {};
