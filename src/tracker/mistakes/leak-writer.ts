/** Turns convicted resources into leaks: facts as plain data. */
import { isCarrier } from '../../resources/libraries/carriers.js';
import { libraryOf } from '../../resources/libraries/index.js';
import type { Maker, StateWords } from '../../resources/row.js';
import { detailsOf, type Offence } from '../judging/offence.js';
import { isOver } from '../judging/state.js';
import { isSamePlace, type ClientWords, type Leak, type Link, type Owner, type Place } from '../leak.js';
import { causesOf, fileOf, isAccepted, type Resource, type Scope } from '../resource.js';
import { hookOf } from '../test-hooks.js';
import { toPlace, type Frame, type Frames } from '../stacks/frames.js';
import type { Site } from '../stacks/site.js';
import { packageOf } from '../stacks/source.js';
import { callAt, importOf, isHelper } from './call-text.js';
import { wordsFor, type Client, type Clients } from './clients.js';
import { clientsOf, type Finding, type Mistake } from './mistakes.js';
import { isUsers, type Located, type Places } from './place.js';

/** Writes down the facts of one offence, without what is reported under it. */
export class LeakWriter {
  private readonly frames: Frames;
  private readonly places: Places;
  private readonly clients: Clients;
  /** Whether a response holds it. */
  private readonly isHeld: (resource: Resource) => boolean;
  private readonly definitionOf: (scope: Scope) => Site | Place | undefined;

  constructor(
    frames: Frames,
    places: Places,
    clients: Clients,
    isHeld: (resource: Resource) => boolean,
    definitionOf: (scope: Scope) => Site | Place | undefined,
  ) {
    this.frames = frames;
    this.places = places;
    this.clients = clients;
    this.isHeld = isHeld;
    this.definitionOf = definitionOf;
  }

  write({ resource, details }: Offence): Leak {
    // fault: in a verdict
    const { row, type, scope } = resource;
    const { located, closer } = this.places.of(resource);
    const own = this.places.stackOf(resource);
    const place = located && toPlace(located.stack[located.at]);
    const [caller, ...through] = located === undefined ? [] : callersOf(located);
    const maker = this.makerOf(resource, own, located);
    const starter = located && starterOf(located);
    const remedy = maker.remedy ?? details.remedy ?? row.remedy;
    const opener = own.find(({ origin }) => origin === 'library');
    return {
      type,
      kind: row.kind,
      noun: maker.noun ?? details.noun ?? row.noun,
      made: maker.made ?? row.made,
      ended: maker.ended ?? row.ended,
      remedy:
        starter === undefined ? remedy : `in what the effect returns, which ${starter} calls: ${remedy}`,
      details,
      owner: this.ownerOf(resource),
      ...(place !== undefined && { place }),
      ...(caller !== undefined && { caller }),
      ...(through.length > 0 && { through }),
      ...(caller !== undefined && isHelper(functionOf(located!)) && { helper: true as const }),
      ...(closer !== undefined && { closing: { text: closer.call.text, place: toPlace(closer.line)! } }),
      probably: located?.from === 'call',
      ...(resource.during !== undefined && { during: resource.during }),
      ...(isAccepted(resource) && { accepted: true as const }),
      unattributed: resource.guessed && scope.kind === 'file',
      frames: shown(own),
      ...(located !== undefined && located.from !== 'itself' && { placeFrames: shown(located.stack) }),
      ...(opener !== undefined && { package: packageOf(opener.file)! }),
      chain: this.chainOf(resource),
      others: [],
    };
  }

  /** What a mistake is told as, for the leak that leads. */
  headOf(mistake: Mistake): Pick<Leak, 'client' | 'construction'> {
    const { findings, client, construction } = mistake;
    if (client !== undefined) {
      const count = clientsOf(mistake);
      return { client: { ...this.wordsOf(client, findings), ...(count > 1 && { count }) } };
    }
    if (construction === undefined) return {};
    const { name, line } = construction;
    return { construction: { text: callAt(line)?.text ?? `${name}()`, place: toPlace(line)! } };
  }

  /** A client in words: the package that was called, the call, and what ends it. */
  wordsOf(client: Client, findings: readonly Finding[]): ClientWords {
    const { noun, ends } = wordsFor(client);
    return {
      package: client.package,
      noun,
      ...(ends !== undefined && { ends }),
      ...(client.call !== undefined && { call: client.call.text }),
      ...this.closedOf(client, findings),
    };
  }

  private closedOf(client: Client, findings: readonly Finding[]): Pick<ClientWords, 'closed'> {
    const { scope } = findings[0]!.offence.resource;
    const calls = findings.flatMap((each) =>
      each.client?.package === client.package ? (each.client.call ?? []) : [],
    );
    const names = calls.flatMap(({ receiver, assigned }) => [receiver, assigned ?? '']);
    const receivers = new Set(names.filter((name) => name !== ''));
    const isOpen = findings.some(({ offence }) => offence.resource.row.kind === 'handle');
    if (this.places.isAskedToClose(scope, client.package, isOpen ? receivers : undefined))
      return { closed: 'asked' };
    if (isOpen) return {};
    const links = findings.flatMap(({ offence }) => [...causesOf(offence.resource)]);
    const handles = links.filter(({ row }) => row.kind === 'handle');
    const haveEnded =
      handles.length > 0 ? handles.every(isOver) : this.places.hasEnded(scope, client.package);
    return haveEnded ? { closed: 'ended' } : {};
  }

