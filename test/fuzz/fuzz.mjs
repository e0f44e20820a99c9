/**
 * Random test programs in the real frameworks, against a model that knows which tests must fail:
 *
 *     npm run fuzz -- [--programs N] [--from N] [--seed S] [--framework NAME …] [--node MAJOR] [--no-shrink]
 *     npm run fuzz -- --kinds 'loop|^chain$' …           only with things of these names (openings.ts, chain, refreshed timer, fake clock)
 *     npm run fuzz -- --mutations [--programs N] …       whether it finds what is broken on purpose
 *
 * It takes `dist` as it stands. Vite is there to load TypeScript on Node 20.
 */
import { runnerImport } from 'vite';

const { module } = await runnerImport('./test/fuzz/main.ts', { logLevel: 'error' });
process.exitCode = await module.main(process.argv.slice(2));
