/** What to call, or what else can be done. */
import type { ClientWords, Leak } from '../../tracker/leak.js';
import { unbroken, wrap } from '../../text/wrap.js';
import { kinOf, numbers } from './counts.js';
import { LONGEST_LINE } from './layout.js';
import { withoutArticle } from './words.js';

export const allowance = (name: string): string => unbroken(`allowLingering({ package: '${name}' })`);

/** What to look into, for want of a better word: "what listen() returned, was given, or belongs to". */
function subjectOf({ call, package: name }: ClientWords): string {
  const callee = call?.replace(/\(.*$/s, '');
  if (callee === undefined) return `what you have of ${name}`;
  if (callee.startsWith('new ')) return `that ${callee.slice(4)}`;
  const given = call === `${callee}()` ? '' : ' was given,';
  return `what ${callee}() returned,${given} or belongs to`;
}

/** What ends it, or what else can be done. */
export function remedyOf(client: ClientWords, leak: Leak): string {
  const { package: name, ends, closed, count } = client;
  const it = count === undefined ? 'it' : 'each';
  const wait = `what is under way before you close it, or allow it: ${allowance(name)}.`;
  if (closed === 'asked') return `It has been closed, but left ${numbers([leak])}. Await ${wait}`;
  const close =
    ends === undefined
      ? `look for close(), stop(), end(), destroy(), disconnect() or dispose() of ${subjectOf(client)}`
      : ends;
  if (closed === 'ended')
    return `Close ${it}: ${close}. If you did, it left ${numbers([leak])}: await ${wait}`;
  return ends === undefined
    ? `Close ${it}: ${close}. If there is none, allow it: ${allowance(name)}.`
    : `Close ${it}: ${close}.`;
}

/** What ends each of the things that an object of the user's own opened: "interval: clearInterval()." */
function endsOf(leaks: readonly Leak[]): string[] {
  return kinOf(leaks, ({ client, remedy }) => client?.noun ?? remedy).map(({ leaks: [first], noun }) => {
    const { client, remedy } = first!;
    const ends = client === undefined ? remedy : `${client.ends ?? 'close(), end() or the like'}.`;
    return `${withoutArticle(client?.noun ?? noun)}: ${ends}`;
  });
}

/** The same, each in a line of its own. */
export function remediesOf(leaks: readonly Leak[]): string {
  const lines = endsOf(leaks).flatMap((each) => wrap(`    ${each}`, LONGEST_LINE));
  return ['  Close each:', ...lines].join('\n');
}

/** What to call for all of a mistake, as a sentence; `between` is put before each thing, if they are several. */
export function remedySentence(leak: Leak, between: ' ' | '\n' = ' '): string {
  if (leak.client !== undefined) return remedyOf(leak.client, leak);
  return leak.construction === undefined
    ? `Close it: ${leak.remedy}`
    : ['Close each:', ...endsOf([leak, ...leak.others])].join(between);
}
