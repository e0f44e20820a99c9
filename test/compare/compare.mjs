/**
 * What the frameworks' own flags say of the corpus of libraries, and what async-leaks says:
 *
 *     npm run compare -- [--help]
 *
 * It takes `dist` as it stands. Vite is there to load TypeScript on Node 20.
 */
import { runnerImport } from 'vite';

const { module } = await runnerImport('./test/compare/main.ts', { logLevel: 'error' });
process.exitCode = await module.main(process.argv.slice(2));
