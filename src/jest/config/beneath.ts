/** The key of `testEnvironmentOptions` that has the absolute path of the environment that `withAsyncLeaks` found. */
export const BENEATH = 'async-leaks/environment';
