/** What is told only with `ASYNC_LEAKS_DEBUG=1`: that this Node is not as we know it, and what we fall back to. */

import { say } from '../report/printable.js';

const told = new Set<string>();
const noted = new Set<string>();

export const isDebugging = (): boolean => Boolean(process.env['ASYNC_LEAKS_DEBUG']);

/** Says it once in each process. Never to be called in a hook: to print makes async resources. */
export function debug(text: string): void {
  if (!isDebugging() || told.has(text)) return;
  told.add(text);
  say(`async-leaks: ${text}`);
}

/** Notes it, to be said by `debugNotes`. May be called anywhere. */
export function note(text: string): void {
  noted.add(text);
}

/** Says what was noted. */
export function debugNotes(): void {
  for (const text of noted) debug(text);
}
