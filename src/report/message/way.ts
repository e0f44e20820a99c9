/** The rows of a message that lead from what is open to the test or the hook that it belongs to. */
import { groupBy } from '../../tracker/group-by.js';
import { isSamePlace, placeKey, type Leak, type Owner, type Place } from '../../tracker/leak.js';
import { layOut, type Row } from './layout.js';
import { ownerWords } from './words.js';

/** The call of a helper of one line. Mostly it is the line of a link of the chain, which is shown as that. */
export function calledHere({ helper, caller, chain }: Leak): Row[] {
  const isLink = chain.some(({ place }) => isSamePlace(place, caller));
  return helper && caller !== undefined && !isLink ? [{ text: 'called here', place: caller }] : [];
}

/** The nearest calls that led to one line, each once. */
export function callersOf(leaks: readonly Leak[]): Place[] {
  const callers = leaks.flatMap(({ caller, place }) => caller ?? place ?? []);
  return [...groupBy(callers, placeKey).values()].map(([first]) => first!);
}

/** Those calls, each in a line of its own. */
export const calledFrom = (callers: readonly Place[], root: string): string =>
  `  Called here:\n${layOut(
    callers.map((place) => ({ text: '', place })),
    root,
  )}`;

const lineOf = ({ place, definition }: Owner): Place | undefined => place ?? definition;

/** Whether the reader sees from one of the places which file the owner is in. */
export const isInFileOf = (owner: Owner, places: readonly (Place | undefined)[]): boolean =>
  places.some((place) => place !== undefined && place.file === lineOf(owner)?.file);

/**
 * The line of the owner. Where that called what opened the resource, its name is left out: the framework shows it above, and where
 * the helper of many tests leaks, their errors read the same, so that Vitest shows them once.
 */
export const ownerRow = (leak: Leak): Row => ({
  text: isCaller(leak) ? 'called here' : `because of ${ownerWords(leak.owner)}`,
  place: lineOf(leak.owner),
});

function isCaller({ owner: { kind, place }, chain, frames, placeFrames = frames }: Leak): boolean {
  return kind === 'test' && chain.length === 0 && placeFrames.some((frame) => isSamePlace(frame, place));
}
