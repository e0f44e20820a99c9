/** What we need to know of each resource type. */
import type { Detail, HandleKey } from './details.js';
import type { Bound, Probe } from './probes.js';
import type { Release } from './releases.js';

/** What a resource is, and so when it leaks (spec, "What counts"). */
export type Kind = 'timer' | 'handle' | 'request' | 'embedder' | 'internal';

/** What goes on over a resource, in words: it is told as that. */
export interface StateWords {
  readonly noun: string;
  readonly made: string;
  readonly ended: string;
  readonly remedy: string;
}

/** A response that nobody reads, in words. */
export interface ResponseWords extends StateWords {
  /** What ends one of `fetch`; the other remedy is for Node's HTTP client. */
  readonly heldRemedy: string;
}

/** A module of Node that makes resources of a type for something else, which is what the user knows. */
export interface Maker extends Partial<StateWords> {
  readonly module: string;
}

/** One resource type. */
export interface Row {
  readonly kind: Kind;
  /** Where it stands among what is told together, from 0 for what leads; by default behind all of these, by its kind. */
  readonly rank?: 0 | 1 | 2 | 3 | 4;
  /** With its article: "a TCP socket". */
  readonly noun: string;
  /** How it came to be, as in "was opened in this test". */
  readonly made: string;
  /** What never happened, as in "but never closed". */
  readonly ended: string;
  /** What closes it: shown behind "Close it:". */
  readonly remedy: string;
  readonly probe: Probe;
  /** Reads its details: addresses, delay, pid, path. */
  readonly detail: Detail;
  /** It shares the verdict of the `type` it is a part of, if `module` made it, or else the maker of the whole. */
  readonly partOf?: { readonly type: string; readonly module: string };
  /** Whether it computes, starts or ends just now, and waits for nobody: then only the machine limits how long that takes. */
  readonly boundByMachine?: Bound;
  /** The Node module or package of the response that holds it: it ends when the garbage collector takes that response. */
  readonly heldByResponse?: { readonly module: string; readonly package: string };
  /** What it is told as if a response has come on it and nobody reads that; `isHeld` if `heldByResponse` applies. */
  readonly unread?: {
    readonly has: (resource: object, isHeld: boolean) => boolean;
    readonly words: ResponseWords;
  };
  /** What it is told as while a request is under way on it. */
  readonly asks?: { readonly has: (resource: object) => boolean; readonly words: StateWords };
  /** How to let go of one that a test file left behind; missing if nothing can be done, or need be. */
  readonly release?: Release;
  /** What it is instead, and what closes it, by the module of Node that made it for the user: the first that did counts. */
  readonly madeBy?: readonly Maker[];
  /** The type of what it accepts, which Node alone creates, so that it has no line of its own. */
  readonly accepts?: string;
  /** The record holds it weakly: its end shows only when the garbage collector takes it. */
  readonly weak?: true;
  /** The line that asked for it may lie deep below its creation: more frames are captured. */
  readonly deep?: true;
  /**
   * It may come by the thousands, and stacks are nearly all that we cost: after the first `after` of its kind in a scope, only so
   * many `frames` of each are kept; none if 0.
   */
  readonly many?: { readonly after: number; readonly frames: number };
  /** Frames kept if it is created in a callback of another resource: there the line is near, or is the other one's. */
  readonly framesInCallbacks?: number;
  /** The handle beneath it, when a pool gives it to another user. */
  readonly ridesOn?: (resource: object) => HandleKey;
  /**
   * The line that asked for it causes what its callback creates, so that some of them become causes. Returns the function that it
   * will run, or undefined if that is not known.
   */
  readonly passesOn?: (resource: object) => object | undefined;
  /**
   * Its `destroy` waits for the garbage collector, so we have to look whether it is closed; and it is created with no context and
   * no trigger, just before the callback of the request that opens it.
   */
  readonly endsUnseen?: true;
  /** It is the request that opens a file handle, and shows whose that is. */
  readonly opensFileHandles?: true;
  /** When it ends, a file handle has been closed. */
  readonly closesFileHandle?: true;
  /** The ms after which a timer is due. */
  readonly delayOf?: (timer: object) => number | undefined;
  /** The framework makes it for whoever asks: it is the framework's own only if nobody else's code is on the stack. */
  readonly madeOnRequest?: true;
  /** The handle that it runs for, which causes what its callbacks create. */
  readonly speaksFor?: (resource: object) => HandleKey;
}
