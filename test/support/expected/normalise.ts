/** Removes from a run's output what differs from run to run. */
import type { Project } from '../project.ts';
import type { Run } from '../run.ts';

/** @returns all that was printed, without folders, ports, pids, file descriptors and durations. */
export function normalise({ stdout, stderr }: Run, { folder }: Project): string {
  return `${stdout}${stderr}`
    .replaceAll(folder, '<project>')
    .replaceAll(/(127\.0\.0\.1):\d+/g, '$1:<port>')
    .replaceAll(/(child process) \d+/g, '$1 <pid>')
    .replaceAll(/(file descriptor) \d+/g, '$1 <fd>')
    .replaceAll(/ \(\d+(\.\d+)? m?s\)$/gm, '')
    .replaceAll(/(?<=^ *[✓×❯↓✕○].*) \d+ms$/gm, '')
    .replaceAll(/^( *(Start at|Duration)|Time:) .*$/gm, '$1 <time>')
    .replaceAll(/ +$/gm, '');
}
