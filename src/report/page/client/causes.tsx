/** The list of causes, in the order of their tests. */
import { useEffect, useRef, useState } from 'preact/hooks';

import { count, STATUSES, worst, type ShownCause } from './model.js';

/** More than this are drawn only as the reader comes to them. */
const AT_ONCE = 100;

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
    const { current } = list;
    const chosen = current?.querySelector('[aria-current]')?.parentElement;
    if (!current || !chosen) return;
    // Only the list, not the page.
    const above = chosen.offsetTop - current.scrollTop;
    const below = above + chosen.offsetHeight - current.clientHeight;
    if (above < 0) current.scrollTop += above;
    else if (below > 0) current.scrollTop += below;
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
