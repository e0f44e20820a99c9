/** What a client of a package, or an object of the user's own, left open: in words. */
import { isSamePlace, type ClientWords, type Leak, type Place } from '../tracker/leak.js';
import { unbroken, wrap } from '../text/wrap.js';
import { groupBy } from '../tracker/group-by.js';
import { layOut, LONGEST_LINE, type Row } from './layout.js';
import { countOf, cut, formatDelay, labelOf, ownerWords, scopeWords, withoutArticle } from './words.js';

/** Resources that are told by their number. */
interface Kin {
  readonly leaks: readonly Leak[];
  readonly noun: string;
}

/** Resources of the same type and noun; what one line opened, or a client of another package, stands apart. */
function kinOf(leaks: readonly Leak[], isApart: (leak: Leak) => unknown): Kin[] {
  const groups = groupBy(leaks, (leak) => JSON.stringify([leak.type, leak.noun, isApart(leak)]));
  return [...groups.values()].map((own) => ({ leaks: own, noun: own[0]!.noun }));
}

/** "2 TCP sockets, 6 intervals and a timer (TCPWRAP, Timeout)". */
function counts(leaks: readonly Leak[]): string {
  const ends = leaks.filter(({ accepted }) => !accepted);
  const all = kinOf(ends.length > 0 ? ends : leaks, () => undefined).map((kin) =>
    countOf(kin.leaks.length, kin.noun),
  );
  return `${all.join(', ')} (${[...new Set(leaks.map(({ type }) => cut(type)))].join(', ')})`;
}

const range = (values: readonly number[]): string => {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (least === most) return formatDelay(least);
  const [from, to] = [formatDelay(least), formatDelay(most)];
  return from.endsWith(to.slice(to.indexOf(' ')))
    ? `${from.slice(0, from.indexOf(' '))} to ${to}`
    : `${from} to ${to}`;
};

/** "2 TCP sockets → 127.0.0.1:5432", "6 intervals, every 2 to 60 s", "server 127.0.0.1:3000". */
export function kinText({ leaks, noun }: Kin, root: string): string {
  const delays = leaks.flatMap(({ details: { delay } }) => delay ?? []);
  if (leaks.every(({ accepted }) => accepted))
    return `accepted by the server: ${withoutArticle(countOf(leaks.length, noun))}`;
  const text = withoutArticle(countOf(leaks.length, noun));
  if (delays.length === leaks.length)
    return `${text}, ${leaks[0]!.details.repeats ? 'every ' : ''}${range(delays)}`;
  const remotes = new Set(leaks.map(({ details }) => details.remote));
  const [remote] = remotes;
  if (remotes.size === 1 && remote !== undefined) return `${text} → ${remote}`;
  return leaks.length === 1 ? labelOf(leaks[0]!, root) : text;
}

/** "by pg, pg-pool"; nothing if it says nothing new. */
function openersOf(leaks: readonly Leak[], client: ClientWords | undefined): string | undefined {
  const names = [...new Set(leaks.flatMap((leak) => leak.package ?? []))];
  return names.length === 0 || (names.length === 1 && names[0] === client?.package)
    ? undefined
    : `by ${names.join(', ')}`;
}

function headline(leak: Leak, leaks: readonly Leak[]): string {
  const { client, construction, owner } = leak;
  if (client === undefined)
    return `${construction!.text} left something open ${scopeWords(owner)}: ${counts(leaks)}`;
  const probably = leak.probably ? 'probably ' : '';
  if (leak.closing !== undefined)
    return `${client.noun} was opened again, or still, ${scopeWords(owner)}, while \`${leak.closing.text}\` was closing: ${counts(leaks)}`;
  const somewhere = leak.place === undefined ? 'somewhere ' : '';
  return `${client.noun} was ${probably}left running ${somewhere}${scopeWords(owner)}: ${counts(leaks)}`;
}

/** What is under a head, each in a row: with its place if that is another line that opened a handle. */
function memberRows(
  leaks: readonly Leak[],
  client: ClientWords | undefined,
  head: Place | undefined,
  root: string,
): Row[] {
  const placeOf = (leak: Leak): Place | undefined => {
    const isShown = leak.kind === 'handle' || leak.client !== undefined || client === undefined;
    return isShown && !isSamePlace(leak.place, head) ? leak.place : undefined;
  };
  const own = (leak: Leak): ClientWords | undefined =>
    leak.client?.package === client?.package ? undefined : leak.client;
  const kin = kinOf(leaks, (leak) => [
    placeOf(leak)?.file,
    placeOf(leak)?.line,
    own(leak)?.noun,
    leak.accepted,
  ]);
  return kin.map((each, i) => {
    const [first] = each.leaks;
    const other = own(first!);
    return {
      text: `${i === kin.length - 1 ? '└' : '├'} ${other === undefined ? '' : `${other.noun}: `}${kinText(each, root)}`,
      by: openersOf(each.leaks, other ?? client),
      place: placeOf(first!),
    };
  });
}

