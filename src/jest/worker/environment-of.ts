/** Any environment, watched: `withAsyncLeaks` puts this one in the place of an environment that it does not know. */
import { createRequire } from 'node:module';

import { refusing } from '../../process/faults.js';
import { BENEATH } from '../config/beneath.js';
import { withLeakDetection } from '../index.js';
import type { EnvironmentConfig, EnvironmentContext } from '../types.js';

type EnvironmentClass = Parameters<typeof withLeakDetection>[0];

const classes = new Map<string, EnvironmentClass>();

/** The class of a module, watched; throws one sentence if Node cannot load it. */
function classOf(path: string): EnvironmentClass {
  const known = classes.get(path);
  if (known !== undefined) return known;
  const loaded = (() => {
    try {
      return createRequire(path)(path) as { default?: unknown };
    } catch (error) {
      throw new Error(
        `async-leaks: Node cannot load the environment ${path} (${(error as Error).message}); wrap its class with withLeakDetection() from "async-leaks/jest" in that file.`,
        { cause: error },
      );
    }
  })();
  const watched = withLeakDetection((loaded.default ?? loaded) as EnvironmentClass);
  classes.set(path, watched);
  return watched;
}

/** Jest constructs it, and gets a watched instance of the class beneath. */
export default function EnvironmentOf(
  config: EnvironmentConfig,
  context: EnvironmentContext,
): InstanceType<EnvironmentClass> {
  const path = config.projectConfig.testEnvironmentOptions[BENEATH] as string;
  const Watched = refusing(() => classOf(path));
  return new Watched(config, context);
}
