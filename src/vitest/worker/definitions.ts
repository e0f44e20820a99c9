/** Where tests and hooks are defined; looked up only for a leak without a known line of the user's. */
import { readFileSync } from 'node:fs';

import type { Place, Site } from '../../tracker/index.js';
import type { Hook, Test } from './tasks.js';

/**
 * The line that defines a test, if its title occurs in the file once. Keeping the stack of each call to `test()` would cost more
 * than all the rest of a test; `includeTaskLocation` reads that stack, and shows in what reporters print.
 */
export function definitionOf({ name, file: { filepath } }: Test): Place | undefined {
  const titles = [`'${name}'`, `"${name}"`, `\`${name}\``];
  const lines = linesOf(filepath);
  const found = lines.flatMap((line, i) => (titles.some((title) => line.includes(title)) ? [i] : []));
  const [index] = found;
  if (index === undefined || found.length > 1) return undefined;
  return { file: filepath, line: index + 1, column: lines[index]!.search(/\S/) + 1 };
}

/** Empty if a plugin makes the file up. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** The stack of the call that defines a hook: Vitest keeps it for its own messages, for these kinds of hooks only. */
export function hookDefinition(hook: Hook): Site | undefined {
  const { [CLEANUP_STACK]: cleanup, [AROUND_STACK]: around } = hook as Hook &
    Record<symbol, Site | undefined>;
  return cleanup ?? around;
}

const CLEANUP_STACK = Symbol.for('VITEST_CLEANUP_STACK_TRACE');
const AROUND_STACK = Symbol.for('VITEST_AROUND_STACK_TRACE');
