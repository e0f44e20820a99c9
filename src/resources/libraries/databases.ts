/** Clients of databases and caches, and what is built on them. */
import type { LibraryTable } from './library.js';

export const databases: LibraryTable = {
  pg: {
    noun: 'a pg pool',
    ends: 'await pool.end()',
    of: { Client: { noun: 'a pg client', ends: 'await client.end()' } },
    family: ['pg-pool', 'pg-native'],
    lends: ['Pool.connect'],
  },
};
