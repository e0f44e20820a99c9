/** Each leak of a program is one mistake: it is reported once, however often it happens. */
import type { Fixture } from '../../support/expected/expectations.ts';
import type { Run } from '../../support/run.ts';
import { isLeak, isNamed } from '../../support/expected/verdicts.ts';

/** @returns a sentence for each test or file with more reported leaks than it has. */
export function* toldTwice({ tests, files }: Run, fixtures: readonly Fixture[]): Generator<string> {
  for (const { path, leaks, content } of fixtures) {
    // Vitest shows the errors of each try.
    const tries = content.includes('retry: 1') ? 2 : 1;
    for (const { file, name, errors } of tests) {
      if (file !== path) continue;
      const own = leaks.filter(({ test }) => test !== undefined && isNamed({ name }, test));
      yield* compare(`${file} "${name}"`, errors.filter(isLeak), own.length * tries);
    }
    for (const { file, errors } of files) {
      if (file !== path) continue;
      const own = leaks.filter(({ test }) => test === undefined);
      yield* compare(file, errors.filter(isLeak), own.length);
    }
  }
}

function* compare(where: string, told: readonly string[], expected: number): Generator<string> {
  if (expected > 0 && told.length > expected)
    yield `${where}: ${told.length} errors tell of ${expected} leaks:\n${told.join('\n')}`;
}
