/** One cause: what opened it, what to do, in which tests, and what each leak did. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { PageData, PageLeak, PageSource } from '../page-data.js';
import { count, livedFor, nameOfFile, openedAt, STATUSES, type ShownCause } from './model.js';

/** The most leaks that are listed at once. */
const AT_ONCE = 50;

interface DetailsProps {
  data: PageData;
  shown: ShownCause | undefined;
  /** The index of the leak that the reader looks at; -1 for the first. */
  leak: number;
  select: (cause: number, leak?: number) => void;
}

export function Details({ data, shown, leak: selected, select }: DetailsProps) {
  if (shown === undefined) return <section class="details none">No cause to show.</section>;
  const { cause, index, leaks } = shown;
  const leak = leaks.find((each) => data.leaks[selected] === each) ?? leaks[0]!;
  const stack = data.texts[leak.stack]!;
  return (
    <section class="details" aria-label="Details" key={index}>
      <h2>
        {cause.probably !== '' && 'probably '}
        <code>{cause.place}</code>
        <a
          class="anchor"
          href={`#${encodeURI(cause.id)}`}
          aria-label="Link to this cause"
          title="Link to this cause"
        >
          #
        </a>
      </h2>
      <ul class="what">
        {cause.what.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      {cause.remedies.map((text) => (
        <p class="remedy" key={text}>
          {text}
        </p>
      ))}
      {cause.source !== undefined && <Source source={cause.source} />}
      {[...(leaks.length > 1 ? cause.where : []), ...cause.callers, cause.aftermath]
        .filter(Boolean)
        .map((text) => (
          <p class="fact" key={text}>
            {text}
          </p>
        ))}
      <h3>
        {leak.owner} <span class="file">{nameOfFile(data, leak.file)}</span>
      </h3>
      <pre class="message" tabIndex={0} aria-label="What the test was told">
        {data.texts[leak.message]}
      </pre>
      {leak.reason !== undefined && <p class="fact">Allowed because: {leak.reason}</p>}
      {leak.during.length > 0 && (
        <details>
          <summary>
            {count(leak.fired, 'callback')} after its test, during {count(leak.during.length, 'test')}
          </summary>
          <ul class="during">
            {leak.during.map((at) => (
              <li key={at}>{data.texts[at]}</li>
            ))}
          </ul>
        </details>
      )}
      {leak.others.length > 0 && <Members data={data} leak={leak} />}
      {stack !== '' && (
        <details>
          <summary>Stack</summary>
          <pre tabIndex={0} aria-label="Stack">
            {stack}
          </pre>
        </details>
      )}
      <Leaks
        data={data}
        leaks={leaks}
        selected={leak}
        select={(each) => select(index, data.leaks.indexOf(each))}
      />
    </section>
  );
}

/** What keys do. */
export function Keys() {
  return (
    <footer class="keys">
      <details>
        <summary>Keys</summary>
        <dl>
          <dt>j k</dt>
          <dd>next, previous cause</dd>
          <dt>/</dt>
          <dd>search</dd>
          <dt>Esc</dt>
          <dd>leave the search; choose no cause</dd>
          <dt>+ − 0 ← →</dt>
          <dd>
            zoom and move the timeline, if it has the focus; also by the wheel with Ctrl, and by dragging
          </dd>
        </dl>
      </details>
    </footer>
  );
}

interface TableProps {
  label: string;
  heads: readonly string[];
  children: ComponentChildren;
}

/** A table that scrolls by itself, also by keyboard. */
function Table({ label, heads, children }: TableProps) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={label}>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th scope="col" key={head}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** What is told together, in time. */
function Members({ data: { texts, files }, leak }: { data: PageData; leak: PageLeak }) {
  const { times, others, size, label } = leak;
  const rest = size - 1 - others.length;
  return (
    <details>
      <summary>{count(size, 'resource')} in time</summary>
      <Table label="Resources in time" heads={['resource', 'opened', 'open for', 'callbacks']}>
        {[{ ...times!, label }, ...others].map((each, i) => (
          <tr key={i}>
            <td>{texts[each.label]}</td>
            <td class="number">{openedAt(each)}</td>
            <td class="number">{livedFor(each, leak, files)}</td>
            <td class="number">{each.callbacks.length || ''}</td>
          </tr>
        ))}
      </Table>
      {rest > 0 && <p class="fact">{count(rest, 'more resource')}</p>}
    </details>
  );
}

function Source({ source: { file, line: from, at, lines } }: { source: PageSource }) {
  return (
    <figure class="source">
      <figcaption>{file}</figcaption>
      <pre tabIndex={0} aria-label={`Lines of ${file}`}>
        {lines.map((text, i) => (
          <span key={i} class={from + i === at ? 'line at' : 'line'}>
            <span class="number">
              {from + i === at ? '❯' : ' '}
              {String(from + i).padStart(5)}
            </span>
            {` ${text}\n`}
          </span>
        ))}
      </pre>
    </figure>
  );
}

interface LeaksProps {
  data: PageData;
  leaks: readonly PageLeak[];
  selected: PageLeak;
  select: (leak: PageLeak) => void;
}

function Leaks({ data, leaks, selected, select }: LeaksProps) {
  const [limit, setLimit] = useState(AT_ONCE);
  useEffect(() => setLimit(AT_ONCE), [leaks[0]?.cause]);
  const rest = leaks.length - limit;
  // A column that says the same of all, or nothing, only takes room.
  const isTimed = leaks.some(({ times }) => times !== undefined);
  const isMixed = new Set(leaks.map(({ status }) => status)).size > 1;
  const hasOthers = leaks.some(({ size }) => size > 1);
  const hasFired = leaks.some(({ fired }) => fired > 0);
  const heads = [
    'in',
    'file',
    ...(isMixed ? ['status'] : []),
    ...(hasOthers ? ['resources'] : []),
    ...(isTimed ? ['opened', 'open for'] : []),
    ...(hasFired ? ['callbacks'] : []),
  ];
  return (
    <>
      <Table label="Leaks of this cause" heads={heads}>
        {leaks.slice(0, limit).map((leak, i) => (
          <tr key={i} class={leak === selected ? 'selected' : ''}>
            <td>
              <button
                type="button"
                class="link"
                aria-pressed={leak === selected}
                onClick={() => select(leak)}
              >
                {leak.owner}
              </button>
            </td>
            <td>{nameOfFile(data, leak.file)}</td>
            {isMixed && (
              <td>
                <span class={`status ${leak.status}`}>{STATUSES[leak.status]}</span>
              </td>
            )}
            {hasOthers && <td class="number">{leak.size}</td>}
            {isTimed && <td class="number">{openedAt(leak.times)}</td>}
            {isTimed && <td class="number">{livedFor(leak.times, leak, data.files)}</td>}
            {hasFired && <td class="number">{leak.fired || ''}</td>}
          </tr>
        ))}
      </Table>
      {rest > 0 && (
        <button type="button" class="more" onClick={() => setLimit(limit + 10 * AT_ONCE)}>
          {count(rest, 'more leak')}
        </button>
      )}
    </>
  );
}
