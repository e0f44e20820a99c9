/** Where tests and hooks are defined; looked up only for a leak without a known line of the user's. */
import { lineOfTitle } from '../../../tracker/stacks/title-line.js';
import type { Place, Site } from '../../../tracker/index.js';
import type { Hook, Test } from './tasks.js';

/** The line that defines a test: `includeTaskLocation` reads a stack for each test, and shows in what reporters print. */
export const definitionOf = ({ name, file: { filepath } }: Test): Place | undefined =>
  lineOfTitle(filepath, name);

/** The stack of the call that defines a hook: Vitest keeps it for its own messages, for these kinds of hooks only. */
export function hookDefinition(hook: Hook): Site | undefined {
  const { [CLEANUP_STACK]: cleanup, [AROUND_STACK]: around } = hook as Hook &
    Record<symbol, Site | undefined>;
  return cleanup ?? around;
}

const CLEANUP_STACK = Symbol.for('VITEST_CLEANUP_STACK_TRACE');
const AROUND_STACK = Symbol.for('VITEST_AROUND_STACK_TRACE');
