/** Packages that act for their caller: what they open is told as somebody else's. */

/** Passed over: the next package inward counts, or else the user's own code. */
const CARRIERS = [
  'async-listen',
  'test-listen',
  'p-queue',
  'p-retry',
  'p-limit',
  'async-retry',
  'lodash',
  'lodash-es',
  'tslib',
  '@swc/helpers',
  '@babel/runtime',
  'regenerator-runtime',
  'jsdom',
  'happy-dom',
  'nock',
  '@mswjs/interceptors',
  '@sinonjs/fake-timers',
  'sinon',
  'tinyspy',
  'jest-mock',
  'zone.js',
  'import-in-the-middle',
  'require-in-the-middle',
  'pirates',
];

/** Passed over only if another package lies further in. */
const WRAPPERS = ['@opentelemetry/', 'dd-trace', '@testing-library/', '@sentry/', 'newrelic'];

const includes = (names: readonly string[], name: string): boolean =>
  names.some((each) => (each.endsWith('/') ? name.startsWith(each) : name === each));

/** Whether a package is never the one that opened something. */
export const isCarrier = (name: string): boolean => includes(CARRIERS, name);

/** Whether a package is not the one that opened something if another lies further in. */
export const isWrapper = (name: string): boolean => includes(WRAPPERS, name);
