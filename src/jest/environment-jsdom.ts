/** `testEnvironment: 'async-leaks/jest/environment-jsdom'`: jest-environment-jsdom that fails tests that leak. */
import { TestEnvironment } from 'jest-environment-jsdom';

import { withLeakDetection } from './index.js';

const JSDOMEnvironment: typeof TestEnvironment = withLeakDetection(TestEnvironment as never);
export default JSDOMEnvironment;
export { JSDOMEnvironment as TestEnvironment };
