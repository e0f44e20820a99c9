/** What is printed only with `ASYNC_LEAKS_DEBUG=1`: that this Node is not as we know it, and what we fall back to. */

import { say } from '../text/printable.js';
import { notes } from '../resources/notes.js';

const told = new Set<string>();

export const isDebugging = (): boolean => Boolean(process.env['ASYNC_LEAKS_DEBUG']);

/** Prints a text once in each process. Never call it in an async hook: printing creates async resources. */
export function debug(text: string): void {
  if (!isDebugging() || told.has(text)) return;
  told.add(text);
  say(`async-leaks: ${text}`);
}

/** Prints what was noted of this Node. */
export function debugNotes(): void {
  for (const text of notes) debug(text);
}
