/** What else there is to say of a run, in a few words each: for whatever does not list it as the summary does. */
import { count } from '../../text/names.js';
import type { FileRecord } from '../record.js';
import type { LeakStatus } from '../shown.js';

/** "3 resources left by tests that failed by themselves", "2 known leaks tolerated". */
export function notesOf(records: readonly FileRecord[]): string[] {
  const abandoned = records.reduce((sum, record) => sum + record.abandoned, 0);
  const leaks = records.flatMap((record) => record.leaks);
  const withStatus = (status: LeakStatus): number => leaks.filter((leak) => leak.status === status).length;
  const [allowed, known, recorded] = [withStatus('allowed'), withStatus('known'), withStatus('recorded')];
  return [
    ...(abandoned > 0 ? [`${count(abandoned, 'resource')} left by tests that failed by themselves`] : []),
    ...(allowed > 0 ? [`${count(allowed, 'resource')} allowed to linger`] : []),
    ...(known > 0 ? [`${count(known, 'known leak')} tolerated`] : []),
    ...(recorded > 0 ? [`${count(recorded, 'known leak')} recorded`] : []),
  ];
}
