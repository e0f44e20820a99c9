/**
 * A Vitest reporter that writes what `run.ts` reads. Vitest's own JSON keeps one message per file, no error
 * of a describe, and of a test's error the stack without its message.
 */
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const text = (error) => `${error.name}: ${error.message}\n${error.stack ?? ''}`;

export default class Results {
  onTestRunEnd(modules, unhandled) {
    const files = [{ file: '', errors: unhandled.map(text) }];
    const tests = [];
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      const suites = [module, ...module.children.allSuites()];
      files.push({ file, errors: suites.flatMap((suite) => suite.errors()).map(text) });
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        const todo = test.options.mode === 'todo';
        tests.push({
          file,
          name: test.fullName,
          state: todo ? 'todo' : state,
          errors: (errors ?? []).map(text),
        });
      }
    }
    writeFileSync(join(process.cwd(), '.results.json'), JSON.stringify({ files, tests }));
  }
}
