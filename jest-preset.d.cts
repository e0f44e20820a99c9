/** What `preset: 'async-leaks'` sets, as absolute paths, to be spread into a configuration. */
declare const preset: {
  testEnvironment: string;
  setupFilesAfterEnv: string[];
  reporters: string[];
  globalSetup: string;
  globalTeardown: string;
};

export = preset;
