/** Reads what `outputFile` has written, in this version or an older one. */
import { constants } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';

import { packageFile } from '../../process/package-file.js';
import type { Output, OutputFile, OutputLeak } from './output.js';
import { faultIn } from './schema.js';

type Old = Omit<Output, 'version' | 'leaks'> & {
  readonly version: 1;
  readonly leaks: readonly Omit<OutputLeak, 'file'>[];
};

let schema: object | undefined;

/**
 * The output in a file, checked.
 * @param path as the user wrote it.
 * @throws an error of one sentence that names the file and says what is wrong with it.
 */
export function readOutput(path: string): Output {
  const data = parse(path, textOf(path));
  const version =
    typeof data === 'object' && data !== null ? (data as { version?: unknown }).version : undefined;
  if (typeof version !== 'number' || !Array.isArray((data as { leaks?: unknown }).leaks))
    throw new Error(`${path} is not what the option outputFile of async-leaks writes.`);
  if (version !== 1 && version !== 2)
    throw new Error(
      `${path} has version ${version}, but this async-leaks reads versions 1 and 2; update it.`,
    );
  const output = version === 1 ? upgrade(data as Old) : (data as Output);
  schema ??= JSON.parse(readFileSync(packageFile('src/report/output.schema.json'), 'utf8')) as object;
  const fault = unlessTooDeep(() => faultIn(output, schema!)) ?? strayIn(output);
  if (fault !== undefined) throw new Error(`${path} is damaged: ${fault}.`);
  return output;
}

/** Looks for a fault; finds one, too, if that needs more stack than there is. */
function unlessTooDeep(look: () => string | undefined): string | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof RangeError) return 'too much in it is within something else';
    throw error;
  }
}

/** Bytes; a text may have as many characters. */
const LARGEST = constants.MAX_STRING_LENGTH;

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0; // reading it will say why
  }
}

function textOf(path: string): string {
  if (sizeOf(path) > LARGEST) throw new Error(`${path} is too large: at most ${LARGEST >> 20} MB are read.`);
  try {
    // Some programs begin a file with a mark of its byte order.
    return readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Error(`${path} is not there.`, { cause: error });
    if (code === 'EISDIR') throw new Error(`${path} is a folder; name the files in it.`, { cause: error });
    throw new Error(`${path} cannot be read: ${message}.`, { cause: error });
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const what = text.trim() === '' ? 'is empty' : 'is not JSON, or has been cut off';
    throw new Error(`${path} ${what}.`, { cause: error });
  }
}

/** Version 1 knew nothing of time, and of test files only their number. */
function upgrade(old: Old): Output {
  const files = [...new Set(old.leaks.map((leak) => (leak as Partial<OutputLeak> | null)?.testFile ?? ''))];
  // What tests left that failed for another reason stays counted, though it is not known in which files.
  if (files.length === 0 && old.abandoned > 0) files.push(old.root);
  const testFiles = files.map((file, i): OutputFile => ({
    file,
    run: 0,
    abandoned: i === 0 ? old.abandoned : 0,
    left: [],
  }));
  return {
    ...old,
    version: 2,
    leaks: old.leaks.map((leak) => ({ ...leak, file: files.indexOf(leak?.testFile ?? '') })),
    usedAllowances: [],
    runs: [{ duration: 0 }],
    testFiles,
    sources: [],
  };
}

/** What refers to something that is not there. */
function strayIn({ leaks, testFiles, runs }: Output): string | undefined {
  const file = testFiles.findIndex(({ run }) => run >= runs.length);
  if (file >= 0) return `testFiles[${file}].run is none of its runs`;
  const leak = leaks.findIndex((each) => each.file >= testFiles.length);
  if (leak >= 0) return `leaks[${leak}].file is none of its test files`;
  const late = leaks.findIndex((each) => {
    const tests = testFiles[each.file]!.times?.tests ?? [];
    return (each.times?.test ?? -1) >= tests.length;
  });
  if (late >= 0) return `leaks[${late}].times.test is none of the tests of its file`;
  const uneven = leaks.findIndex(
    ({ others, times }) => times?.others && times.others.length !== others.length,
  );
  return uneven >= 0 ? `leaks[${uneven}].times.others must have one for each of its others` : undefined;
}
