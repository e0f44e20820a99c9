/**
 * What a plugin, a global setup or a reporter has opened in the main process, and still has open when the run is over. Followed
 * from the moment that we are loaded, but never while tests run: then it would cost time. So it only takes note of what is
 * created, and looks at the end which of that is still open.
 */
import { executionAsyncId } from 'node:async_hooks';

import { detailsOf } from '../tracker/judging/offence.js';
import { isOver, isSuspicious, stateOf } from '../tracker/judging/state.js';
import { enableHook } from '../tracker/context/async-hook.js';
import { enableLegacy } from '../tracker/context/legacy-hook.js';
import { Resource, Scope } from '../tracker/resource.js';
import { Frames, toPlace } from '../tracker/stacks/frames.js';
import { capture, type Site } from '../tracker/stacks/site.js';
import { packageOf, type RoleOf } from '../tracker/stacks/source.js';
import { kinds, type Row } from '../resources/kinds.js';
import type { Details } from '../resources/details.js';
import type { Place } from '../tracker/leak.js';

/** Something that keeps the main process from exiting. */
export interface Opened {
  /** "TCPSERVERWRAP". */
  readonly type: string;
  /** With its article: "a TCP server". */
  readonly noun: string;
  readonly details: Details;
  /** The line of the user's that opened it; else the innermost of the package that did. */
  readonly place: Place | undefined;
  /** The package that opened it; undefined if the user's own code did. */
  readonly package: string | undefined;
}

interface Entry {
  /** Undefined for what only leads to others: a tick, a request. */
  readonly resource: Resource | undefined;
  readonly site: Site;
  /** In whose callback it was created: `server.listen(port, host)` listens only in that of a look-up. */
  readonly cause: Entry | undefined;
  /** How many causes are behind it. */
  readonly depth: number;
}

interface Following {
  readonly entries: Map<number, Entry>;
  /** Stops it; undefined while it is paused. */
  disable: (() => void) | undefined;
}

/** One for the process, because the bundles that start it, pause it and read it may be different ones. */
const KEY = Symbol.for('async-leaks/opened');
const holder = globalThis as { [KEY]?: Following | undefined };

/** Frames kept of each. A plugin is called by its bundler, some ten frames out. */
const DEPTH = 32;
/** The most causes that are kept of each. */
const DEEPEST = 8;
/** The most that are remembered: whoever opens more has an error of another kind. */
const MOST = 10_000;

const scope = new Scope('file', 'the main process', undefined);

/**
 * Starts to follow what this process opens; does nothing if that is under way. After a pause it starts anew, because then an
 * earlier run of this process is over.
 */
export function followOpened(): void {
  if (holder[KEY]?.disable !== undefined) return;
  holder[KEY] = { entries: new Map(), disable: undefined };
  goOn();
}

/** Stops to follow, until `goOn`: tests are about to run, or all is over. */
export function pause(): void {
  const following = holder[KEY];
  following?.disable?.();
  if (following !== undefined) following.disable = undefined;
}

/** Stops to follow, and forgets everything. */
export function stop(): void {
  pause();
  holder[KEY] = undefined;
}

/** Goes on after a pause; does nothing unless `followOpened` was called. */
export function goOn(): void {
  const following = holder[KEY];
  if (following === undefined || following.disable !== undefined) return;
  const { entries } = following;
  // Its end may have come unseen.
  for (const [id, { resource }] of entries)
    if (resource === undefined || !isHolding(resource)) entries.delete(id);
  const init = (id: number, type: string, trigger: number, object: object): void => {
    try {
      if (entries.size >= MOST) return;
      const row = kinds[type];
      const isOurs = row !== undefined && isFollowed(row);
      const resource = isOurs ? new Resource(id, type, row, scope, new WeakRef(object)) : undefined;
      const known = entries.get(executionAsyncId()) ?? entries.get(trigger);
      const cause = known === undefined || known.depth < DEEPEST ? known : undefined;
      entries.set(id, { resource, site: capture(DEPTH, init), cause, depth: (cause?.depth ?? -1) + 1 });
    } catch {
      // It must not throw: whatever it is, it is not followed.
    }
  };
  const destroy = (id: number): void => void entries.delete(id);
  following.disable = enableHook({ init, destroy }, { fault: undefined }, enableLegacy).disable;
}

/** A file handle is of no account: Node does not wait for it. Requests end, or are those of a handle. */
const isFollowed = ({ kind, endsUnseen }: Row): boolean =>
  (kind === 'handle' || kind === 'timer') && endsUnseen !== true;

const isHolding = (resource: Resource): boolean =>
  isSuspicious(stateOf(resource, 0), false) && !isOver(resource);

/**
 * What keeps this process from exiting, of what was opened while we followed; what the framework opened for itself is left out.
 * Undefined if nothing was followed.
 */
export function stillOpen(roleOf: RoleOf): Opened[] | undefined {
  const following = holder[KEY];
  if (following === undefined) return undefined;
  const frames = new Frames(roleOf);
  return [...following.entries.values()].flatMap((entry) => {
    const { resource } = entry;
    const opener = resource !== undefined && isHolding(resource) ? openerOf(entry, frames) : undefined;
    if (resource === undefined || opener === undefined) return [];
    const details = detailsOf(resource);
    return { type: resource.type, noun: details.noun ?? resource.row.noun, details, ...opener };
  });
}

/** Whose it is; undefined if it is the framework's, or nobody's whom a stack shows. */
function openerOf({ site, cause }: Entry, frames: Frames): Pick<Opened, 'place' | 'package'> | undefined {
  const stack = frames.of(site);
  const inner = stack.find(({ origin }) => origin !== 'node' && origin !== 'own');
  if (inner === undefined) return cause && openerOf(cause, frames);
  if (inner.origin === 'framework' || inner.origin === 'spy') return undefined;
  const users = stack.find(({ origin }) => origin === 'user');
  return {
    place: toPlace(users ?? inner),
    package: inner.origin === 'library' ? packageOf(inner.file) : undefined,
  };
}
