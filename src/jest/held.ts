/** What keeps Jest's main process from exiting, because a global setup, a reporter or another part of the set-up left it open. */
import { say } from '../text/printable.js';
import { goOn, pause, stillOpen, stop } from '../process/opened.js';
import { heldBy } from '../report/held.js';
import { isCommand, whenCommandIsOver } from './ending.js';
import type { GlobalConfig } from './types.js';
import { roleOf } from './worker/packages.js';

/** How long after Jest's own complaint we say what it is, in ms. */
const LATER = 200;

let isTelling = false;

/** Called at the end of a run. Jest complains after `openHandlesTimeout` that it cannot exit; then says what holds it, once. */
export function tellWhatHolds(config: GlobalConfig): void {
  const { watch, watchAll, forceExit, detectOpenHandles, openHandlesTimeout, rootDir } = config;
  if (isTelling || !isCommand()) return;
  if (watch || watchAll || forceExit || detectOpenHandles || openHandlesTimeout === 0) return stop();
  isTelling = true;
  goOn(); // for the reporters and the global teardown that follow
  const tell = (): void => {
    pause();
    const opened = stillOpen(roleOf);
    if (opened !== undefined) say(`\n${heldBy(opened, rootDir)}\n`);
  };
  whenCommandIsOver(() => void setTimeout(tell, openHandlesTimeout + LATER).unref());
}
