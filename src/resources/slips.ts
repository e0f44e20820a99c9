/** Slips of the pen: a type that is meant to be one of Node's. */
import { isNearly } from '../text/slips.js';
import { kinds } from './kinds.js';

/** Shorter names have too many neighbours. */
const SHORTEST = 5;

/** The type of Node's that a text is nearly, if it is none itself: "Timeout" for "Timeot". */
export function meantType(type: string): string | undefined {
  if (kinds[type] !== undefined || type.length < SHORTEST) return undefined;
  return Object.keys(kinds).find((name) => isNearly(type, name));
}
