/** What of this Node was not as we know it, said with `ASYNC_LEAKS_DEBUG=1`. */
import { debug, debugNotes } from '../process/debug.js';
import { checkNode } from '../process/self-check.js';
import type { Tracker } from '../tracker/index.js';

/** Called once a file has ended. */
export function reportSurprises(tracker: Tracker): void {
  const { unknownTypes, hooksPromises, followsEmbedders } = tracker;
  for (const type of unknownTypes)
    debug(`the resource type ${type} is not known: its hasRef() says whether it is open.`);
  if (hooksPromises)
    debug(
      'Node hooks promises, because of another async hook or because trackPromises is missing: awaits take longer.',
    );
  if (!followsEmbedders)
    debug('Node does not mark an AsyncResource that the collector may end, so no AsyncResource is followed.');
  debugNotes();
  checkNode();
}
