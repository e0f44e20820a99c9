/**
 * What somebody forgot once is told once (spec, "What is told together"): the resources of one client of a package, of one `new X()`
 * of the user's own, of one line.
 */
import { groupBy } from '../group-by.js';
import type { Offence } from '../judging/offence.js';
import { lineKey, placeKey } from '../leak.js';
import { encloses, type Scope } from '../resource.js';
import type { Frame } from '../stacks/frames.js';
import { isMaker, isStarter } from './call-text.js';
import { callersOf, isBeginning, type Client } from './clients.js';
import { callKey, isUsers, type Located } from './place.js';

/** An offence that no other one caused, and how it came to be. */
export interface Finding {
  readonly offence: Offence;
  readonly located: Located | undefined;
  /** The line of the call that was closing something meanwhile, if no other line is known. */
  readonly closer: Frame | undefined;
  /** The client that opened it; undefined if the user's own code did. */
  readonly client: Client | undefined;
}

/** The outermost `new X()` of the user's that opened something, and where it was called. */
interface Construction {
  readonly name: string;
  readonly line: Frame;
  /** What identifies it: its class, its line, and all that led there. */
  readonly key: string;
}

/** What is told in one error: the first leads. */
export interface Mistake {
  readonly findings: readonly Finding[];
  /** What it is told as; undefined if it is the user's own code's. */
  readonly client: Client | undefined;
  /** The one that opened all of it, if several things. */
  readonly construction: Construction | undefined;
}

/** Sets of findings that grow together. */
class Unions {
  private readonly parents = new Map<Finding, Finding>();

  rootOf(finding: Finding): Finding {
    let root = finding;
    for (let next = this.parents.get(root); next !== undefined; next = this.parents.get(root)) root = next;
    return root;
  }

  join(one: Finding, other: Finding): void {
    const [a, b] = [this.rootOf(one), this.rootOf(other)];
    if (a !== b) this.parents.set(b, a);
  }

  /** Joins all that have the same key; those without one stay alone. */
  joinBy(findings: readonly Finding[], keyOf: (finding: Finding) => string | undefined): void {
    for (const [first, ...rest] of groupBy(findings, keyOf).values())
      for (const each of rest) this.join(first!, each);
  }
}

/** One line of the user's that called a package, and what it opened. */
interface Line {
  readonly client: Client;
  readonly findings: Finding[];
}

const opensHandle = ({ findings }: Line): boolean =>
  findings.some(({ offence }) => offence.resource.row.kind === 'handle');
const listens = ({ findings }: Line): boolean =>
  findings.some(({ offence }) => offence.resource.row.accepts !== undefined);

/** Whether two lines that call the same package have made two clients. */
function areTwo(one: Line, other: Line): boolean {
  const [a, b] = [one.client.call, other.client.call];
  if (a === undefined || b === undefined) return false;
  if (opensHandle(one) && opensHandle(other)) {
    if (listens(one) !== listens(other)) return true;
    if (isStarter(a) && a.name === b.name) return !isLent(one.client) || !isLent(other.client);
  }
  return isMaker(a) && isMaker(b);
}

/** Whether the call lends what the client has, as `Pool.connect()` does. */
function isLent({ library, called = '' }: Client): boolean {
  return library?.lends?.some((name) => called.endsWith(name)) ?? false;
}

/**
 * The lines that the package of some findings was called from, in order. What no known line opened is the last client's of those
 * that had opened something before it.
 */
