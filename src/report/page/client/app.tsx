/** The whole page. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';

import type { PageData } from '../page-data.js';
import { Causes } from './causes.js';
import { Details, Keys } from './details.js';
import { find, formatMs, Haystack, inOrder, NO_FILTER, type Filter, type Order } from './model.js';
import { readPalette, useTheme } from './theme.js';
import { Timeline } from './timeline.js';
import { ThemeChoice, Toolbar } from './toolbar.js';

/** The cause that the address names; -1 for none. */
function linked({ causes }: PageData): number {
  let id = location.hash.slice(1);
  try {
    id = decodeURIComponent(id);
  } catch {
    // then it is none of ours
  }
  return id === '' ? -1 : causes.findIndex((cause) => cause.id === id);
}

/** Not by the address, which names a cause. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('causes')?.focus();
}

export function App({ data }: { data: PageData }) {
  const [filter, setFilter] = useState<Filter>(NO_FILTER);
  const [cause, setCause] = useState(() => linked(data));
  const [leak, setLeak] = useState(-1);
  const { theme, setTheme, version } = useTheme();
  const haystack = useMemo(() => new Haystack(data), [data]);
  const [order, setOrder] = useState<Order>('tests');
  const matching = useMemo(() => find(data, haystack, filter), [data, haystack, filter]);
  const shown = useMemo(() => inOrder(matching, order), [matching, order]);
  const palette = useMemo(readPalette, [version]);

  useEffect(() => {
    const follow = (): void => {
      setCause(linked(data));
      setLeak(-1);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, [data]);

  const select = useCallback(
    (index: number, of = -1) => {
      const id = data.causes[index]?.id ?? '';
      if (decodeURI(location.hash.slice(1)) !== id) history.replaceState(null, '', `#${encodeURI(id)}`);
      setCause(index);
      setLeak(of);
    },
    [data],
  );

  // The listener must see what is on the page now, even if a key follows before the page is painted.
  const now = useRef({ shown, cause });
  now.current = { shown, cause };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target, key } = event;
      const isTyping = /^(?:INPUT|SELECT|TEXTAREA)$/.test((target as Element).tagName);
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (key === '/' && !isTyping) {
        event.preventDefault();
        document.getElementById('search')?.focus();
      } else if (key === 'Escape' && isTyping) (target as HTMLElement).blur();
      else if (key === 'Escape') select(-1);
      else if (!isTyping && (key === 'j' || key === 'k')) {
        const { shown: all, cause: last } = now.current;
        const at = all.findIndex(({ index }) => index === last);
        const next = at < 0 ? 0 : at + (key === 'j' ? 1 : -1);
        const found = all[Math.min(Math.max(next, 0), all.length - 1)];
        if (found !== undefined) select(found.index);
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [select]);

  const current = shown.find(({ index }) => index === cause);
  const times = data.runs.map(({ duration }) => duration).filter((ms) => ms > 0);
  const began = data.runs.map((run) => run.began).find((text) => text !== undefined);
  return (
    <>
      {data.causes.length > 0 && (
        <a class="skip" href="#causes" onClick={skip}>
          To the causes
        </a>
      )}
      <header>
        <div class="title">
          <h1>
            <span class="project">{data.title}</span>{' '}
            <span class="verdict">{data.head === '' ? 'No async leaks' : 'Async leaks'}</span>
          </h1>
          <ThemeChoice theme={theme} setTheme={setTheme} />
        </div>
        {data.head !== '' && <p class="head">{data.head}</p>}
        <p class="notes">
          {data.notes.map((note) => (
            <span key={note}>{note}</span>
          ))}
          {times.length > 0 && <span>{times.map(formatMs).join(', ')}</span>}
          {began !== undefined && <time dateTime={began}>{new Date(began).toLocaleString()}</time>}
        </p>
      </header>
      <Timeline
        data={data}
        shown={shown}
        cause={current === undefined ? -1 : cause}
        leak={leak}
        palette={palette}
        select={select}
      />
      {data.causes.length > 0 && (
        <>
          <Toolbar
            data={data}
            filter={filter}
            setFilter={setFilter}
            order={order}
            setOrder={setOrder}
            found={shown.length}
          />
          <main>
            <Causes key={JSON.stringify([filter, order])} shown={shown} selected={cause} select={select} />
            <Details data={data} shown={current ?? shown[0]} leak={leak} select={select} />
          </main>
          <Keys />
        </>
      )}
      {data.causes.length === 0 && (
        <main class="empty">
          <p>Every test closed what it had opened.</p>
        </main>
      )}
    </>
  );
}
