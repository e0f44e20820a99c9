/**
 * A Jest results processor that writes what `run.ts` reads. Jest's own JSON runs the errors of a file and
 * those of its tests together in one message; and a reporter given by `--reporters` would displace those of a preset.
 */
const { writeFileSync } = require('node:fs');
const { join, relative } = require('node:path');

const states = { pending: 'skipped', disabled: 'skipped' };

module.exports = (results) => {
  const files = [];
  const tests = [];
  for (const { testFilePath, testExecError, testResults } of results.testResults) {
    const file = relative(process.cwd(), testFilePath);
    // Circus joins the errors of a file into the stack of one.
    const { message, stack } = testExecError ?? {};
    const errors = testExecError ? (stack || message).split(/\n(?=LeakError: )/) : [];
    files.push({ file, errors });
    for (const { ancestorTitles, title, status, failureMessages } of testResults) {
      const name = [...ancestorTitles, title].join(' > ');
      tests.push({ file, name, state: states[status] ?? status, errors: failureMessages });
    }
  }
  writeFileSync(join(process.cwd(), '.results.json'), JSON.stringify({ files, tests }));
  return results;
};
