/** Which line of the user's opened a resource (spec, "The place"). A wrong line is worse than none. */
import { libraryOf } from '../../resources/libraries/index.js';
import type { Row } from '../../resources/row.js';
import { stateOf } from '../judging/state.js';
import { lineKey, placeKey } from '../leak.js';
import { causesOf, type Resource, type Scope } from '../resource.js';
import type { Frame, Frames } from '../stacks/frames.js';
import type { Site } from '../stacks/site.js';
import { packageOf } from '../stacks/source.js';
import { callAt, forgetTexts, isCloser, type CallText } from './call-text.js';
import { dependsOn, forgetImports } from './packages.js';

/** The stack that shows the user's line. */
export interface Located {
  /** Its frames, innermost first. */
  readonly stack: readonly Frame[];
  /** Which of them is the user's line. */
  readonly at: number;
  /** Whether it is the resource's own, that of a link of its chain, or that of another call into the same package. */
  readonly from: 'itself' | 'cause' | 'call';
}

/** Where a resource was opened, as far as that is known. */
export interface Location {
  readonly located: Located | undefined;
  /** The call that was closing something, if that is the only line that leads to a handle. */
  readonly closer: { readonly call: CallText; readonly line: Frame } | undefined;
}

export const isUsers = (frame: Frame): boolean => frame.origin === 'user';

/** The packages of a stack: one may well call another. */
export function packagesIn(frames: readonly Frame[]): Set<string> {
  return new Set(frames.flatMap(({ origin, file }) => (origin === 'library' ? (packageOf(file) ?? []) : [])));
}

/** A call of the user's into packages, and what became of what it opened directly. */
interface Call {
  readonly stack: readonly Frame[];
  readonly at: number;
  /** The id of the first thing that it opened: what is older, it has not opened. */
  first: number;
  /** Something that it opened is still open. */
  isOpen: boolean;
  /** It opened a handle; and one of these has ended. */
  isHandle: boolean;
  hasEnded: boolean;
  /** It did more than write, read or shut down. */
  isActive: boolean;
}

/** Whether frames are of a package, or of one that depends on it. */
function reach(frames: readonly Frame[], packages: ReadonlySet<string>): boolean {
  const outer = frames.filter(({ origin }) => origin === 'library');
  if (outer.some(({ file }) => packages.has(packageOf(file) ?? ''))) return true;
  return outer.some(({ file }) => [...packages].some((name) => dependsOn(file, name)));
}

/** Whether one of the packages says of a function that it opens something, though it sounds as if it closed it. */
const opens = (inside: readonly Frame[], { name }: CallText): boolean =>
  [...packagesIn(inside)].some((each) => libraryOf(each)?.opens?.includes(name));

/** What identifies a call: its line, and the lines that led there. */
export const callKey = (stack: readonly Frame[], at: number): string =>
  stack.slice(at).filter(isUsers).map(placeKey).join('\n');

export class Places {
  private readonly frames: Frames;
  private readonly siteOf: (resource: Resource) => Site | undefined;
  private readonly calls = new Map<Scope, Call[]>();
  private readonly known = new Map<Resource, Location>();

  constructor(frames: Frames, siteOf: (resource: Resource) => Site | undefined) {
    this.frames = frames;
    this.siteOf = siteOf;
  }

  /** Forgets what was found: later there are more calls, and fewer resources that are open. */
  clear(): void {
    forgetTexts();
    forgetImports();
    this.calls.clear();
    this.known.clear();
  }

  /** The frames of where a resource was made, innermost first. */
  stackOf(resource: Resource): Frame[] {
    return this.frames.of(this.siteOf(resource));
  }

  of(resource: Resource): Location {
    let location = this.known.get(resource);
    if (location === undefined) this.known.set(resource, (location = this.find(resource)));
    return location;
  }

  private find(resource: Resource): Location {
    let closer: Location['closer'];
    for (const each of [resource, ...causesOf(resource)]) {
      const stack = this.stackOf(each);
      const at = stack.findIndex(isUsers);
      if (at < 0) continue;
      const call = resource.row.kind === 'handle' && at > 0 ? callAt(stack[at]!) : undefined;
      if (call === undefined || !isCloser(call) || opens(stack.slice(0, at), call)) {
        const located: Located = { stack, at, from: each === resource ? 'itself' : 'cause' };
        return { located: this.calledWithin(located, resource.scope) ?? located, closer: undefined };
      }
      closer ??= { call, line: stack[at]! };
    }
    const packages = this.packagesOf(resource);
    const found = packages.size === 0 ? undefined : this.nearest(resource, packages);
    return { located: found && { ...found, from: 'call' }, closer: found === undefined ? closer : undefined };
  }

