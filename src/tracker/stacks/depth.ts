/** How many frames to capture of the stack of a new resource: stacks are nearly all that we cost. */
import type { Row } from '../../resources/kinds.js';
import { accepts, isOfHandle, isResource, type Cause, type Scope } from '../resource.js';
import { DEEP } from './site.js';

/** Frames kept of what the framework's own machinery makes: enough to see that it is the framework's. */
const SHALLOW = 8;

export class StackDepth {
  /** Frames kept of each resource, as the option says. */
  readonly usual: number;
  /** The file's scope, once the framework's machinery runs in it too. */
  private readonly machinery: () => Scope | undefined;
  private isFixed = false;

  constructor(usual: number, machinery: () => Scope | undefined) {
    this.usual = usual;
    this.machinery = machinery;
  }

  /** From now on keeps as many frames of a scope's thousandth timer as of its first: an allowance may name any of them. */
  fix(): void {
    this.isFixed = true;
  }

  /** Frames to capture: none if another stack shows the line, or nobody asks. `current` is the cause that runs now. */
  of(row: Row, type: string, cause: Cause, current: Cause | undefined): number {
    const { usual } = this;
    if (cause.scope.kind === 'nobody' || (cause !== current && hasLineOf(cause, row, type))) return 0;
    // While the file itself is judged, hardly anything is the framework's.
    if (cause === this.machinery() && !cause.scope.traced) return SHALLOW;
    const { many } = row;
    // While its scope is judged, the thousandth of a chain that renews itself is the one that is reported.
    const isOneOfMany =
      many !== undefined && !cause.scope.traced && count(row.kind, cause.scope) >= many.after;
    const enough = isOneOfMany ? many.frames : cause.depth > 0 ? row.framesInCallbacks : undefined;
    if (enough !== undefined && !this.isFixed) return Math.min(usual, enough);
    return row.deep ? Math.max(usual, DEEP) : usual;
  }
}

/** Counts another of its kind in a scope, and returns how many there were before. */
function count(kind: Row['kind'], scope: Scope): number {
  if (kind === 'timer') return scope.timers++;
  return kind === 'request' ? scope.requests++ : scope.embedders++;
}

/**
 * Whether Node creates it for its cause, so that both have the same line: a connection that a server accepts, a request that a
 * handle makes for itself. What a callback of the cause creates has a line in that callback.
 */
function hasLineOf(cause: Cause, row: Row, type: string): boolean {
  return isResource(cause) && (accepts(cause, type) || (isOfHandle(cause, row) && cause.site !== undefined));
}
