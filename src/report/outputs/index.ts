/** Outputs of runs, as the option `outputFile` writes them: made of records; and read, checked, merged, and taken for records again. */
export { merge, type Named } from './merge.js';
export { readOutput } from './read.js';
export { toRecords } from './to-records.js';
