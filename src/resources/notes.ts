/** What this Node no longer tells, and what follows: noted where it is found, and said with `ASYNC_LEAKS_DEBUG=1`. */

const noted = new Set<string>();

/** Notes a sentence. May be called anywhere, in a hook too: nothing is printed. */
export function note(text: string): void {
  noted.add(text);
}

/** What was noted in this process. */
export const notes: ReadonlySet<string> = noted;
