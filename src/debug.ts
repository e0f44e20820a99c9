/** What is told only with `ASYNC_LEAKS_DEBUG=1`: that this Node is not as we know it, and what we fall back to. */

import { say } from './printable.js';

const told = new Set<string>();

/** Says it once in each process. Never to be called in a hook: to print makes async resources. */
export function debug(text: string): void {
  if (!process.env['ASYNC_LEAKS_DEBUG'] || told.has(text)) return;
  told.add(text);
  say(`async-leaks: ${text}`);
}
