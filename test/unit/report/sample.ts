/** The leak of a timer, for whoever needs one. */
import type { Leak } from '../../../src/tracker/leak.ts';

/** @param over the fields in which it differs. */
export const leak = (over: Partial<Leak> = {}): Leak => ({
  type: 'Timeout',
  kind: 'timer',
  noun: 'a timer',
  made: 'started',
  ended: 'cleared',
  remedy: 'clearTimeout().',
  details: {},
  owner: { kind: 'test', name: 'one' },
  place: { file: '/shop/src/poll.ts', line: 3, column: 5, function: 'poll' },
  probably: false,
  unattributed: false,
  frames: [],
  chain: [],
  others: [],
  ...over,
});
