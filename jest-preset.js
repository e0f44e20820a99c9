// The door for Jest: `preset: 'async-leaks'`.
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`dist/${name}`, import.meta.url));

export default {
  testEnvironment: path('jest/build/environment.js'),
  setupFilesAfterEnv: [path('src/jest/setup.cjs')],
  reporters: ['default', path('src/jest/reporter.js')],
  globalSetup: path('src/jest/global-setup.js'),
  globalTeardown: path('src/jest/global-teardown.js'),
};
