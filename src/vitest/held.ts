/** What keeps Vitest's main process from exiting, at the lines that users have written. */
import { SourceMap, type SourceMapPayload } from 'node:module';
import type { Vitest } from 'vitest/node';

import { stillOpen, type Opened } from '../process/opened.js';
import type { Place } from '../tracker/leak.js';
import { roleInMain } from './packages.js';

/** What is open, if it was followed. */
export function heldIn(vitest: Vitest): Opened[] | undefined {
  return stillOpen(roleInMain)?.map((opened) => inSource(opened, vitest));
}

/** Where Vite writes a configuration that it has bundled; it keeps no source map of it. */
const BUNDLED = /[\\/]node_modules[\\/]\.vite-temp[\\/](.+)\.timestamp-[^\\/]+$/;

function inSource(opened: Opened, vitest: Vitest): Opened {
  const { place } = opened;
  if (place === undefined) return opened;
  const config = BUNDLED.exec(place.file)?.[1];
  if (config !== undefined) return { ...opened, place: undefined, package: config };
  return { ...opened, place: mapped(place, vitest) };
}

/** A global setup runs as Vite has transformed it. Vite knows its source map for as long as the process lives. */
function mapped(place: Place, { projects, vite }: Vitest): Place {
  const servers = new Set([vite, ...projects.map((project) => project.vite)]);
  for (const { environments } of servers) {
    for (const { moduleGraph } of Object.values(environments)) {
      const map = moduleGraph.getModuleById(place.file.replaceAll('\\', '/'))?.transformResult?.map;
      if (map === undefined || map === null || !('version' in map)) continue;
      const entry = new SourceMap(map as unknown as SourceMapPayload).findEntry(
        place.line - 1,
        place.column - 1,
      );
      if ('originalLine' in entry)
        return { ...place, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
    }
  }
  return place;
}
