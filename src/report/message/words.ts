/** Leaks, places and names in a few words. */
import { relative, sep } from 'node:path';

import { cut, list, quotedAll } from '../../text/names.js';
import type { Leak, Owner, Place } from '../../tracker/leak.js';

/** "src/pool.ts", relative to `root`; "../test/pool.ts" as frameworks show it, unless the absolute path is shorter. */
export function formatPath(file: string, root: string): string {
  const path = relative(root, file);
  return path === '' || (path.startsWith('..') && path.length >= file.length)
    ? file
    : path.split(sep).join('/');
}

/** "src/pool.ts:31:22". */
export function formatPlace({ file, line, column }: Place, root: string): string {
  return `${formatPath(file, root)}:${line}:${column}`;
}

export function scopeWords(owner: Owner): string {
  switch (owner.kind) {
    case 'test':
      return owner.hook ? `in ${owner.hook} of this test` : 'in this test';
    case 'suite':
      return `in ${owner.hook ?? 'a hook'} of "${cut(owner.name)}"`;
    case 'file':
      return owner.hook ? `in ${owner.hook} of this file` : 'at the top level of this file';
  }
}

/** What became of a resource in its scope: "probably opened somewhere in this test", "opened again, or still, …". */
export function eventWords({ probably, place, closing, owner }: Leak, event: string): string {
  if (closing !== undefined)
    return `${event} again, or still, ${scopeWords(owner)}, while \`${closing.text}\` was closing`;
  const where = place === undefined ? 'somewhere ' : '';
  return `${probably ? 'probably ' : ''}${event} ${where}${scopeWords(owner)}`;
}

/** What is not known for certain of whose it is, and of its place. */
export const doubts = ({ unattributed, probably }: Leak, made: string): string[] => [
  ...(unattributed ? ['Several tests were running; it is not known which one it belongs to.'] : []),
  ...(probably ? [`None of your lines ${made} it directly; this is the nearest call.`] : []),
];

/** During which tests it was created, if all of it belongs to a suite or a file, and a handler of their server created it. */
export function during(leaks: readonly Leak[], made: string): string[] {
  const names = new Set(leaks.map((leak) => leak.during));
  if (names.has(undefined)) return [];
  const tests = list(quotedAll([...names] as string[]), LONGEST_LIST);
  return [`${leaks.length === 1 ? 'It was' : 'They were'} ${made} during ${tests}.`];
}

/** The most characters of names of tests. */
const LONGEST_LIST = 160;

export const hasArticle = (noun: string): boolean => /^an? /.test(noun);
export const withoutArticle = (noun: string): string => noun.replace(/^an? /, '');

/** "socket 127.0.0.1:40522 → 127.0.0.1:5432", or what it is without an article: "timer". */
export function labelOf(
  { noun, details, type }: Pick<Leak, 'noun' | 'details' | 'type'>,
  root: string,
): string {
  const { path, label = withoutArticle(noun === 'an async resource' ? type : noun) } = details;
  // A path is of use only as a whole.
  return path === undefined ? cut(label) : label.replace(path, () => formatPath(path, root));
}

/** "2 TCP sockets", "a child process". */
export function countOf(n: number, noun: string): string {
  if (n === 1) return noun;
  const one = withoutArticle(noun);
  // The first noun of "a generation of a key pair", the last of "a child process".
  const [, head = one, rest = ''] = /^(.*?)( (?:of|for|to|from|in|with|by) .*|,.*| \(.*)?$/.exec(one) ?? [];
  return `${n} ${head}${/(?:s|x|z|ch|sh)$/.test(head) ? 'es' : 's'}${rest}`;
}

/** "50 ms", "2 s". */
export function formatDelay(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${Math.round(ms / 100) / 10} s`;
}

export function ownerWords(owner: Owner): string {
  const name = cut(owner.name);
  if (owner.kind === 'test') return `${owner.hook ? `${owner.hook} of ` : ''}test "${name}"`;
  const hook = owner.hook ?? 'the top level';
  return owner.kind === 'suite' ? `${hook} of "${name}"` : `${hook} of the file`;
}

/** "Object.<anonymous>" says nothing, and "Object.setTimeout" is what source maps make of it. */
export function shortName(name: string): string {
  return name.includes('<anonymous>') || name.startsWith('Object.') ? '' : name.replace(/ \[as .*\]$/, '');
}