  /**
   * The line that called the package, where the user's line on the stack awaits only what a helper returned: of `() => lib.start()`
   * V8 shows no frame any more. Another stack of the same scope does, on which the same function of the package was called, through
   * one helper alone.
   */
  private calledWithin({ stack, at }: Located, scope: Scope): Located | undefined {
    const [called, line] = [stack[at - 1], stack[at]!];
    if (line.isAsync !== true || called?.origin !== 'library' || called.function === undefined)
      return undefined;
    const isCalled = (frame: Frame): boolean =>
      frame.file === called.file && frame.function === called.function;
    const isLine = (frame: Frame): boolean => isUsers(frame) && lineKey(frame) === lineKey(line);
    const helpers = this.callsOf(scope).filter(
      (call) =>
        !isLine(call.stack[call.at]!) &&
        call.stack.slice(0, call.at).some(isCalled) &&
        call.stack.slice(call.at).some(isLine),
    );
    const isOne = new Set(helpers.map((call) => lineKey(call.stack[call.at]!))).size === 1;
    return isOne ? { stack: helpers[0]!.stack, at: helpers[0]!.at, from: 'cause' } : undefined;
  }

  /** The packages of its stack; if that has none, of the nearest cause's. */
  private packagesOf(resource: Resource): Set<string> {
    for (const each of [resource, ...causesOf(resource)]) {
      const packages = packagesIn(this.stackOf(each));
      if (packages.size > 0) return packages;
    }
    return new Set();
  }

  /** The first call of its scope into one of the packages that may have opened it: one that opened what is still open, if any. */
  private nearest(resource: Resource, packages: ReadonlySet<string>): Call | undefined {
    const calls = this.callsOf(resource.scope).filter(({ first, stack, at, isOpen, isActive, hasEnded }) => {
      if (first > resource.id) return false;
      if (!isOpen && (hasEnded || !isActive)) return false;
      const call = callAt(stack[at]!);
      return (call === undefined || !isCloser(call)) && reach(stack.slice(0, at), packages);
    });
    return calls.find(({ isOpen }) => isOpen) ?? calls[0];
  }

  /**
   * Whether a package was asked to close in a scope.
   * @param receivers what the client is called on, by name; undefined if any call of the package counts.
   */
  isAskedToClose(scope: Scope, name: string, receivers: ReadonlySet<string> | undefined): boolean {
    return this.callsInto(scope, name).some(({ stack, at }) => {
      const call = callAt(stack[at]!);
      return (
        call !== undefined && isCloser(call) && (receivers === undefined || receivers.has(call.receiver))
      );
    });
  }

  /** Whether the calls into a package have opened handles in a scope, and all of these have ended. */
  hasEnded(scope: Scope, name: string): boolean {
    const opened = this.callsInto(scope, name).filter(({ isHandle }) => isHandle);
    return opened.length > 0 && opened.every(({ hasEnded, isOpen }) => hasEnded && !isOpen);
  }

  private callsInto(scope: Scope, name: string): Call[] {
    const packages = new Set([name]);
    return this.callsOf(scope).filter(({ stack, at }) => reach(stack.slice(0, at), packages));
  }

  private callsOf(scope: Scope): Call[] {
    let calls = this.calls.get(scope);
    if (calls !== undefined) return calls;
    const byKey = new Map<string, Call>();
    const note = (id: number, site: Site | undefined, row: Row, isOpen: boolean): void => {
      const stack = this.frames.of(site);
      const at = stack.findIndex(isUsers);
      if (at <= 0 || !stack.slice(0, at).some(({ origin }) => origin === 'library')) return;
      const key = callKey(stack, at);
      let call = byKey.get(key);
      if (call === undefined)
        byKey.set(
          key,
          (call = { stack, at, first: id, isOpen: false, isHandle: false, hasEnded: false, isActive: false }),
        );
      call.first = Math.min(call.first, id);
      if (row.kind === 'handle') call.isHandle = true;
      if (isOpen) call.isOpen = true;
      else if (row.kind === 'handle') call.hasEnded = true;
      if (row.passesOn === undefined || !this.frames.isNodesTick(site)) call.isActive = true;
    };
    const resources = scope.resources();
    for (const each of resources) {
      const isOpen = each.row.kind !== 'request' && stateOf(each, 0) !== 0;
      if (isOpen) note(each.id, this.siteOf(each), each.row, true);
    }
    for (const { id, site, row } of scope.recent) note(id, site, row, false);
    for (const each of resources) note(each.id, this.siteOf(each), each.row, stateOf(each, 0) !== 0);
    calls = [...byKey.values()];
    this.calls.set(scope, calls);
    return calls;
  }
}
