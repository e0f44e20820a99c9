// The door for Jest: `preset: 'async-leaks'`. CommonJS, so that `...require('async-leaks/jest-preset')` works as it looks, and
// because Node 22.12 warns of each configuration that requires an ES module (22.13 and later do not).
const { join } = require('node:path');

const path = (name) => join(__dirname, 'dist', name);

module.exports = {
  testEnvironment: path('jest/build/environment.js'),
  setupFilesAfterEnv: [path('src/jest/worker/setup.cjs')],
  reporters: ['default', path('src/jest/reporter.js')],
  globalSetup: path('src/jest/global-setup.js'),
  globalTeardown: path('src/jest/global-teardown.js'),
};