function clientsIn(findings: readonly Finding[]): Finding[][] {
  const lines = groupBy(findings, ({ located }) => {
    const line = located?.stack[located.at];
    return line && lineKey(line);
  });
  const clients: Line[][] = [];
  for (const own of lines.values()) {
    const line: Line = { client: own[0]!.client!, findings: own };
    const candidates = clients.filter((client) => !client.some((each) => areTwo(each, line)));
    const receiver = line.client.call?.receiver;
    const made = candidates.find((client) =>
      client.some(
        ({ client: { call } }) => receiver !== '' && receiver !== undefined && call?.assigned === receiver,
      ),
    );
    const client = made ?? candidates.at(-1);
    if (client === undefined) clients.push([line]);
    else client.push(line);
  }
  const unplaced = findings.filter(({ located, closer }) => located === undefined && closer === undefined);
  const all = clients.map((client) => client.flatMap((line) => line.findings));
  const begun = all.map((own) => Math.min(...own.map(idOf)));
  if (all.length === 0 && unplaced.length > 0) all.push([]);
  for (const each of unplaced) {
    const last = begun.findLastIndex((id) => id < idOf(each));
    all[Math.max(0, last)]!.push(each);
  }
  const closing = groupBy(findings, ({ closer }) => closer && placeKey(closer));
  return [...all, ...closing.values()];
}

function constructionOf({ located }: Finding): Construction | undefined {
  if (located === undefined) return undefined;
  const { stack, at } = located;
  const outermost = stack.findLastIndex((frame, i) => i >= at && isConstructor(frame));
  const caller = outermost < 0 ? -1 : stack.findIndex((frame, i) => i > outermost && isUsers(frame));
  if (caller < 0) return undefined;
  const { file, function: name = '' } = stack[outermost]!;
  return { name, line: stack[caller]!, key: `${file} ${name}\n${callKey(stack, caller)}` };
}

const isConstructor = (frame: Frame): boolean =>
  isUsers(frame) && frame.function?.startsWith('new ') === true;

/** The lines of the user's that led to a call, innermost first. */
const wayOf = ({ stack, at }: Located): Frame[] => stack.slice(at).filter(isUsers);

/**
 * How many clients the line has made that leads: one for each way that led there, if its call makes or starts one. Where V8 shows
 * only who awaits a function, its column is not that of the call.
 */
export function clientsOf({ findings, client }: Mistake): number {
  const place = findings[0]!.located;
  if (client === undefined || place === undefined || !isBeginning(client) || isLent(client)) return 1;
  const call = callKeyOf(client, place);
  const ways = findings.flatMap((each) =>
    each.located && each.offence.resource.row.kind === 'handle' && callOf(each) === call
      ? [wayOf(each.located)]
      : [],
  );
  const whole = ways.filter((way) => !way.some(({ isAsync }) => isAsync));
  const keys = whole.length > 0 ? whole.map((way) => way.map(placeKey)) : ways.map((way) => way.map(lineKey));
  return Math.max(1, new Set(keys.map((way) => way.join('\n'))).size);
}

/** The line of the user's own code, and the type. */
function lineOf({ located, client, offence }: Finding): string | undefined {
  if (client !== undefined || located === undefined) return undefined;
  return `${lineKey(located.stack[located.at]!)} ${offence.resource.type}`;
}

/** The line of a call into a package. */
const callKeyOf = ({ package: name }: Client, { stack, at }: Located): string =>
  `${name} ${lineKey(stack[at]!)}`;

/** The line of the user's own code, and the type; or that of a call into a package, whatever it opened. */
function callOf(finding: Finding): string | undefined {
  const { located, client } = finding;
  return client && located ? callKeyOf(client, located) : lineOf(finding);
}

const idOf = ({ offence }: Finding): number => offence.resource.id;

/** How far in front an offence is told: servers first, requests last. */
const rankOf = ({ offence: { resource } }: Finding): number => resource.row.rank ?? RANKS[resource.row.kind];
const RANKS = { handle: 5, timer: 6, embedder: 6, request: 7, internal: 8 } as const;

function toMistake(findings: readonly Finding[], scope: Scope): Mistake {
  // What leads belongs to the scope that it is told in, and has a line if one of its rank has: that of a timer is mostly a later call's.
  const outside = ({ offence }: Finding): number => (offence.resource.scope === scope ? 0 : 1);
  const unplaced = ({ located }: Finding): number => (located === undefined ? 1 : 0);
  const ordered = findings.toSorted(
    (a, b) =>
      outside(a) - outside(b) || rankOf(a) - rankOf(b) || unplaced(a) - unplaced(b) || idOf(a) - idOf(b),
  );
  const client = speakerOf(ordered);
  const constructions = ordered.map(constructionOf);
  const [construction] = constructions;
  const isOne = ordered.length > 1 && constructions.every((each) => each?.key === construction?.key);
  return {
    findings: ordered,
    client,
    construction: isOne && client === undefined ? construction : undefined,
  };
}

