/** Clients of HTTP and of services on the web. */
import type { LibraryTable } from './library.js';

export const clients: LibraryTable = {};
