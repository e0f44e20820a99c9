/** What this Node no longer reports, and what follows: noted where it is found, and printed with `ASYNC_LEAKS_DEBUG=1`. */

const noted = new Set<string>();

/** Notes a sentence. May be called anywhere, even in an async hook: nothing is printed. */
export function note(text: string): void {
  noted.add(text);
}

/** What was noted in this process. */
export const notes: ReadonlySet<string> = noted;
