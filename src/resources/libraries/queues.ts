/** Queues, brokers and schedulers. */
import type { LibraryTable } from './library.js';

export const queues: LibraryTable = {};
