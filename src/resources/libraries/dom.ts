/** What renders into a DOM. */
import type { LibraryTable } from './library.js';

export const dom: LibraryTable = {};
