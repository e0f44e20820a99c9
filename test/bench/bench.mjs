/**
 * What async-leaks costs, as a user pays it: whole runs of the real frameworks, with and without it in turn.
 *
 *     npm run bench -- [--help]
 *
 * It takes `dist` as it stands. Vite is there to load TypeScript on Node 20.
 */
import { runnerImport } from 'vite';

const { module } = await runnerImport('./test/bench/main.ts', { logLevel: 'error' });
process.exitCode = await module.main(process.argv.slice(2));
