/** `testEnvironment: 'async-leaks/jest/environment'`: jest-environment-node that fails tests that leak. */
import type { TestEnvironment as Base } from 'jest-environment-node';

import { refusing } from '../../process/faults.js';
import { refuseUnsupportedNode } from '../../process/node-version.js';
import { withLeakDetection } from '../index.js';
import { load } from '../locate.js';

refuseUnsupportedNode();
const { TestEnvironment } = refusing(() => load('jest-environment-node', 'async-leaks/jest/environment')) as {
  TestEnvironment: typeof Base;
};

const NodeEnvironment: typeof Base = withLeakDetection(TestEnvironment as never);
export default NodeEnvironment;
export { NodeEnvironment as TestEnvironment };
