/**
 * Text that is safe to show, whoever named it. Tests, functions, files, packages and commands may have any name, and one with an
 * escape sequence would move the cursor, set the title of the terminal, or hide a line.
 *
 * Everything of the user's that we print passes through one of these, where it enters a text of ours and not where each piece is
 * used: `printableData` for the data of errors and the summary, `printableLines` for a finished sentence or file.
 */

/**
 * Control characters, lone surrogates, line separators, and what turns the direction of the text behind it. Made only for a text
 * that may have one, because V8 takes a millisecond or two to read the expression, in each process.
 */
const unprintable = (): RegExp => /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
const PLAIN = /^[ -~]*$/;

/** As JSON writes it: "\n", "\u001b". */
const escape = (char: string): string =>
  char < ' ' ? JSON.stringify(char).slice(1, -1) : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** One line of text; what a terminal must not see is shown as its code. */
export function printable(text: string): string {
  return PLAIN.test(text) ? text : text.replace(unprintable(), escape);
}

/** The same for several lines. JSON keeps its meaning, because it has line breaks only between its values. */
export function printableLines(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(unprintable(), (char) => (char === '\n' ? char : escape(char)));
}

/** Plain data, each text in it as one printable line. Returns the same object if nothing has to change. */
export function printableData<T>(data: T): T {
  if (typeof data === 'string') return printable(data) as T;
  if (typeof data !== 'object' || data === null) return data;
  if (Array.isArray(data)) {
    const items = (data as unknown[]).map(printableData);
    return items.some((item, i) => item !== data[i]) ? (items as T) : data;
  }
  let changed: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(data)) {
    const shown: unknown = printableData(value);
    if (shown === value) continue;
    changed ??= { ...(data as Record<string, unknown>) };
    changed[key] = shown;
  }
  return (changed as T | undefined) ?? data;
}

/** Prints a sentence of ours. */
export function say(sentence: string): void {
  process.stderr.write(`${printableLines(sentence)}\n`);
}
