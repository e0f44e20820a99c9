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

/** "2 TCP sockets, 6 intervals, a timer"; without the server's ends of connections, unless there is nothing else. */
export function numbers(leaks: readonly Leak[]): string {
  const ends = leaks.filter(({ accepted }) => !accepted);
  return kinOf(ends.length > 0 ? ends : leaks)
    .map((kin) => countOf(kin.leaks.length, kin.noun))
    .join(', ');
}

/** "2 TCP sockets, 6 intervals, a timer (TCPWRAP, Timeout)". */
export function counts(leaks: readonly Leak[]): string {
  const types = new Set(leaks.map(({ type }) => cut(type)));
  return `${numbers(leaks)} (${[...types].join(', ')})`;
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
