/** An output taken for the records that it was made of, as far as a summary needs them. */
import type { Leak } from '../../tracker/leak.js';
import type { Output, OutputLeak } from './output.js';
import { outcomeOf, silentRecord, type FileRecord, type RecordedLeak } from '../record.js';

/** One record for each test file, in the order of `testFiles`. */
export function toRecords({ testFiles, leaks }: Output): FileRecord[] {
  const own = testFiles.map((): RecordedLeak[] => []);
  for (const leak of leaks) own[leak.file]!.push(toRecorded(leak));
  return testFiles.map(({ file, project, abandoned, left }, i) => ({
    ...silentRecord(file),
    ...(project !== undefined && { project }),
    abandoned,
    left,
    leaks: own[i]!,
  }));
}

function toRecorded(each: OutputLeak): RecordedLeak {
  const {
    testFile: _testFile,
    file: _file,
    status: _status,
    test: _test,
    reason: _reason,
    after: _after,
    times: _times,
    ...leak
  } = each;
  return { ...outcomeOf(each), leak: leak satisfies Leak };
}