  /** Whether a response has come on it that its caller does not read. */
  isUnread(resource: Resource): boolean {
    const { row, object } = resource;
    if (row.unread === undefined || object === undefined || isAccepted(resource)) return false;
    const client = this.clients.of(resource);
    if (client !== undefined && client.library?.asks === undefined) return false;
    return row.unread.has(object, this.isHeld(resource));
  }

  /**
   * What it is, and what closes it, where that depends on what goes on over it, or on who made it: a server that accepted it, a
   * module of Node, a window of jsdom, a package's helper.
   */
  private makerOf(
    resource: Resource,
    own: readonly Frame[],
    located: Located | undefined,
  ): Partial<StateWords> {
    const { row, object } = resource;
    if (isAccepted(resource)) return { made: 'accepted' };
    if (this.isUnread(resource)) {
      const client = this.clients.of(resource);
      const { heldRemedy, ...words } = row.unread!.words;
      const ends = client && wordsFor(client).ends;
      if (ends !== undefined) return { ...words, remedy: `${ends}.` };
      return this.isHeld(resource) ? { ...words, remedy: heldRemedy } : words;
    }
    if (object !== undefined && row.asks?.has(object)) return row.asks.words;
    const isNodes = (frame: Frame): boolean => frame.origin === 'node';
    const outside = own.findIndex((frame) => !isNodes(frame));
    const inner = outside < 0 ? own : own.slice(0, outside);
    const maker = row.madeBy?.find(({ module }) => inner.some(({ file }) => file === module));
    if (maker !== undefined || row.delayOf === undefined) return maker ?? {};
    return located === undefined ? {} : timerWords(located);
  }

  private chainOf(resource: Resource): Link[] {
    const chain: Link[] = [];
    for (const cause of causesOf(resource)) {
      const { type, row } = cause;
      if (row.kind === 'request' || row.kind === 'internal') continue; // plumbing, like promises
      const details = detailsOf(cause);
      const place = toPlace(this.places.stackOf(cause).find(isUsers));
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

  /** The scope as owner; its place is the line of its own code, in the test file, that started the chain. */
  private ownerOf(resource: Resource): Owner {
    const { scope } = resource;
    const first = causesOf(resource).at(-1) ?? resource;
    const users = this.places.stackOf(first).filter(isUsers);
    const test = fileOf(scope).name;
    const outermost = users.at(-1);
    const isTopLevel = outermost !== undefined && outermost.function === undefined;
    const place =
      toPlace(users.findLast(({ file }) => file === test)) ??
      (isTopLevel ? importOf(test, outermost.file) : undefined);
    const definition = this.definitionPlace(scope);
    const { kind, name, hook = hookOf(first) } = scope;
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
    const frame = users.find(({ file }) => file === fileOf(scope).name) ?? users[0];
    return frame && { file: frame.file, line: frame.line, column: frame.column };
  }
}

/** What ends the code of the user's that a package has started: an effect of a component, which goes when that is unmounted. */
function starterOf({ stack, at }: Located): string | undefined {
  const outer = stack.slice(at).filter(({ origin }) => origin === 'library');
  const isStarted = outer.some(({ file, function: name = '' }) => {
    const starts = libraryOf(packageOf(file) ?? '')?.starts;
    return starts !== undefined && name.endsWith(starts);
  });
  if (!isStarted) return undefined;
  // Whoever called React may have a way of its own: Testing Library's cleanup().
  const ends = outer.flatMap(({ file }) => libraryOf(packageOf(file) ?? '')?.ends ?? []);
  return ends.at(-1);
}

/**
 * A timer that the user got from a package that acts for them: from a window of jsdom, it is a number; of lodash, a function has it.
 */
function timerWords({ stack, at }: Located): Partial<Maker> {
  const helper = stack.slice(0, at).findLast(({ origin }) => origin === 'library');
  const name = helper && packageOf(helper.file);
  if (name === undefined || !isCarrier(name)) return {};
  const called = helper!.function ?? '';
  if (called.endsWith('setInterval')) return { noun: 'an interval', remedy: 'clearInterval().' };
  if (called.endsWith('setTimeout')) return { remedy: 'clearTimeout().' };
  const ends = libraryOf(name)?.ends;
  return ends === undefined ? {} : { remedy: `${ends}.` };
}

/** The other lines of the user's that led to the place, nearest first. */
function callersOf({ stack, at }: Located): Place[] {
  const lines = stack.slice(at).filter(isUsers);
  return lines.flatMap((frame, i) => (i === 0 || isSamePlace(frame, lines[i - 1]) ? [] : toPlace(frame)!));
}

/** Where the place's own function goes on: in `new Promise((done) => setTimeout(done, 50))` two frames have one line. */
function functionOf({ stack, at }: Located): Frame {
  const outer = stack.slice(at).filter(isUsers);
  const other = outer.findIndex((frame) => !isSamePlace(frame, outer[0]));
  return outer[other - 1] ?? outer[0]!;
}

/** Node's frames, ours and the framework's are never shown. */
function shown(frames: readonly Frame[]): Place[] {
  return frames
    .filter(({ origin }) => origin === 'user' || origin === 'library')
    .map((frame) => toPlace(frame)!);
}
