/** A fault of ours is reported as ours, fails no test, and never hides a result of theirs; bad input gets a sentence. */

/** Says that async-leaks itself has failed. */
export function complain(fault: unknown): void {
  const text = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  process.stderr.write(`async-leaks failed itself, and may have missed leaks: ${text}\n`);
}

/** Runs a step of ours; returns undefined, and complains, where it throws. */
export function guard<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (fault) {
    complain(fault);
    return undefined;
  }
}

/** The same for a step that may have to be awaited; one that has not costs no turn. */
export function guardAsync<T>(step: () => Promise<T> | T): Promise<T | undefined> | T | undefined {
  const result = guard(step);
  if (!(result instanceof Promise)) return result;
  return result.catch((fault: unknown) => {
    complain(fault);
    return undefined;
  });
}

/** Runs a check of input; what it throws is one sentence, without a stack of ours to bury it. */
export function refusing<T>(check: () => T): T {
  try {
    return check();
  } catch (refusal) {
    if (refusal instanceof Error) refusal.stack = String(refusal);
    throw refusal;
  }
}
