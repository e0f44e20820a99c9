/**
 * Vitest's HTML page shows all that the `meta` of a test has, as JSON under "Test Meta", beside the error that says the same. So
 * it is written without what we put there for reporters that programs read.
 */
import type { Reporter, TestModule, Vitest } from 'vitest/node';

const known = new WeakSet<Reporter>();

/** Called before the tests run. */
export function keepFactsOffPages(vitest: Vitest): void {
  const { reporters } = vitest as unknown as { reporters: readonly Reporter[] };
  for (const reporter of reporters) {
    const { onTestRunEnd } = reporter;
    if (reporter.constructor.name !== 'HTMLReporter' || onTestRunEnd === undefined || known.has(reporter))
      continue;
    known.add(reporter);
    reporter.onTestRunEnd = async (modules, ...rest) => {
      // The others write in the turn in which they hear of the end.
      await undefined;
      hideFacts(modules);
      return onTestRunEnd.call(reporter, modules, ...rest);
    };
  }
}

function hideFacts(modules: readonly TestModule[]): void {
  for (const each of modules.flatMap((module) => [module, ...module.children.allTests()])) {
    const meta = each.meta();
    if ('asyncLeaks' in meta) Object.defineProperty(meta, 'asyncLeaks', { enumerable: false });
  }
}
