/** A leak as plain data: the tracker finds it, the report puts it into words, and `error.leaks` carries it to reporters. */
import type { Details } from '../resources/details.js';
import type { Kind } from '../resources/kinds.js';

/** A line of the user's code; lines and columns count from 1. */
export interface Place {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly function?: string;
}

/** Whether both are the same line, or both unknown. */
export function isSamePlace(a: Place | undefined, b: Place | undefined): boolean {
  return a?.file === b?.file && a?.line === b?.line;
}

/** One cause in the chain behind a leak, nearest first. */
export interface Link {
  readonly type: string;
  /** "a timer". */
  readonly noun: string;
  readonly details: Details;
  readonly place?: Place;
}

/** What a leak belongs to. */
export interface Owner {
  readonly kind: 'file' | 'suite' | 'test';
  /** Full name of the test or suite, path of the file. */
  readonly name: string;
  /** The test hook it was created in, "beforeAll"; missing for tests and for a file's top level. */
  readonly hook?: string;
  /** The line of the owner's own code that started the chain. */
  readonly place?: Place;
  /** The call of `test()` or of the test hook; set only if no line of the user's code is known to have created the resource. */
  readonly definition?: Place;
}

export interface Leak {
  /** As Node names it: "TCPWRAP". */
  readonly type: string;
  readonly kind: Kind;
  /** "a TCP socket". */
  readonly noun: string;
  /** "opened", "closed": it was … in this test, but never …. */
  readonly made: string;
  readonly ended: string;
  readonly remedy: string;
  readonly details: Details;
  readonly owner: Owner;
  /** The line that created it; missing if unknown. */
  readonly place?: Place;
  /** The place was inferred from another call, because its own stack has no line of the user's code. */
  readonly probably: boolean;
  /** Several tests were running, and nothing shows which of them it belongs to. */
  readonly unattributed: boolean;
  /** The user's and the libraries' frames of its creation stack, innermost first. */
  readonly frames: readonly Place[];
  readonly chain: readonly Link[];
  /** Further resources with the same cause, reported under this leak. */
  readonly others: readonly Leak[];
}
