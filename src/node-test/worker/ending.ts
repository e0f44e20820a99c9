/** How a process of node:test ends that only leaks hold. */
import { endNow, exitWhateverThePoolDoes, warnHost, whenHeldByLeaks } from '../../process/ending.js';
import { hasStackEnded, reportedLeaks } from '../../tracker/judging/leftovers.js';
import type { NodeTest } from './internals.js';

/**
 * Called once the files are over. node:test reports the end of its run only when nothing holds the process any more, so we let
 * it report before we end the process.
 * @param isHost whether the process is a program of the user's, which is not ours to end.
 */
export function endWhenHeld(root: NodeTest, isHost: boolean): void {
  if (reportedLeaks().size === 0 && !hasStackEnded()) return;
  if (isHost) return warnHost('node:test', false);
  exitWhateverThePoolDoes();
  let isReported = false;
  const report = (): void => {
    root.reporter.once('close', () => (isReported = true));
    void root.harness?.teardown();
    whenHeldByLeaks({ isOver: () => isReported, act: endNow, isOwn: true });
  };
  whenHeldByLeaks({ isOver: () => true, act: reportedLeaks().size > 0 ? report : () => {}, isOwn: true });
}
