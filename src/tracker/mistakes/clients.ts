/** Which package the user called, as the user knows it. */
import { isCarrier, isWrapper } from '../../resources/libraries/carriers.js';
import { headOf, libraryOf, type Library } from '../../resources/libraries/index.js';
import type { Frame } from '../stacks/frames.js';
import { packageOf } from '../stacks/source.js';
import { callAt, isMaker, isStarter, type CallText } from './call-text.js';
import { dependsOn, knownAs } from './packages.js';
import { fileOf, type Resource } from '../resource.js';
import { isUsers, type Located, type Places } from './place.js';

/** What a call of the user's into a package made, or used. */
export interface Client {
  /** As the user knows the package. */
  readonly package: string;
  readonly library: Library | undefined;
  /** The call of the package in the user's source, if its line is known and can be read. */
  readonly call: CallText | undefined;
  /** The function of the package that was called, as V8 names it: "new Pool", "Client.connect". */
  readonly called: string | undefined;
}

/** The packages of frames inside the user's, outermost first, with the frame of each that the user's code called. */
function packagesInside(frames: readonly Frame[]): Inside[] {
  const found: Inside[] = [];
  for (const frame of frames.toReversed()) {
    const name = frame.origin === 'library' ? packageOf(frame.file) : undefined;
    if (name !== undefined && !found.some((each) => each.name === name)) found.push({ name, frame });
  }
  return found;
}

/** The package that counts among those; undefined if only carriers are there. */
function counting(packages: readonly Inside[]): Inside | undefined {
  const acting = packages.filter(({ name }) => !isCarrier(name));
  const outermost = acting.findIndex(({ name }) => !isWrapper(name));
  if (outermost < 0) return acting[0];
  // What no package further out is or depends on, the user has handed to them: a store for the sessions of Express.
  const called = acting[outermost]!;
  const handed = acting.find(
    ({ name }, i) =>
      i > outermost &&
      libraryOf(name) !== undefined &&
      acting.slice(outermost, i).every((outer) => !isPartOf(name, outer)),
  );
  return handed ?? called;
}

/** Whether a package speaks as another one, or comes with it. */
const isPartOf = (name: string, outer: Inside): boolean =>
  headOf(name) === headOf(outer.name) ||
  dependsOn(outer.frame.file, name) ||
  dependsOn(outer.frame.file, headOf(name));

/** A package, and the frame of it that is furthest out. */
interface Inside {
  readonly name: string;
  readonly frame: Frame;
}

/**
 * The client that opened something, if that was not the user's own code.
 * @param stack its own stack, for what no line of the user's is known to have opened.
 * @param file the test file.
 */
function clientOf(located: Located | undefined, stack: readonly Frame[], file: string): Client | undefined {
  const inside = located === undefined ? stack : located.stack.slice(0, located.at);
  const isOwn = located?.from === 'itself';
  const callee = counting(packagesInside(inside));
  const found =
    callee ?? (isOwn ? undefined : counting(packagesInside(stack.filter((frame) => !isUsers(frame)))));
  if (found === undefined) return undefined;
  const line = located?.stack[located.at];
  const name = headOf(knownAs(headOf(found.name), line?.file ?? file));
  return {
    package: name,
    library: libraryOf(name),
    // That of a server whose handler a package is, say, is none of the package.
    call: callee && line && callAt(line),
    called: found.frame.function,
  };
}

/** The clients that opened resources, each found once. */
export class Clients {
  private readonly places: Places;
  private readonly known = new Map<Resource, Client | undefined>();

  constructor(places: Places) {
    this.places = places;
  }

  /** The client that opened a resource; undefined if the user's own code did. */
  of(resource: Resource): Client | undefined {
    if (this.known.has(resource)) return this.known.get(resource);
    const { places } = this;
    const { located } = places.of(resource);
    const client = clientOf(located, places.stackOf(resource), fileOf(resource.scope).name);
    this.known.set(resource, client);
    return client;
  }

  /** Forgets what was found, here and of the places. */
  clear(): void {
    this.places.clear();
    this.known.clear();
  }
}

/** Whether a call has made or started a client, rather than used one. */
export const isBeginning = ({ call }: Client): boolean =>
  call !== undefined && (isMaker(call) || isStarter(call));

/** The packages further out that called the user's line, as users know them. */
export function callersOf({ stack, at }: Located): string[] {
  const outer = stack.slice(at);
  const last = outer.findLastIndex(isUsers);
  return packagesInside(outer.slice(0, last)).map(({ name }) => headOf(name));
}

/** What a client is called, and what ends it, by the class or function that was called. */
export function wordsFor({ package: name, library, call, called }: Client): {
  noun: string;
  ends: string | undefined;
} {
  const words = new Set(`${call?.text ?? ''} ${called ?? ''}`.split(/[^\w$]+/));
  const special = Object.entries(library?.of ?? {}).find(([each]) => words.has(each))?.[1];
  return { noun: special?.noun ?? library?.noun ?? name, ends: special?.ends ?? library?.ends };
}