/** Why it exists: the user's lines between the head and the scope. */
function wayRows(leak: Leak, head: Place | undefined): Row[] {
  const { owner, caller } = leak;
  const links = leak.chain.filter(({ place }) => place !== undefined && !isSamePlace(place, head));
  const line = owner.place ?? owner.definition;
  const shown = [
    ...(leak.closing === undefined ? [] : [{ text: 'closing here', place: leak.closing.place }]),
    ...(caller !== undefined && leak.construction === undefined
      ? [{ text: 'called here', place: caller }]
      : []),
    ...links.map(({ noun, place }) => ({ text: `because of ${noun}`, place })),
  ];
  const isTold = [head, ...shown.map(({ place }) => place)].some(
    (place) => place !== undefined && place.file === line?.file,
  );
  return isTold ? shown : [...shown, { text: `because of ${ownerWords(owner)}`, place: line }];
}

const allowance = (name: string): string => unbroken(`allowLingering({ package: '${name}' })`);

/** What to look into, for want of a better word: "what connect() returned, or belongs to". */
function subjectOf({ call, package: name }: ClientWords): string {
  const callee = call?.replace(/\(.*$/s, '');
  if (callee === undefined) return `what you have of ${name}`;
  return callee.startsWith('new ') ? `that ${callee.slice(4)}` : `what ${callee}() returned, or belongs to`;
}

/** What ends it, or what else can be done. */
function remedyOf(client: ClientWords, leaks: readonly Leak[]): string {
  const { package: name, ends, closed } = client;
  const what = counts(leaks).replace(/ \([^)]*\)$/, '');
  const wait = `Await what is under way before you close it, or allow it: ${allowance(name)}.`;
  if (closed === 'asked') return `It has been closed, but left ${what}. ${wait}`;
  const close =
    ends === undefined
      ? `look for close(), stop(), end(), destroy(), disconnect() or dispose() of ${subjectOf(client)}`
      : ends;
  if (closed === 'ended') return `Close it: ${close}. If you did, it left ${what}: ${wait.replace('A', 'a')}`;
  return ends === undefined
    ? `Close it: ${close}. If there is none, allow it: ${allowance(name)}.`
    : `Close it: ${close}.`;
}

/** What ends each of the things that an object of the user's own opened. */
function remediesOf(leaks: readonly Leak[]): string {
  const lines = kinOf(leaks, ({ client, remedy }) => client?.noun ?? remedy).map(
    ({ leaks: [first], noun }) => {
      const { client, remedy } = first!;
      const ends = client === undefined ? remedy : `${client.ends ?? 'close(), end() or the like'}.`;
      return wrap(`    ${withoutArticle(client?.noun ?? noun)}: ${ends}`, LONGEST_LINE).join('\n');
    },
  );
  return ['  Close each:', ...lines].join('\n');
}

/** The parts of the message; `root` is what paths are relative to. */
export function clientParts(leak: Leak, root: string): string[] {
  const { client, construction } = leak;
  const leaks = [leak, ...leak.others];
  const head = construction?.place ?? leak.place ?? leak.owner.definition;
  const call = construction?.text ?? client!.call ?? client!.package;
  const rows = [
    { text: call, place: head },
    ...memberRows(leaks, client, head, root),
    ...wayRows(leak, head),
  ];
  const parts = [headline(leak, leaks), layOut(rows, root)];
  const say = (text: string): void => void parts.push(wrap(`  ${text}`, LONGEST_LINE).join('\n'));
  if (leak.unattributed) say('Several tests were running; it is not known which one it belongs to.');
  if (leak.probably) say('None of your lines opened it directly; this is the nearest call.');
  if (leak.place === undefined && leak.closing === undefined) {
    const at = leak.frames[0] === undefined ? '' : ` (${unbroken(inPackages(leak.frames[0]))})`;
    say(`Which of your lines opened it is not known; ${leak.package ?? client!.package} did${at}.`);
  }
  if (client === undefined) parts.push(remediesOf(leaks));
  else if (leak.closing !== undefined)
    say(
      `Await ${unbroken(leak.closing.text)}, and let nothing of it run any more before. If it is ${client.package} that does, allow it: ${allowance(client.package)}.`,
    );
  else say(remedyOf(client, leaks));
  return parts;
}

/** "@redis/client/dist/socket.js:235:49": as it lies in `node_modules`. */
const inPackages = ({ file, line, column }: Place): string =>
  `${file.replace(/^.*[\\/]node_modules[\\/]/, '')}:${line}:${column}`;
