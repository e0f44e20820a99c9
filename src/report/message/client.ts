/** What a client of a package, or an object of the user's own, left open: in words. */
import { isSamePlace, type ClientWords, type Leak, type Place } from '../../tracker/leak.js';
import { unbroken, wrap } from '../../text/wrap.js';
import { layOut, LONGEST_LINE, type Row } from './layout.js';
import { counts, kinOf, kinText } from './counts.js';
import { allowance, remediesOf, remedyOf } from './remedies.js';
import { ownerWords, scopeWords } from './words.js';

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
    ...(leak.helper &&
    caller !== undefined &&
    leak.construction === undefined &&
    !links.some(({ place }) => isSamePlace(place, caller))
      ? [{ text: 'called here', place: caller }]
      : []),
    ...links.map(({ noun, place }) => ({ text: `because of ${noun}`, place })),
  ];
  const isTold = [head, ...shown.map(({ place }) => place)].some(
    (place) => place !== undefined && place.file === line?.file,
  );
  return isTold ? shown : [...shown, { text: `because of ${ownerWords(owner)}`, place: line }];
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
