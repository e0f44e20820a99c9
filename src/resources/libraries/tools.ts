/** Browsers, workers, watchers, loggers and telemetry. */
import type { LibraryTable } from './library.js';

export const tools: LibraryTable = {};
