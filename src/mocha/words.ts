/** What Mocha calls things, and its errors. */
import type { LeakError } from '../report/leak-error.js';
import type { HookName } from './mocha.js';

/** What all-hooks are called in the interfaces whose words differ from those of "bdd". */
const WORDS: Readonly<Record<string, Partial<Record<HookName, string>>>> = {
  bdd: { beforeAll: 'before', afterAll: 'after' },
  tdd: { beforeAll: 'suiteSetup', afterAll: 'suiteTeardown' },
};

/** What users call the hooks of one kind in their interface. */
export function hookWords(name: HookName, ui: unknown): string {
  return (WORDS[String(ui)] ?? WORDS['bdd'])?.[name] ?? name;
}

export const isTimeout = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === 'ERR_MOCHA_TIMEOUT';

/** Adds to the error of a test that timed out what it still had open: Mocha shows one error to a test. */
export function explain(error: unknown, explanation: LeakError): void {
  const own = error as Error;
  const { message, stack = '' } = own;
  own.message = `${message}\n\n${explanation.message}`;
  own.stack = stack.replace(message, () => own.message);
}

/** What Mocha calls, in place of a test, when an exception is caught by nobody. */
export const standIn = (callback: (error: unknown) => void): object => ({
  callback,
  clearTimeout: () => {},
  isFailed: () => false,
  isPassed: () => false,
  isPending: () => false,
});
