/** The command `async-leaks`, as a project has it installed. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from '../run.ts';

/** What came of the command. */
export interface Command {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in the folder of a project. */
export function asyncLeaks(folder: string, args: readonly string[]): Promise<Command> {
  const installed = join(folder, 'node_modules/async-leaks');
  const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const command = [join(installed, bin['async-leaks']), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: folder, env: environment() }, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