/**
 * Where the ways part that lead to one line: for each of its findings the first line further out that not all of them came through.
 * Findings are missing that are alone on their line, or that all came the same way.
 */
export function callersIn(findings: readonly Finding[]): Map<Finding, Frame> {
  const callers = new Map<Finding, Frame>();
  for (const own of groupBy(findings, callOf).values()) {
    const ways = own.map(({ located }) => wayOf(located!));
    for (let i = 1; ways.some(({ length }) => length > i); i++) {
      const lines = ways.map((way) => way[i] ?? way.at(-1)!);
      if (new Set(lines.map(placeKey)).size === 1) continue;
      for (const [n, finding] of own.entries()) callers.set(finding, lines[n]!);
      break;
    }
  }
  return callers;
}

/** The client that all of it is told as: the only one, or the one that had the user's code open the rest. */
function speakerOf(findings: readonly Finding[]): Client | undefined {
  const packages = new Set(findings.map(({ client }) => client?.package));
  for (const name of packages) {
    const isOf = ({ client, located }: Finding): boolean =>
      client?.package === name || (located !== undefined && callersOf(located).includes(name!));
    if (name !== undefined && findings.every(isOf))
      return findings.find(({ client }) => client?.package === name)!.client;
  }
  return undefined;
}

/** The mistakes behind the findings of a scope. */
function mistakesIn(findings: readonly Finding[], scope: Scope): Mistake[] {
  const unions = new Unions();
  const byPackage = groupBy(findings, ({ client }) => client?.package);
  for (const own of byPackage.values())
    for (const [first, ...rest] of clientsIn(own)) for (const each of rest) unions.join(first!, each);
  unions.joinBy(findings, (finding) => constructionOf(finding)?.key);
  unions.joinBy(findings, lineOf);
  // What a library's own client had the user's code open is told under that client.
  for (const finding of findings) {
    const around = finding.located === undefined ? [] : callersOf(finding.located);
    const caller = around.find((name) => name !== finding.client?.package && byPackage.has(name));
    if (caller !== undefined) unions.join(byPackage.get(caller)![0]!, finding);
  }
  const groups = groupBy(findings, (finding) => unions.rootOf(finding));
  return [...groups.values()].map((own) => toMistake(own, scope));
}

/** The scope that a finding is told in: that of the client that its call used, if that leaks in a scope around its own. */
function tellingScope({ offence, client }: Finding, leaking: ReadonlyMap<string, ReadonlySet<Scope>>): Scope {
  const { scope } = offence.resource;
  if (client === undefined || isBeginning(client)) return scope;
  const holders = [...leaking.get(client.package)!];
  return holders.find((holder) => encloses(holder, scope)) ?? scope;
}

/** The scopes in which clients leak, by their packages. */
function leakingScopes(findings: readonly Finding[]): Map<string, Set<Scope>> {
  const byPackage = groupBy(findings, ({ client }) => client?.package);
  return new Map(
    [...byPackage].map(([name, own]) => [name, new Set(own.map(({ offence }) => offence.resource.scope))]),
  );
}

/** What identifies a mistake within its scope, if it goes on after its verdict: the client's line, or the line and the type. */
export const mistakeKey = ({ findings: [lead] }: Mistake): string | undefined => callOf(lead!);

/** The mistakes behind all findings, each in one scope. */
export function toMistakes(findings: readonly Finding[]): Mistake[] {
  const leaking = leakingScopes(findings);
  const byScope = groupBy(findings, (finding) => tellingScope(finding, leaking));
  return [...byScope].flatMap(([scope, own]) => mistakesIn(own, scope));
}
