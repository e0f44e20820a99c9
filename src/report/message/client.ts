/** What a client of a package, or an object of the user's own, left open: in words. */
import { groupBy } from '../../tracker/group-by.js';
import { isSamePlace, placeKey, type ClientWords, type Leak, type Place } from '../../tracker/leak.js';
import { unbroken } from '../../text/wrap.js';
import { firstLine, layOut, paragraph, type Row } from './layout.js';
import { counts, kinOf, kinText } from './counts.js';
import { allowance, remediesOf, remedyOf } from './remedies.js';
import { countOf, doubts, during, eventWords, hasArticle, scopeWords } from './words.js';
import { calledFrom, calledHere, callersOf, isInFileOf, ownerRow } from './way.js';

/** "by pg, pg-pool"; nothing if it says nothing new. */
function openersOf(leaks: readonly Leak[], client: ClientWords | undefined): string | undefined {
  const names = [...new Set(leaks.flatMap((leak) => leak.package ?? []))];
  return names.length === 0 || (names.length === 1 && names[0] === client?.package)
    ? undefined
    : `by ${names.join(', ')}`;
}

function headline(leak: Leak): string {
  const { client, construction, owner, closing } = leak;
  const all = counts([leak]);
  if (client === undefined) return `${construction!.text} left something open ${scopeWords(owner)}: ${all}`;
  const { noun, count = 1 } = client;
  const event = eventWords(leak, closing === undefined ? 'left running' : 'opened');
  if (count === 1) return `${noun} was ${event}: ${all}`;
  return hasArticle(noun)
    ? `${countOf(count, noun)} were ${event}: ${all}`
    : `${noun} was ${event}, ${count} times: ${all}`;
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
function wayRows(leak: Leak, head: Place | undefined, calls: readonly Place[]): Row[] {
  const { chain, closing, construction, owner } = leak;
  const links = chain.filter(({ place }) => place !== undefined && !isSamePlace(place, head));
  const shown = [
    ...(closing === undefined ? [] : [{ text: 'closing here', place: closing.place }]),
    ...(construction === undefined && calls.length === 0 ? calledHere(leak) : []),
    ...links.map(({ noun, place }) => ({ text: `because of ${noun}`, place })),
  ];
  const places = [head, ...calls, ...shown.map(({ place }) => place)];
  return isInFileOf(owner, places) ? shown : [...shown, ...ownerRows(leak)];
}

/** The owner, with each of its lines that came to the line of the client. */
function ownerRows(leak: Leak): Row[] {
  const rows = [leak, ...leak.others]
    .filter(({ place, owner }) => isSamePlace(place, leak.place) && owner.name === leak.owner.name)
    .map(ownerRow);
  const lines = [...groupBy(rows, ({ place }) => place && placeKey(place)).values()].map(([row]) => row!);
  return lines.length < 2
    ? [ownerRow(leak)]
    : lines.map((row, i) => (i === 0 ? row : { ...row, text: 'and here' }));
}

/** The parts of the message; `root` is what paths are relative to. */
export function clientParts(leak: Leak, root: string): string[] {
  const { client, construction } = leak;
  const leaks = [leak, ...leak.others];
  const head = construction?.place ?? leak.place ?? leak.owner.definition;
  const call = construction?.text ?? client!.call ?? client!.package;
  const isOfHead = ({ place, kind }: Leak): boolean => kind === 'handle' && isSamePlace(place, head);
  const calls = client?.count === undefined ? [] : callersOf(leaks.filter(isOfHead));
  const rows = [
    { text: call, place: head },
    ...memberRows(leaks, client, head, root),
    ...wayRows(leak, head, calls),
  ];
  const parts = [firstLine(headline(leak)), layOut(rows, root)];
  if (calls.length > 0) parts.push(calledFrom(calls, root));
  const say = (text: string): void => void parts.push(paragraph(text));
  for (const doubt of doubts(leak, 'opened')) say(doubt);
  for (const sentence of during(leaks, 'opened')) say(sentence);
  if (leak.place === undefined && leak.closing === undefined) {
    const at = leak.frames[0] === undefined ? '' : ` (${unbroken(inPackages(leak.frames[0]))})`;
    say(`Which of your lines opened it is not known; ${leak.package ?? client!.package} did${at}.`);
  }
  if (client === undefined) parts.push(remediesOf(leaks));
  else if (leak.closing !== undefined)
    say(
      `Await ${unbroken(leak.closing.text)}, and let nothing of it run any more before. If it is ${client.package} that does, allow it: ${allowance(client.package)}.`,
    );
  else say(remedyOf(client, leak));
  return parts;
}

/** "@redis/client/dist/socket.js:235:49": as it lies in `node_modules`. */
const inPackages = ({ file, line, column }: Place): string =>
  `${file.replace(/^.*[\\/]node_modules[\\/]/, '')}:${line}:${column}`;
