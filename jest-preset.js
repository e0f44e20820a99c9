// The door for Jest: `preset: 'async-leaks'`.
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`dist/src/jest/${name}`, import.meta.url));

export default {
  testEnvironment: path('environment.js'),
  setupFilesAfterEnv: [path('setup.cjs')],
  reporters: ['default', path('reporter.js')],
  globalSetup: path('global-setup.js'),
  globalTeardown: path('global-teardown.js'),
};
