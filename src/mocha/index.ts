/**
 * `mocha --require async-leaks/mocha`, or `require: ['async-leaks/mocha']` in `.mocharc`: fails the test that leaks. Options are in
 * `async-leaks.config.*` or in the key `asyncLeaks` of package.json, in the working directory.
 */
import { isOff, type ResolvedOptions } from '../config/options.js';
import { readOptionsSync } from '../config/file.js';
import { publishColumns } from '../process/columns.js';
import { refusing } from '../process/faults.js';
import { isBun, refuseUnsupportedNode, warnOfBun } from '../process/node-version.js';
import { checkRun } from '../report/check.js';
import { API, idleApi } from '../session/test-api.js';
import { install } from './install.js';
import { findMochas } from './locate.js';

export type { AllowanceInput } from '../config/allowances.js';
export type { AsyncLeaksOptions } from '../config/options.js';

/** Mocha reads its configuration here, too; a test may change the working directory. */
const root = process.cwd();

let options: ResolvedOptions | undefined;

/** Reads the options once, and checks them. Throws one sentence for a wrong one. */
function readOnce(): ResolvedOptions {
  if (options !== undefined) return options;
  options = readOptionsSync(root);
  const read = options;
  refusing(() => checkRun([read]));
  return read;
}

refuseUnsupportedNode();
(globalThis as { [API]?: unknown })[API] ??= idleApi;
if (isBun()) warnOfBun();
else if (!isOff({})) {
  const mochas = refusing(findMochas);
  readOnce();
  publishColumns();
  for (const mocha of mochas) install(mocha, readOnce, root);
}
