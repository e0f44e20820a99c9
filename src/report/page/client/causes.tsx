/** The list of causes, in the order of their tests. */
import { useEffect, useRef, useState } from 'preact/hooks';

import { count, STATUSES, worst, type ShownCause } from './model.js';

/** More than this are drawn only as the reader comes to them. */
const AT_ONCE = 100;

/** How much of the list must be in sight, in pixels, to show what is chosen there. */
const LEAST_IN_SIGHT = 200;

interface CausesProps {
  shown: readonly ShownCause[];
  selected: number;
  select: (index: number) => void;
}

export function Causes({ shown, selected, select }: CausesProps) {
  const [limit, setLimit] = useState(AT_ONCE);
  const more = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLElement>(null);
  const at = shown.findIndex(({ index }) => index === selected);
  const many = Math.max(limit, at + 1);

  useEffect(() => {
    const { current } = more;
    if (current === null) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setLimit(many + AT_ONCE);
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [many]);

  useEffect(() => {
    let frames = 3;
    let next = 0;
    // Those out of sight get their real height only as they come into sight, and move it.
    const show = (): void => {
      if (list.current !== null) showChosen(list.current);
      if (--frames > 0) next = requestAnimationFrame(show);
    };
    show();
    return () => cancelAnimationFrame(next);
  }, [selected]);

  useEffect(() => {
    const all = (): void => setLimit(Infinity);
    addEventListener('beforeprint', all);
    return () => removeEventListener('beforeprint', all);
  }, []);

  const rest = shown.length - many;
  return (
    <nav id="causes" class="causes" aria-label="Causes" tabIndex={-1} ref={list}>
      {shown.length === 0 && <p class="none">No cause is like that.</p>}
      <ol>
        {shown.slice(0, many).map((each) => (
          <Cause key={each.index} shown={each} isSelected={each.index === selected} select={select} />
        ))}
      </ol>
      {rest > 0 && (
        <button type="button" class="more" ref={more} onClick={() => setLimit(many + AT_ONCE)}>
          {count(rest, 'more cause')}
        </button>
      )}
    </nav>
  );
}

/** Scrolls the list, but not the page, so that the chosen cause is in sight; also if only the head of the list is. */
function showChosen(list: HTMLElement): void {
  const chosen = list.querySelector('[aria-current]')?.getBoundingClientRect();
  if (chosen === undefined) return;
  const { top, bottom, height } = list.getBoundingClientRect();
  const lowest = innerHeight - top > LEAST_IN_SIGHT ? Math.min(bottom, innerHeight) : bottom;
  if (chosen.top >= top && chosen.bottom <= lowest) return;
  list.scrollTop += chosen.top - top - Math.min(height, lowest - top) / 8;
}

function Cause({
  shown: { index, cause, leaks },
  isSelected,
  select,
}: {
  shown: ShownCause;
  isSelected: boolean;
  select: (index: number) => void;
}) {
  const status = worst(leaks);
  const tests = new Set(leaks.map(({ file, owner, times }) => `${file} ${times?.test} ${owner}`)).size;
  return (
    <li>
      <a
        href={`#${encodeURI(cause.id)}`}
        aria-current={isSelected ? 'true' : undefined}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          select(index);
        }}
      >
        <span class="where">
          {cause.probably !== '' && 'probably '}
          <code>{cause.place}</code> {cause.name !== '' && <span class="name">{cause.name}</span>}
        </span>
        <span class="what">{cause.what.join('; ')}</span>
        <span class="tags">
          <span class={`status ${status}`}>{STATUSES[status]}</span>
          <span>{leaks.length === 1 ? leaks[0]!.owner : count(tests, 'test')}</span>
          {cause.package !== '' && <span class="package">{cause.package}</span>}
        </span>
        <span class="remedy">{cause.remedies.join(' ')}</span>
      </a>
    </li>
  );
}
