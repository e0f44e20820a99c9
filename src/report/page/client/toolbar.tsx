/** Search, filters, and the choice of colours. */
import { useMemo } from 'preact/hooks';

import type { LeakStatus } from '../../shown.js';
import type { PageData } from '../page-data.js';
import { count, nameOfFile, NO_FILTER, ORDERS, STATUSES, type Filter, type Order } from './model.js';
import { THEMES, type Theme } from './theme.js';

export function ThemeChoice({ theme, setTheme }: { theme: Theme; setTheme: (theme: Theme) => void }) {
  return (
    <label class="theme">
      Colours{' '}
      <select value={theme} onChange={({ currentTarget }) => setTheme(currentTarget.value as Theme)}>
        {THEMES.map((each) => (
          <option key={each} value={each}>
            {each === 'auto' ? 'as the system' : each}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ToolbarProps {
  data: PageData;
  filter: Filter;
  setFilter: (filter: Filter) => void;
  order: Order;
  setOrder: (order: Order) => void;
  /** How many causes it lets through. */
  found: number;
}

/** What can be chosen; values with their texts. */
type Choices = readonly (readonly [value: string, text: string])[];

const plain = (values: Iterable<string>): Choices =>
  [...new Set(values)]
    .filter(Boolean)
    .toSorted()
    .map((value) => [value, value]);

export function Toolbar({ data, filter, setFilter, order, setOrder, found }: ToolbarProps) {
  const choices = useMemo(() => {
    const statuses = new Set(data.leaks.map(({ status }) => status));
    const files = [...new Set(data.leaks.map(({ file }) => file))];
    return {
      status: (Object.keys(STATUSES) as LeakStatus[]).flatMap((each): Choices =>
        statuses.has(each) ? [[each, STATUSES[each]]] : [],
      ),
      type: plain(data.causes.flatMap(({ types }) => types)),
      package: plain(data.causes.map((cause) => cause.package)),
      file: files.map((file): [string, string] => [String(file), nameOfFile(data, file)]),
    };
  }, [data]);
  const hasOrders = new Set(data.causes.map(({ leaks }) => leaks.length)).size > 1;
  const isFiltered = Object.values(filter).some(Boolean);
  return (
    <search class="toolbar">
      <input
        id="search"
        type="search"
        placeholder="Search places, tests, packages …  ( / )"
        aria-label="Search the causes"
        value={filter.search}
        onInput={({ currentTarget }) => setFilter({ ...filter, search: currentTarget.value })}
      />
      {(['status', 'type', 'package', 'file'] as const).map((name) => (
        <Choice
          key={name}
          name={name}
          choices={choices[name]}
          value={filter[name]}
          onChoice={(value) => setFilter({ ...filter, [name]: value })}
        />
      ))}
      {hasOrders && (
        <select
          aria-label="Order of the causes"
          value={order}
          onChange={({ currentTarget }) => setOrder(currentTarget.value as Order)}
        >
          {(Object.keys(ORDERS) as Order[]).map((each) => (
            <option key={each} value={each}>
              {ORDERS[each]}
            </option>
          ))}
        </select>
      )}
      {isFiltered && (
        <button type="button" onClick={() => setFilter(NO_FILTER)}>
          Clear
        </button>
      )}
      <output aria-live="polite">
        {isFiltered
          ? `${found} of ${count(data.causes.length, 'cause')}`
          : count(data.causes.length, 'cause')}
      </output>
    </search>
  );
}

function Choice({
  name,
  choices,
  value,
  onChoice,
}: {
  name: string;
  choices: Choices;
  value: string;
  onChoice: (value: string) => void;
}) {
  if (choices.length < 2) return null;
  return (
    <select
      aria-label={`Only this ${name}`}
      value={value}
      class={value === '' ? '' : 'active'}
      onChange={({ currentTarget }) => onChoice(currentTarget.value)}
    >
      <option value="">any {name}</option>
      {choices.map(([each, text]) => (
        <option key={each} value={each}>
          {text}
        </option>
      ))}
    </select>
  );
}
