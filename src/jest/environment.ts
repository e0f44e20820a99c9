/** `testEnvironment: 'async-leaks/jest/environment'`: jest-environment-node that fails tests that leak. */
import { TestEnvironment } from 'jest-environment-node';

import { withLeakDetection } from './index.js';

const NodeEnvironment: typeof TestEnvironment = withLeakDetection(TestEnvironment as never);
export default NodeEnvironment;
export { NodeEnvironment as TestEnvironment };
