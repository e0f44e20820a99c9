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

/** What identifies a line. */
export const lineKey = ({ file, line }: Place): string => `${file}:${line}`;

/** What identifies a place: two calls may share a line. */
export const placeKey = (place: Place): string => `${lineKey(place)}:${place.column}`;

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
  /** The test hook it was created in, "beforeAll", for a test "beforeEach"; missing for a test's own function and a file's top level. */
  readonly hook?: string;
  /** The line of the owner's own code, in the test file, that started the chain. */
  readonly place?: Place;
  /** The call of `test()` or of the test hook. */
  readonly definition?: Place;
}

/** What a package made for the user, in words. */
export interface ClientWords {
  /** As users know it: "pg-boss", though pg opened its sockets. */
  readonly package: string;
  /** "a pg pool"; the name of the package if there is no other word. */
  readonly noun: string;
  /** What ends it: "await pool.end()"; missing if that is not known. */
  readonly ends?: string;
  /** The user's call, as the source has it, cut to 40 characters: "boss.start()". */
  readonly call?: string;
  /** How many clients that call has made; missing for one, or if that is not known. */
  readonly count?: number;
  /**
   * It was asked to close; or, if no such call was seen, all handles that it opened have ended. What is left of it is under way
   * still.
   */
  readonly closed?: 'asked' | 'ended';
}

/** A call in the user's source. */
export interface Call {
  /** As the source has it, cut to 40 characters: "new App()". */
  readonly text: string;
  readonly place: Place;
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
  /** The user's line that created it; missing if unknown. */
  readonly place?: Place;
  /** The user's line that called the function which that line is in, if there is one. */
  readonly caller?: Place;
  /** The user's lines that led to the caller, nearest first; missing if there are none. */
  readonly through?: readonly Place[];
  /** That function is a helper of one line, so that its caller says more. */
  readonly helper?: true;
  /** The call that was closing something as this was opened, if no other line is known. */
  readonly closing?: Call;
  /** The place was inferred from another call into the same package. */
  readonly probably: boolean;
  /** The full name of the test that ran as it was created, if it belongs to a suite or a file: a handler of their server created it. */
  readonly during?: string;
  /** It is the server's end of a connection. */
  readonly accepted?: true;
  /** Several tests were running, and nothing shows which of them it belongs to. */
  readonly unattributed: boolean;
  /** The user's and the libraries' frames of its creation stack, innermost first. */
  readonly frames: readonly Place[];
  /** The same of the stack that shows the place, if that is another. */
  readonly placeFrames?: readonly Place[];
  /** The package that created it, if one did. */
  readonly package?: string;
  /** What it is told as, with what is told under it, if a client of a package was forgotten. */
  readonly client?: ClientWords;
  /** The `new X()` of the user's that opened all of this; only on what leads. */
  readonly construction?: Call;
  readonly chain: readonly Link[];
  /** Further resources of the same mistake, told under this leak. */
  readonly others: readonly Leak[];
}
