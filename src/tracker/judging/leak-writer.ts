/** Turns convicted resources into leaks: facts as plain data. */
import { isSamePlace, type Leak, type Link, type Owner, type Place } from '../leak.js';
import { toPlace, type Frame, type Frames } from '../stacks/frames.js';
import { detailsOf, type Offence } from './offence.js';
import { causesOf, type Resource, type Scope } from '../resource.js';
import type { Site } from '../stacks/site.js';
import { packageOf } from '../stacks/source.js';

/** Writes down the facts of one offence, without what is reported under it. */
export class LeakWriter {
  private readonly frames: Frames;
  private readonly siteOf: (resource: Resource) => Site | undefined;
  private readonly definitionOf: (scope: Scope) => Site | Place | undefined;

  constructor(
    frames: Frames,
    siteOf: (resource: Resource) => Site | undefined,
    definitionOf: (scope: Scope) => Site | Place | undefined,
  ) {
    this.frames = frames;
    this.siteOf = siteOf;
    this.definitionOf = definitionOf;
  }

  write({ resource, details }: Offence): Leak {
    // fault: in a verdict
    const { row, type, scope } = resource;
    const { place, probably, frames } = this.locate(resource);
    const chain = this.chainOf(resource);
    return {
      type,
      kind: row.kind,
      noun: details.noun ?? row.noun,
      made: row.made,
      ended: row.ended,
      remedy: this.remedyOf(resource) ?? details.remedy ?? row.remedy,
      details,
      owner: this.ownerOf(resource, place === undefined),
      ...(place !== undefined && { place }),
      probably,
      unattributed: resource.guessed && scope.kind === 'file',
      frames,
      chain,
      others: [],
    };
  }

  /** What closes it, if that depends on which module of Node made it. */
  private remedyOf(resource: Resource): string | undefined {
    const { madeBy } = resource.row;
    if (madeBy === undefined || !this.frames.includes(this.siteOf(resource), madeBy.module)) return undefined;
    return madeBy.remedy;
  }

  private chainOf(resource: Resource): Link[] {
    const chain: Link[] = [];
    for (const cause of causesOf(resource)) {
      const { type, row } = cause;
      if (row.kind === 'request' || row.kind === 'internal') continue; // plumbing, like promises
      const details = detailsOf(cause);
      const place = toPlace(this.frames.placeOf(this.siteOf(cause)));
      const last = chain.at(-1);
      if (last?.type === type) {
        if (isSamePlace(last.place, place)) continue;
        // A library's timer arms the next: only the first has a line of the user's.
        if (last.place === undefined && last.details.label === details.label) chain.pop();
      }
      chain.push({ type, noun: details.noun ?? row.noun, details, ...(place && { place }) });
    }
    return chain;
  }

  /** The line that created it; else the nearest cause's line; else the line of the latest call into the same package. */
  private locate(resource: Resource): { place?: Place; probably: boolean; frames: Place[] } {
    const all = this.frames.of(this.siteOf(resource));
    const own = shown(all);
    const place = toPlace(all.find(isUsers));
    if (place !== undefined) return { place, probably: false, frames: own };
    for (const cause of causesOf(resource)) {
      const frames = this.frames.of(this.siteOf(cause));
      const found = toPlace(frames.find(isUsers));
      // If Node alone made it, on behalf of its cause, it is the cause's for certain.
      if (found !== undefined)
        return { place: found, probably: own.length > 0, frames: [...own, ...shown(frames)] };
    }
    const call = this.latestCall(resource.scope, packagesIn(all));
    const found = call && toPlace(call.find(isUsers));
    if (found === undefined) return { probably: false, frames: own };
    return { place: found, probably: true, frames: [...own, ...shown(call!)] };
  }

  private latestCall(scope: Scope, packages: ReadonlySet<string>): Frame[] | undefined {
    if (packages.size === 0) return undefined;
    const sites = [...scope.resources().map((resource) => this.siteOf(resource)), ...scope.recent];
    for (const site of sites.toReversed()) {
      const frames = this.frames.of(site);
      const user = frames.findIndex(isUsers);
      if (user > 0 && [...packagesIn(frames.slice(0, user))].some((name) => packages.has(name)))
        return frames;
    }
    return undefined;
  }

  /** The scope as owner; its place is where its own code started the chain. */
  private ownerOf(resource: Resource, isUnplaced: boolean): Owner {
    const { scope } = resource;
    const first = causesOf(resource).at(-1) ?? resource;
    const users = this.frames.of(this.siteOf(first)).filter(isUsers);
    const place = toPlace(users.at(-1));
    const definition = isUnplaced ? this.definitionPlace(scope) : undefined;
    const { kind, name, hook } = scope;
    return {
      kind: kind as Owner['kind'],
      name,
      ...(hook && { hook }),
      ...(place && { place }),
      ...(definition && { definition }),
    };
  }

  /** The line in the test file that defines a test or a test hook, maybe through a helper; else the helper's line. */
  private definitionPlace(scope: Scope): Place | undefined {
    const definition = this.definitionOf(scope);
    if (definition !== undefined && 'line' in definition) return definition;
    const users = this.frames.of(definition).filter(isUsers);
    const frame = users.find(({ file }) => file === scope.root.name) ?? users[0];
    return frame && { file: frame.file, line: frame.line, column: frame.column };
  }
}

const isUsers = (frame: Frame): boolean => frame.origin === 'user';

/** The packages of a stack: one may well call another. */
function packagesIn(frames: readonly Frame[]): Set<string> {
  return new Set(frames.flatMap(({ origin, file }) => (origin === 'library' ? (packageOf(file) ?? []) : [])));
}

/** Node's frames, ours and the framework's are never shown. */
function shown(frames: readonly Frame[]): Place[] {
  return frames
    .filter(({ origin }) => origin === 'user' || origin === 'library')
    .map((frame) => toPlace(frame)!);
}
