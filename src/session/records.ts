/** What is recorded of each file that runs in this process: mostly one. */
import type { FileRecord } from '../report/record.js';
import { groupBy } from '../tracker/group-by.js';
import type { Owned, Scope, Tracker } from '../tracker/index.js';
import { fileOf } from '../tracker/resource.js';
import { Recorder, type Ran, type RecorderOptions } from './recorder.js';

export class Records {
  private readonly options: Omit<RecorderOptions, 'file'>;
  private readonly recorders = new Map<Scope, Recorder>();

  /** @param options what all files have in common. */
  constructor(options: Omit<RecorderOptions, 'file'>) {
    this.options = options;
  }

  /** From now on a file, whose scope is named by its path, has a record of its own. */
  add(file: Scope): void {
    this.recorders.set(file, new Recorder({ ...this.options, file: file.name }));
  }

  /** The recorder of the file that a scope is in. */
  of(scope: Scope): Recorder {
    return this.recorders.get(fileOf(scope))!;
  }

  /** Whether the baseline knows all of these leaks. */
  areKnown(owned: readonly Owned[]): boolean {
    const byRecorder = groupBy(owned, ({ scope }) => this.of(scope));
    return [...byRecorder].every(([recorder, own]) => recorder.areKnown(own.map(({ leak }) => leak)));
  }

  /** Everything to report of a file, after its last verdict. `ran` may hold the scopes of other files, too. */
  recordOf(file: Scope, tracker: Tracker, ran: Ran): FileRecord {
    const isOwn = (scope: Scope): boolean => fileOf(scope) === file;
    const isLast = [...this.recorders.keys()].every((each) => each === file || ran.verdicts.has(each));
    const own = { ...ran, scopes: ran.scopes.filter(isOwn), isLast };
    return this.of(file).toRecord(tracker, file, own, isOwn);
  }

  forget(): void {
    for (const recorder of this.recorders.values()) recorder.forget();
  }
}
