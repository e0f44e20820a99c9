/** Servers, their frameworks, and what builds and serves for development. */
import type { LibraryTable } from './library.js';

export const servers: LibraryTable = {};
