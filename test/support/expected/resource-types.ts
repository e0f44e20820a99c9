/** Writes `docs/resource-types.md` from the table of kinds. */
import { embedder, kinds, type Kind, type Row, unknown } from '../../../src/resources/kinds.ts';
import { animationFrame, fakeClock } from '../../../src/resources/simulated-kinds.ts';

const sections: Record<Kind, { title: string; leaks: string; columns: [string, string, string] }> = {
  timer: {
    title: 'Timers',
    leaks:
      'A timer leaks if it is still running, and ref’d, after its scope. The verdict waits for timers that fire within the grace.',
    columns: ['Type', 'What it is', 'Close it'],
  },
  handle: {
    title: 'Handles',
    leaks:
      'A handle leaks if it is still open, and ref’d, after its scope. The verdict waits for handles that are being closed, at most the grace. A fake clock leaks if it holds a callback of its scope.',
    columns: ['Type', 'What it is', 'Close it'],
  },
  request: {
    title: 'Requests',
    leaks: 'A request leaks if it is still in flight after the grace.',
    columns: ['Type', 'What it is', 'End it'],
  },
  embedder: {
    title: 'Resources of libraries, and your own',
    leaks:
      'An `AsyncResource` leaks if it was made with `requireManualDestroy`, nobody called `emitDestroy()`, and something still refers to it. If the garbage collector may end it, it never leaks, however long it is kept. Its name is the type that its maker gave it.',
    columns: ['Type', 'What it is', 'End it'],
  },
  internal: {
    title: 'What never leaks',
    leaks: 'These end by themselves, or async-leaks reports another resource instead.',
    columns: ['Type', 'What it is', 'Why'],
  },
};

const cell = (text: string): string => text.replaceAll('|', '\\|');

function table(rows: readonly (readonly [string, Row])[], columns: readonly string[]): string {
  const body = rows.map(([type, { noun, remedy }]) => `| ${type} | ${cell(noun)} | ${cell(remedy)} |`);
  return [`| ${columns.join(' | ')} |`, `|${columns.map(() => ' --- ').join('|')}|`, ...body].join('\n');
}

/** @returns the whole page, as Markdown. */
export function wordResourceTypes(): string {
  const named = Object.entries(kinds).map(([type, row]) => [`\`${type}\``, row as Row] as const);
  const all = [
    ...named,
    ['`AnimationFrame`', animationFrame] as const,
    ['`FakeClock`', fakeClock] as const,
    ['any', embedder] as const,
    [
      'any other',
      { ...unknown, noun: 'a type of a newer Node or of an addon, if its `hasRef()` says true' },
    ] as const,
  ];
  const parts = (Object.keys(sections) as Kind[]).map((kind) => {
    const { title, leaks, columns } = sections[kind];
    const rows = all.filter(([, row]) => row.kind === kind);
    return `## ${title}\n\n${leaks}\n\n${table(rows, columns)}`;
  });
  const head = [
    '# Resource types',
    'The types of async resources that Node emits: what each one is, when it leaks, and what closes it. The names are Node’s ([`type` of `init`](https://nodejs.org/api/async_hooks.html#type)). `allowLingering` takes the same names.',
    'An unref’d resource is no leak, unless `includeUnref` is on. This page is generated from the table in `src/resources/kinds.ts`. To generate it again, run `npx vitest run --project unit test/unit/tracker/resource-types.test.ts -u`.',
  ];
  return `${[...head, ...parts].join('\n\n')}\n`;
}
