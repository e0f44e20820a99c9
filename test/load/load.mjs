/**
 * All fixtures in the real frameworks, over and over, on a machine that has no time for them:
 *
 *     npm run load -- [--rounds N] [--from N] [--framework NAME …] [--node MAJOR]
 *
 * It takes `dist` as it stands. Vite is there to load TypeScript on Node 20.
 */
import { runnerImport } from 'vite';

const { module } = await runnerImport('./test/load/main.ts', { logLevel: 'error' });
process.exitCode = await module.main(process.argv.slice(2));
