/** Measures one command: the CPU time of all its processes, wall time, and the memory of the largest of them. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { collect } from '../support/run.ts';

/** What a command cost. */
export interface Cost {
  /** ms of user and system time, those of its children included. */
  readonly cpu: number;
  /** ms. */
  readonly wall: number;
  /** Peak resident memory of its largest process, in MiB; undefined where there is no /proc. */
  readonly memory: number | undefined;
  readonly exitCode: number | null;
  /** All that it printed. */
  readonly output: string;
}

/** Runs the command, then prints what the shell knows of its children: their user and system time. */
const SCRIPT = '"$@"; code=$?; times >&3; exit $code';
/** ms between two looks at the memory. The kernel keeps the peak, so only a process's last moments are missed. */
const INTERVAL = 50;

/** Runs a command to its end. Rejects where there is no such command. */
export function measure(command: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Cost> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn('sh', ['-c', SCRIPT, 'sh', ...command], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true, // a process group, by which its descendants are found
    });
    const [stdout, stderr, times] = [child.stdout, child.stderr, child.stdio[3] as NodeJS.ReadableStream].map(
      (stream) => collect(stream!),
    ) as [() => string, () => string, () => string];
    let memory: number | undefined;
    const look = setInterval(() => {
      memory = Math.max(memory ?? 0, peakOf(child.pid!) ?? 0) || undefined;
    }, INTERVAL);
    child.once('error', reject);
    child.once('close', (exitCode) => {
      clearInterval(look);
      const wall = performance.now() - start;
      resolve({ cpu: cpuIn(times()), wall, memory, exitCode, output: stdout() + stderr() });
    });
  });
}

/** @returns ms in the second line of what `times` prints: "0m1.230000s 0m0.120000s". */
function cpuIn(times: string): number {
  const ofChildren = times.trim().split('\n').at(-1) ?? '';
  let ms = 0;
  for (const [, minutes, seconds] of ofChildren.matchAll(/(\d+)m([\d.]+)s/g))
    ms += Number(minutes) * 60_000 + Number(seconds) * 1000;
  return ms;
}

/** @returns the peak of the largest process of a group, in MiB. */
function peakOf(group: number): number | undefined {
  const peaks = readdirOfProcesses().map((pid) => {
    try {
      // "pid (name) state parent group …"; the name may hold anything.
      const [, , ownGroup] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      if (Number(ownGroup) !== group) return 0;
      const [, kibibytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      return Number(kibibytes ?? 0) / 1024;
    } catch {
      return 0; // It has ended meanwhile.
    }
  });
  const peak = Math.max(0, ...peaks);
  return peak === 0 ? undefined : peak;
}

function readdirOfProcesses(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
