/** What is said of what is pointed at in the timeline. */
import type { PageData } from '../page-data.js';
import type { Hit } from './layout.js';
import { count, formatMs, livedFor, STATUSES } from './model.js';

export function Tip({
  data,
  hit: found,
  x,
  y,
  width,
}: {
  data: PageData;
  hit: Hit;
  x: number;
  y: number;
  width: number;
}) {
  const left = Math.min(x + 12, Math.max(0, width - 330));
  return (
    <div class="tip" style={{ left: `${left}px`, top: `${y + 16}px` }} aria-hidden="true">
      {linesOf(data, found).map((text, i) => (
        <div key={i} class={i === 0 ? 'first' : ''}>
          {text}
        </div>
      ))}
    </div>
  );
}

function linesOf(data: PageData, found: Hit): string[] {
  const { files, causes, texts } = data;
  if (found.kind === 'leak') {
    const { leak } = found.bar;
    const other = leak.others[found.other];
    const cause = causes[leak.cause]!;
    const head = [`in ${leak.owner}`, `open for ${livedFor(other ?? leak.times, leak, files)}`];
    if (other !== undefined)
      return [texts[other.label]!, `told under ${cause.place}`, ...head, ...callbacksLine(other.callbacks)];
    const rest = leak.size - 1 - leak.others.length;
    return [
      cause.place,
      cause.what.join('; '),
      `${head.join(', ')}, ${STATUSES[leak.status]}`,
      ...(leak.others.length > 0 && rest > 0 ? [`${count(rest, 'more resource')} not drawn`] : []),
      ...(leak.fired > 0 ? [`${count(leak.fired, 'callback')} after its test`] : []),
    ];
  }
  const { name: path, times, tests } = files[found.file]!;
  if (found.kind === 'file')
    return [path, `${count(tests.length, 'test')}, ${formatMs(times!.ended - times!.began)}`];
  const [name, began, ended, failed] = tests[found.test]!;
  const own = data.leaks.filter((leak) => leak.file === found.file && leak.times?.test === found.test).length;
  return [
    name,
    path,
    `${formatMs(ended - began)}, from ${formatMs(began)}`,
    ...(failed === 1 ? ['failed by itself'] : []),
    ...(own > 0 ? [count(own, 'leak')] : []),
  ];
}

const callbacksLine = ({ length }: readonly number[]): string[] =>
  length > 0 ? [`${count(length, 'callback')} after its test${length >= 50 ? ', or more' : ''}`] : [];
