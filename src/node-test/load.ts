/**
 * What both doors load: index.ts for `--import`, require.cts for `--require`. Whatever a test starts loads it, too, so it finds out
 * first what this process is to node:test, and loads the rest only where it is needed. Part of both doors, see bundle.js.
 */
import { basename, dirname, join } from 'node:path';

import { isOff } from '../config/options.js';
import { isBun, refuseUnsupportedNode, warnOfBun } from '../process/node-version.js';
import { refuse } from '../process/faults.js';
import { load, type Loaded } from '../process/scripts.js';
import { API, type TestApi } from '../session/test-api.js';
import type { Circumstances } from './preload.js';
import { currentRole, isMarked } from './role.js';
import { isChild, readTerms } from './run.js';

type Preload = typeof import('./preload.js');

/** `dist` of the package. */
const folder = join(import.meta.dirname, '../..');

/** Where V8's code is kept: beside the package, as many tools keep theirs; nowhere if that is no `node_modules`. */
function cacheFolder(): string | undefined {
  const packages = dirname(dirname(folder));
  const isKept = basename(packages) === 'node_modules' && process.env['NODE_DISABLE_COMPILE_CACHE'] !== '1';
  return isKept ? join(packages, '.cache/async-leaks') : undefined;
}

const loadRest = (): Loaded<Preload> => load<Preload>(folder, 'src/node-test/preload.cjs', cacheFolder());

/** Allowances must still be well formed where nothing is checked. */
function stayOff(): void {
  const idle: TestApi = { allow: (what, site) => loadRest().exports.idleApi!.allow(what, site) };
  (globalThis as { [API]?: TestApi })[API] = idle;
}

/** Loads the rest, if this process has use for it, and lets it start. */
function preload<R>(start: (rest: Preload, circumstances: Circumstances) => R): R | undefined {
  refuseUnsupportedNode();
  if (isBun()) warnOfBun();
  const role = isBun() || isOff() ? 'none' : currentRole({ isDescendant: isMarked(), isChild: isChild() });
  const terms = role !== 'none' && isChild() ? readTerms() : undefined;
  if (role === 'none' || terms?.options.mode === 'off') {
    stayOff();
    return undefined;
  }
  const { exports, keep = () => {} } = loadRest();
  return start(exports, { role, terms, stayOff, importModule: (url) => import(url), keep });
}

/** For `--import`. */
export async function preloadAsync(): Promise<void> {
  try {
    await preload((rest, circumstances) => rest.preload(circumstances));
  } catch (error) {
    refuse(error);
  }
}

/** For `--require`, where nothing can be awaited. */
export function preloadSync(): void {
  try {
    preload((rest, circumstances) => rest.preloadSync(circumstances));
  } catch (error) {
    refuse(error);
  }
}
