/**
 * Prints what a framework says about some fixtures, and whether that is right:
 *
 *     npm run fixture -- vitest|vitest5|jest|jest29[@20|22|24|26] <file or folder> [arguments of the framework]
 *
 * It takes `dist` as it stands. KEEP=1 keeps the project. Vite is there to load TypeScript on Node 20.
 */
import { runnerImport } from 'vite';

const { module } = await runnerImport('./test/support/fixture.ts', { logLevel: 'error' });
process.exitCode = await module.main(process.argv.slice(2));
