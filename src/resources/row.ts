/** What is to be known of each resource type. */
import type { Detail, HandleKey } from './details.js';
import type { Bound, Probe } from './probes.js';
import type { Release } from './releases.js';

/** What a resource is, and so when it leaks (spec, "What counts"). */
export type Kind = 'timer' | 'handle' | 'request' | 'embedder' | 'internal';

/** One resource type. */
export interface Row {
  readonly kind: Kind;
  /** With its article: "a TCP socket". */
  readonly noun: string;
  /** How it came to be, as in "was opened in this test". */
  readonly made: string;
  /** What never happened, as in "but never closed". */
  readonly ended: string;
  /** What closes it: shown behind "Close it:". */
  readonly remedy: string;
  readonly probe: Probe;
  /** What this one is in particular: addresses, delay, pid, path. */
  readonly detail: Detail;
  /** Made by this module of Node's, or else by the one that makes the whole, as a part of a resource of that type, it shares its verdict. */
  readonly partOf?: { readonly type: string; readonly module: string };
  /** Whether it computes, starts or ends just now, and waits for nobody: then the machine alone bounds how long that takes. */
  readonly boundByMachine?: Bound;
  /** The module of Node's, and the package, whose response holds it: it ends when the collector takes that response. */
  readonly heldByResponse?: { readonly module: string; readonly package: string };
  /** How to let go of one that a test file left behind; missing where nothing can be done, or has to be. */
  readonly release?: Release;
  /** What closes it instead, where this module of Node's made it. */
  readonly madeBy?: { readonly module: string; readonly remedy: string };
  /** The type of what it accepts: made by Node alone, that has no line of its own. */
  readonly accepts?: string;
  /** The record holds it weakly: its end is seen only when the collector takes it. */
  readonly weak?: true;
  /** The line that asked for it may lie deep below its creation: more frames are captured. */
  readonly deep?: true;
  /**
   * It may come by the thousands, and stacks are nearly all that we cost: of each after the first so many of its kind in a
   * scope so many frames are kept; none if 0.
   */
  readonly many?: { readonly after: number; readonly frames: number };
  /** Frames kept of one that is made in a callback of another resource: there the line is near, or the other one's. */
  readonly framesInCallbacks?: number;
  /** The handle beneath it, when it is born again for another user of a pool. */
  readonly ridesOn?: (resource: object) => HandleKey;
  /** What its callback makes is because of the line that asked for it: the first few of a scope become causes. */
  readonly passesOn?: true;
  /**
   * Its `destroy` waits for the collector, so that whoever keeps it has to look whether it is closed; and it is born with no
   * context and no trigger, just before the callback of the request that opens it.
   */
  readonly endsUnseen?: true;
  /** The request that opens such a one, and tells whose it is. */
  readonly opensFileHandles?: true;
  /** Its end is that of a file handle. */
  readonly closesFileHandle?: true;
  /** Of a timer: ms after which it is due. */
  readonly delayOf?: (timer: object) => number | undefined;
  /** The framework makes it for whoever asks: it is the framework's own only where nobody's code is on the stack. */
  readonly madeOnRequest?: true;
  /** The handle for which it runs: what its callbacks make is because of that. */
  readonly speaksFor?: (resource: object) => HandleKey;
}
