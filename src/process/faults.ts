/**
 * A fault of ours is reported as ours, changes no result of a test, and fails the run; bad input gets a sentence. Faults are
 * noted as they come, and reported in one error once the file is over.
 */

import { printableLines, say } from '../text/printable.js';

let first: unknown;
let count = 0;

/** Notes a fault of ours. */
export function noteFault(fault: unknown): void {
  if (count++ === 0) first = fault;
}

/** Whether there is a fault that was not taken yet: what we know of the file may be wrong. */
export const hasFault = (): boolean => count > 0;

/** Takes all faults noted so far, as one error without a stack; undefined if there are none. */
export function takeFault(): Error | undefined {
  if (count === 0) return undefined;
  const more = count === 1 ? '' : ` (and ${count - 1} more)`;
  const error = new Error(`${describe(first)}${more}`);
  error.stack = `Error: ${error.message}`;
  first = undefined;
  count = 0;
  return error;
}

/** Takes the faults as errors to fail a file with: at most one. In `warn` mode none, and `print` gets the message. */
export function faultsFor(mode: string, print: (message: string) => void): Error[] {
  const fault = takeFault();
  if (fault === undefined) return [];
  if (mode !== 'warn') return [fault];
  print(fault.message);
  return [];
}

/** "async-leaks failed itself, and may have missed leaks: TypeError: …", with the place that threw it. */
function describe(fault: unknown): string {
  const place = attempt(() => placeOf(fault));
  // User code that we call may throw anything: undefined, or something that has no string.
  const what = attempt(() => String(fault)) ?? 'an error that cannot be shown';
  return printableLines(
    `async-leaks failed itself, and may have missed leaks: ${what}${place === undefined ? '' : `, ${place}`}`,
  );
}

function placeOf(fault: unknown): string | undefined {
  if (!(fault instanceof Error)) return undefined;
  const { stack } = fault as { stack?: unknown };
  const lines = typeof stack === 'string' ? stack.split('\n') : [];
  return lines
    .find((line) => /^\s+at /.test(line))
    ?.trim()
    .replace(FOLDER, '$1async-leaks/');
}

/** The folder that this package is in: Mocha shows paths in stacks otherwise than in messages, and then would print both. */
const FOLDER = /(\(|^at (?!.*\()).*[\\/](?=dist[\\/](?:src|jest)[\\/])/;

function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}

/** Runs a step of ours; if it throws, notes the fault and returns undefined. */
export function guard<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (fault) {
    noteFault(fault);
    return undefined;
  }
}

/** The same for a step that may have to be awaited; one that need not be costs no turn. */
export function guardAsync<T>(step: () => Promise<T> | T): Promise<T | undefined> | T | undefined {
  const result = guard(step);
  if (!(result instanceof Promise)) return result;
  return result.catch((fault: unknown) => {
    noteFault(fault);
    return undefined;
  });
}

/** Runs a step of ours in the main process, where no file is left to report a fault: prints it, and fails the run. */
export function failing<T>(step: () => T): T | undefined {
  const result = guard(step);
  const fault = takeFault();
  if (fault === undefined) return result;
  say(fault.message);
  process.exitCode = 1;
  return undefined;
}

/** Runs a check of input; what it throws is one sentence, all printable, without a stack of ours to bury it. */
export function refusing<T>(check: () => T): T {
  try {
    return check();
  } catch (refusal) {
    throw asSentence(refusal);
  }
}

/** The same for a check that reads something. */
export async function refusingAsync<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (refusal) {
    throw asSentence(refusal);
  }
}

function asSentence(refusal: unknown): unknown {
  if (!(refusal instanceof Error)) return refusal;
  refusal.message = printableLines(refusal.message);
  refusal.stack = String(refusal);
  return refusal;
}

/**
 * Prints the sentence of a refusal, and ends the process: Node would print the line of our script, too. Throws whatever is none, which
 * has a stack.
 */
export function refuse(refusal: unknown): never {
  if (!(refusal instanceof Error) || refusal.stack !== String(refusal)) throw refusal;
  say(refusal.message);
  process.exit(1);
}
