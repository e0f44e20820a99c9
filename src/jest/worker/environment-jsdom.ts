/** `testEnvironment: 'async-leaks/jest/environment-jsdom'`: jest-environment-jsdom that fails tests that leak. */
import type { TestEnvironment as Base } from 'jest-environment-jsdom';

import { refusing } from '../../process/faults.js';
import { refuseUnsupportedNode } from '../../process/node-version.js';
import { withLeakDetection } from '../index.js';
import { load } from '../locate.js';

refuseUnsupportedNode();
const { TestEnvironment } = refusing(() =>
  load('jest-environment-jsdom', 'async-leaks/jest/environment-jsdom'),
) as {
  TestEnvironment: typeof Base;
};

const JSDOMEnvironment: typeof Base = withLeakDetection(TestEnvironment as never);
export default JSDOMEnvironment;
export { JSDOMEnvironment as TestEnvironment };
