/**
 * What well-known packages make, and what ends it: one row for each. Each row is proven by a pair of fixtures: one that forgets
 * it, and one that does what the row says and nothing else.
 */
import { clients } from './clients.js';
import { databases } from './databases.js';
import { dom } from './dom.js';
import type { Library, LibraryTable } from './library.js';
import { queues } from './queues.js';
import { servers } from './servers.js';
import { tools } from './tools.js';

export type { Library } from './library.js';

/** The tables, by what they are of. */
export const tables: Readonly<
  Record<'databases' | 'queues' | 'servers' | 'clients' | 'tools' | 'dom', LibraryTable>
> = { databases, queues, servers, clients, tools, dom };

export const libraries: LibraryTable = Object.assign({}, ...Object.values(tables));

/** The package that each member of a family speaks as; a whole scope by "@scope/". Most files need none. */
let heads: ReadonlyMap<string, string> | undefined;

function readFamilies(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(libraries).flatMap(([name, { family = [] }]) =>
      family.map((member) => [member.replace(/\*$/, ''), name] as const),
    ),
  );
}

/** The package that users know a package as: itself, or the head of its family. */
export function headOf(name: string): string {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/') + 1) : undefined;
  heads ??= readFamilies();
  return heads.get(name) ?? (scope === undefined ? undefined : heads.get(scope)) ?? name;
}

/** The row of a package, or of the head of its family. */
export const libraryOf = (name: string): Library | undefined => libraries[headOf(name)];
