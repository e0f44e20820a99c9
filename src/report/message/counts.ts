/** Resources by their number: "2 TCP sockets, 6 intervals". */
import { cut } from '../../text/names.js';
import { groupBy } from '../../tracker/group-by.js';
import type { Leak } from '../../tracker/leak.js';
import { countOf, formatDelay, labelOf, withoutArticle } from './words.js';

/** Resources that are told by their number. */
export interface Kin {
  readonly leaks: readonly Leak[];
  readonly noun: string;
}

/** Resources of the same type and noun; those stand apart for which `trait` returns something else. */
export function kinOf(leaks: readonly Leak[], trait?: (leak: Leak) => unknown): Kin[] {
  const groups = groupBy(leaks, (leak) => JSON.stringify([leak.type, leak.noun, trait?.(leak)]));
  return [...groups.values()].map((own) => ({ leaks: own, noun: own[0]!.noun }));
}

/** The resources of a mistake that are counted: the server's ends of connections only if one of them leads. */
function countedOf(lead: Leak): Leak[] {
  return [lead, ...lead.others.filter(({ accepted }) => !accepted || lead.accepted)];
}

/** The resources of mistakes: "2 TCP sockets, 6 intervals, a timer". */
export function numbers(mistakes: readonly Leak[]): string {
  return kinOf(mistakes.flatMap(countedOf))
    .map((kin) => countOf(kin.leaks.length, kin.noun))
    .join(', ');
}

/** "2 TCP sockets, 6 intervals, a timer (TCPWRAP, Timeout)". */
export function counts(mistakes: readonly Leak[]): string {
  const types = new Set(mistakes.flatMap((lead) => [lead, ...lead.others]).map(({ type }) => cut(type)));
  return `${numbers(mistakes)} (${[...types].join(', ')})`;
}

const range = (values: readonly number[]): string => {
  // There may be more than a call takes arguments.
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const [from, to] = [formatDelay(least), formatDelay(most)];
  if (from === to) return from;
  return from.endsWith(to.slice(to.indexOf(' ')))
    ? `${from.slice(0, from.indexOf(' '))} to ${to}`
    : `${from} to ${to}`;
};

/** "2 TCP sockets → 127.0.0.1:5432", "6 intervals, every 2 to 60 s", "server 127.0.0.1:3000". */
export function kinText({ leaks, noun }: Kin, root: string): string {
  const text = withoutArticle(countOf(leaks.length, noun));
  if (leaks.every(({ accepted }) => accepted)) return `accepted by the server: ${text}`;
  const delays = leaks.flatMap(({ details: { delay } }) => delay ?? []);
  if (delays.length === leaks.length)
    return `${text}, ${leaks[0]!.details.repeats ? 'every ' : ''}${range(delays)}`;
  const remotes = new Set(leaks.map(({ details }) => details.remote));
  const [remote] = remotes;
  if (remotes.size === 1 && remote !== undefined) return `${text} → ${remote}`;
  return leaks.length === 1 ? labelOf(leaks[0]!, root) : text;
}
