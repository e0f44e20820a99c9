/** Turns captured stacks into frames. */
import { PROMISED_TIMERS } from '../../resources/kinds.js';
import { DetachedCall } from './detached-call.js';
import type { Place } from '../leak.js';
import type { Site } from './site.js';
import { packageOf, Sources, type Origin, type RoleOf, type Source } from './source.js';

/** One frame of a creation stack; lines and columns count from 1. */
export interface Frame extends Source {
  /** As V8 prints it, "new Pool" or "Pool.connect"; missing where there is none. */
  readonly function?: string;
  /** The file that Node runs, if a source map says that its source is another. */
  readonly script?: string;
  readonly line: number;
  readonly column: number;
  /** It awaits what is further in: what it called, maybe through helpers, is not shown. Missing where that is not known. */
  readonly isAsync?: true;
}

type Call = NodeJS.CallSite;

/** The modules of Node that every timer, and every tick, passes through. */
const TIMERS: ReadonlySet<string> = new Set([
  'node:internal/async_hooks',
  'node:internal/timers',
  'node:timers',
]);
const TICKS: ReadonlySet<string> = new Set([
  'node:internal/async_hooks',
  'node:internal/process/task_queues',
]);

/** Our generators have names like this, because V8 reports no file for their steps. */
const OWN_STEP = /^\s+at asyncLeaks\w+\.\w+ \(<anonymous>\)$/;

/** A stack without the frames of this package, and without Node's frames between them. */
export function withoutOwnFrames(stack: string): string {
  const lines = stack.split('\n');
  const origins = lines.map((line) => (OWN_STEP.test(line) ? 'own' : originIn(line)));
  const [first, last] = [origins.indexOf('own'), origins.lastIndexOf('own')];
  if (first < 0) return stack;
  return lines
    .filter((_, i) => origins[i] !== 'own' && !(i > first && i < last && origins[i] === 'node'))
    .join('\n');
}

const originIn = (line: string): Origin | undefined => parse(line, packages)?.origin;

const LOCATION = /^(.+?):(\d+):(\d+)$/;

