/** A tracked async resource: what the hook writes down at `init`, and the stacks that say where. */
import type { Row } from '../resources/kinds.js';
import type { Aftermath } from './events/aftermath.js';
import type { Scope } from './scope.js';
import type { Site } from './stacks/site.js';

/** What can be the cause of a resource: another resource, or at the root of each chain a scope. */
export type Cause = Resource | Scope;

/** Chains are cut here, so that a timer that re-arms itself for hours holds no more than this many links. */
const MAX_DEPTH = 16;

export class Resource {
  /** Neighbours in the list of the scope's live resources. */
  next: Resource | undefined = undefined;
  previous: Resource | undefined = undefined;
  readonly scope: Scope;
  /** Links between it and its scope, as far as they are kept. */
  readonly depth: number;
  readonly cause: Cause;
  /** Where it was created; for a reused socket, where it was last taken from its pool. */
  site: Site | undefined = undefined;
  /** Its chain starts at a guess: born outside any context, with one test running. */
  guessed = false;
  /** A callback of it has run. */
  ran = false;
  /** A verdict fell on it; never judged again. */
  judged = false;
  /** The judged resource that it descends from, however long ago: its consequence, and no leak of its own. */
  culprit: Resource | undefined;
  /** Of a timer that is over: its delay in ms, for the chain of what it made. */
  delay: number | undefined = undefined;
  /** What it did after its scope had ended, if anything. */
  aftermath: Aftermath | undefined = undefined;
  /** What it may be a part of: the child process of a pipe, the worker of a port. Its stack tells. */
  whole: Resource | undefined = undefined;

  readonly id: number;
  readonly type: string;
  readonly row: Row;

  /** The resource object, or a weak reference to it where ours would keep it from its `destroy`. */
  target: object | WeakRef<object> | undefined;

  constructor(id: number, type: string, row: Row, cause: Cause, target: object | undefined) {
    this.id = id;
    this.type = type;
    this.row = row;
    this.target = target;
    this.scope = cause.scope;
    this.culprit = cause.judged ? cause : cause.culprit;
    this.cause = cause.depth < MAX_DEPTH || isOfHandle(cause, row) ? cause : firstLink(cause);
    this.depth = this.cause.depth + 1;
  }

  /** The resource object, if it is still there. */
  get object(): object | undefined {
    return this.target instanceof WeakRef ? this.target.deref() : this.target;
  }
}

/** Whether that is a server, and this the type of what it accepts. */
export function accepts(cause: Cause, type: string): boolean {
  return cause.depth > 0 && (cause as Resource).row.accepts === type;
}

/** Whether it is the server's end of a connection: what code opens as a connection is accepted has a stack of its own. */
export function isAccepted({ cause, type, site }: Resource): boolean {
  return site === undefined && accepts(cause, type);
}

/** Whether it is a request that a handle makes for itself. Its line is that of the handle, and both are one mistake. */
export const isOfHandle = (cause: Cause, { kind }: Row): boolean =>
  kind === 'request' && cause.depth > 0 && (cause as Resource).row.kind === 'handle';

/** The link of a chain that is nearest to its scope. */
function firstLink(cause: Cause): Cause {
  let link = cause;
  while (link.depth > 1) link = (link as Resource).cause;
  return link;
}
