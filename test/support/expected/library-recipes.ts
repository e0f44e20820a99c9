/** Writes `docs/libraries.md` from the tables of libraries. */
import type { LibraryTable } from '../../../src/resources/libraries/library.ts';
import { tables } from '../../../src/resources/libraries/index.ts';

const titles: Record<keyof typeof tables, string> = {
  databases: 'Databases and caches',
  queues: 'Queues, brokers and schedulers',
  servers: 'Servers and builds',
  clients: 'Clients of HTTP and of services',
  tools: 'Browsers, pools, watchers, loggers',
  dom: 'The DOM',
};
const parts = Object.entries(titles).map(
  ([name, title]) => [title, tables[name as keyof typeof tables]] as const,
);

const cell = (text: string): string => text.replaceAll('|', '\\|');

function* rowsOf(table: LibraryTable): Generator<string> {
  for (const [name, row] of Object.entries(table)) {
    for (const { noun, ends } of [row, ...Object.values(row.of ?? {})])
      yield `| \`${name}\` | ${cell(noun ?? row.noun ?? name)} | ${cell(ends)} |`;
  }
}

/** @returns the page. */
export const wordRecipes = (): string => `# Libraries

What well-known packages leave open if you forget them, and what ends it. A report names the package that your code called, and says
what stands here. Each line is proven by a pair of tests in \`fixtures/libraries\`: one that forgets it, and one that does what the
line says and nothing else.

For any other package, a report names your call. Look for \`close()\`, \`stop()\`, \`end()\`, \`destroy()\`, \`disconnect()\` or
\`dispose()\` of what that call returned or belongs to. If there is none, [allow it](allowances.md):
\`allowLingering({ package: 'some-package' })\`.

This page is generated from the tables in \`src/resources/libraries\`. To generate it again, run
\`npx vitest run --project unit test/unit/libraries.test.ts -u\`.
${parts
  .map(
    ([title, table]) => `
## ${title}

| Package | What is left | Close it |
| --- | --- | --- |
${[...rowsOf(table)].join('\n')}
`,
  )
  .join('')}`;