function parse(line: string, sources: Sources): Frame | undefined {
  const at = /^\s+at (?:async )?(.*)$/.exec(line)?.[1];
  if (at === undefined) return undefined;
  // A method may be named `GET /users (all)`.
  const call = /^(.*?) \(((?:node:|file:|[\\/]|[A-Za-z]:[\\/]).*)\)$/.exec(at);
  // Code in an `eval` is shown at the call of `eval`.
  const evaluated = /\(eval at .*?\(([^()]+:\d+:\d+)\)/.exec(at)?.[1];
  const location = LOCATION.exec(evaluated ?? call?.[2] ?? at);
  // `Array.map (<anonymous>)`, `Promise.all (index 0)`: no place. But `Object.<anonymous> (file:…)` is a test in Jest.
  if (location === null) return undefined;
  const source = sources.of(location[1]!);
  if (source === undefined) return undefined;
  const name = evaluated === undefined ? call?.[1] : undefined;
  return {
    ...source,
    ...(name !== undefined && { function: name }),
    line: Number(location[2]),
    column: Number(location[3]),
  };
}

/** A frame as plain data. */
export function toPlace(frame: Frame | undefined): Place | undefined {
  if (frame === undefined) return undefined;
  const { file, line, column, function: name } = frame;
  return { file, line, column, ...(name !== undefined && { function: name }) };
}

/** Treats every package as a library, even the framework. */
const packages = new Sources(() => 'library');

/** Stacks that were read: whoever reads a stack first formats it, only once. Each reader decides whose the frames are. */
const parsed = new WeakMap<Site, Frame[]>();

/** Reads stacks for one framework. */
export class Frames {
  private readonly sources: Sources;
  private readonly known = new WeakMap<Site, Frame[]>();

  constructor(roleOf: RoleOf) {
    this.sources = new Sources(roleOf);
  }

  /** The frames of a site, innermost first; none if it has no stack. Formats the stack, once. */
  of(site: Site | undefined): Frame[] {
    if (site === undefined) return [];
    let frames = this.known.get(site);
    if (frames === undefined) {
      frames = parsed.get(site)?.map((frame) => this.claim(frame)) ?? this.read(site);
      this.known.set(site, frames);
    }
    return frames;
  }

  private read(site: Site): Frame[] {
    const { lines, facts } = format(site);
    const frames = lines.flatMap((line, i) => {
      const frame = parse(line, this.sources);
      if (frame === undefined) return [];
      return [facts === undefined ? frame : this.correct(frame, facts[i]!)];
    });
    parsed.set(site, frames);
    return frames;
  }

  /**
   * Gives a frame its function's own name, because source maps replace that with what is called there. Whose it is, the file that
   * Node runs decides; and if that is not the user's, its place is there, too: the maps of some packages lead to files that do not
   * exist.
   */
  private correct({ file, line, column, origin }: Frame, facts: Facts): Frame {
    const { name, isAsync } = facts;
    const named = { ...(name !== undefined && { function: name }), ...(isAsync && { isAsync }) };
    const frame = { ...named, file, line, column, origin };
    const real = this.sources.of(facts.script);
    if (real === undefined || real.file === file) return frame;
    if (real.origin === 'user') return { ...frame, origin: 'user', script: real.file };
    return { ...frame, ...real, line: facts.line ?? line, column: facts.column ?? column };
  }

  /** A frame that another instance has read. */
  private claim(frame: Frame): Frame {
    const { origin } = this.sources.of(frame.script ?? frame.file) ?? frame;
    return { ...frame, origin };
  }

  /** The user's line: the innermost frame in the user's own code. */
  placeOf(site: Site | undefined): Frame | undefined {
    return this.of(site).find((frame) => frame.origin === 'user');
  }

  /**
   * Whether the framework made it: the innermost frame that is neither Node's nor a spy's is the framework's. Undefined if there
   * is no frame. Called for whatever is open for a moment, so it formats nothing if that takes long.
   */
  isMachinery(site: Site | undefined): boolean | undefined {
    let hasFrames = false;
    for (const { origin } of this.sourcesOf(site)) {
      hasFrames = true;
      // Our wrapper calls a function of Node's that was passed as a test or a test hook.
      if (origin === 'own') return false;
      if (origin !== 'node' && origin !== 'spy') return origin === 'framework';
    }
    return hasFrames ? false : undefined;
  }

  /** Whether somebody's code is in the stack of a site: the user's, or what our wrapper calls for a test or a test hook. */
  isRequested(site: Site | undefined): boolean {
    for (const { origin } of this.sourcesOf(site)) if (origin === 'user' || origin === 'own') return true;
    return false;
  }

  /** Whether the framework lies between what made it and the user's code. */
  isByWayOfFramework(site: Site | undefined): boolean {
    for (const { origin } of this.sourcesOf(site)) {
      if (origin === 'framework') return true;
      if (origin === 'user') return false;
    }
    return false;
  }

  /** Whether only libraries made it, in a callback of their own. */
  isOfLibraries(site: Site | undefined): boolean {
    let isLibrarys = false;
    for (const { origin } of this.sourcesOf(site)) {
      if (origin !== 'node' && origin !== 'library') return false;
      isLibrarys ||= origin === 'library';
    }
    return isLibrarys;
  }

  /** Whether a function of this module is in the stack of a site. */
  includes(site: Site | undefined, module: string): boolean {
    return this.of(site).some(({ file }) => file === module);
  }

  /** Whether a function of this module of Node's, or of a copy of it in this package, is in the stack of a site. */
  isMadeBy(site: Site | undefined, module: string, packageName: string): boolean {
    return this.of(site).some(({ file }) => file === module || packageOf(file) === packageName);
  }

  /** The module of Node that made a handle, beneath the one that runs async hooks; empty if no stack is known. */
  makerOf(site: Site | undefined): string {
    return this.of(site)[1]?.file ?? '';
  }

  /** Whether Node armed a timer for itself: the innermost frame beyond what every timer passes through is Node's. */
  isNodesTimer(site: Site | undefined): boolean {
    const maker = this.firstBeyond(TIMERS, site);
    return maker?.origin === 'node' && maker.file !== PROMISED_TIMERS;
  }

  /** Whether Node asked for a tick for itself, to end a write, say. */
  isNodesTick(site: Site | undefined): boolean {
    return this.firstBeyond(TICKS, site)?.origin === 'node';
  }

  private firstBeyond(modules: ReadonlySet<string>, site: Site | undefined): Source | undefined {
    for (const source of this.sourcesOf(site)) if (!modules.has(source.file)) return source;
    return undefined;
  }

  private *sourcesOf(site: Site | undefined): Generator<Source> {
    const calls = site === undefined || parsed.has(site) ? undefined : callsOf(site);
    if (calls === undefined) yield* this.of(site);
    else
      for (const call of calls) {
        const source = sourceOf(call, this.sources);
        if (source !== undefined) yield source;
      }
  }
}

/** Undefined for a call in no file: one in V8 itself, or in code of node:vm. */
const sourceOf = (call: Call, sources: Sources): Source | undefined =>
  sources.of(call.getScriptNameOrSourceURL() ?? '');

/** Calls of stacks that were looked at and not formatted yet. They keep alive what the stack does. */
const unformatted = new WeakMap<Site, readonly Call[]>();

/**
 * The calls of a stack, before `Error.prepareStackTrace` turns them into text: mapping them to their sources takes a hundred
 * times as long. Undefined if there is no such function, and Node itself would format them.
 */
function callsOf(site: Site): readonly Call[] | undefined {
  const known = unformatted.get(site);
  const { prepareStackTrace } = Error;
  if (known !== undefined || typeof prepareStackTrace !== 'function') return known;
  let taken: readonly Call[] | undefined;
  try {
    Error.prepareStackTrace = (_, calls) => {
      taken = calls;
    };
    void site.stack;
  } catch {
    // frozen by the user
  } finally {
    restore(prepareStackTrace);
  }
  if (taken !== undefined) unformatted.set(site, taken);
  return taken;
}

/** Whose code a call is: Node's, ours, the user's, or any package's, even the framework's. */
const whose = (call: Call): Origin | undefined => sourceOf(call, packages)?.origin;

/** Whether the innermost call that is neither Node's nor ours is in a package. */
function isInPackage(calls: readonly Call[]): boolean {
  for (const call of calls) {
    const origin = whose(call);
    if (origin === 'library' || origin === 'user') return origin === 'library';
  }
  return false;
}

/**
 * Reads a stack in which the user calls a package, so that it no longer keeps anything alive, and maps nothing to its source.
 * Returns false, and reads no line, if there is no such call: the first line that is read of a script makes V8 look for the ends
 * of all its lines, and keep them, which for the framework's own takes longer than all the tests of a small file.
 */
export function detachCall(site: Site): boolean {
  if (parsed.has(site)) return true;
  const calls = callsOf(site);
  if (calls === undefined) {
    void site.stack;
    return true;
  }
  // Beneath the user's outermost line there is only the framework.
  const outermost = isInPackage(calls) ? calls.findLastIndex((call) => whose(call) === 'user') : -1;
  if (outermost < 0) return false;
  unformatted.set(
    site,
    calls.slice(0, outermost + 1).map((call) => new DetachedCall(call) as unknown as Call),
  );
  return true;
}

function restore(prepareStackTrace: typeof Error.prepareStackTrace): void {
  try {
    if (Error.prepareStackTrace !== prepareStackTrace) Error.prepareStackTrace = prepareStackTrace;
  } catch {
    // frozen by the user
  }
}

interface Formatted {
  /** The lines of the frames, with places as source maps give them. */
  readonly lines: string[];
  /** What the calls say that the lines show; undefined if that cannot be had. */
  readonly facts: readonly Facts[] | undefined;
}

/** What a call says itself, whatever its source map says. No closure has the call: a compilation may keep the closure for a while. */
interface Facts {
  readonly name: string | undefined;
  readonly isAsync: true | undefined;
  readonly script: string;
  readonly line: number | null;
  readonly column: number | null;
}

const factsOf = (call: Call): Facts => ({
  name: nameOf(call),
  isAsync: call.isAsync() || undefined,
  script: call.getScriptNameOrSourceURL() ?? '',
  line: call.getLineNumber(),
  column: call.getColumnNumber(),
});

/** Formats a stack. A user's `Error.prepareStackTrace` runs here, and may throw or return anything. */
function format(site: Site): Formatted {
  const calls = callsOf(site);
  unformatted.delete(site);
  try {
    const stack: unknown =
      calls === undefined ? site.stack : Error.prepareStackTrace?.(site as Error, [...calls]);
    const lines = typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at /.test(line)) : [];
    return { lines, facts: calls?.length === lines.length ? calls.map(factsOf) : undefined };
  } catch {
    return { lines: [], facts: undefined };
  }
}

/** "new Pool", "Pool.connect", "connect"; undefined for an anonymous function. */
function nameOf(call: Call): string | undefined {
  const name = call.getFunctionName() ?? undefined;
  if (name === undefined) return undefined;
  if (call.isConstructor()) return `new ${name}`;
  const type = call.isToplevel() ? undefined : call.getTypeName();
  return type == null || type === 'Object' || name.startsWith(`${type}.`) ? name : `${type}.${name}`;
}
