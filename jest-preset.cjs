// The door for Jest: `preset: 'async-leaks'`. CommonJS, so that `...require('async-leaks/jest-preset')` works as it looks, and
// because Node 22.12 warns of each configuration that requires an ES module (22.13 and later do not). Named one by one, so that
// `import { reporters } from 'async-leaks/jest-preset'` finds the names.
const { realpathSync } = require('node:fs');
const { join } = require('node:path');

const path = (name) => join(__dirname, 'dist', name);

exports.testEnvironment = path('jest/build/environment.js');
exports.setupFilesAfterEnv = [path('src/jest/worker/setup.cjs')];
exports.reporters = ['default', path('src/jest/reporter.js')];
exports.globalSetup = path('src/jest/global-setup.js');
exports.globalTeardown = path('src/jest/global-teardown.js');

// From now on we know what a global setup or a reporter opens in the main process, so that we can say what keeps it from ending.
// An old Node, which has no `getBuiltinModule`, is refused in one sentence by the environment.
const { ASYNC_LEAKS } = process.env;
const isOld = process.getBuiltinModule === undefined;
if (ASYNC_LEAKS !== 'off' && !isOld && process.versions.bun === undefined && isCommand()) {
  const { followOpened } = require('./dist/src/jest/follow.cjs');
  followOpened();
}

function isCommand() {
  try {
    return /[\\/]jest(-cli)?[\\/]bin[\\/]jest(\.js)?$/.test(realpathSync(process.argv[1]));
  } catch {
    return false;
  }
}
