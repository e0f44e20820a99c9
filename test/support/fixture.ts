/** The command line behind `npm run fixture`; see fixture.mjs. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { runFixtures } from './fixtures.ts';
import { configOf, corpus, installLibraries, libraries } from './install/libraries.ts';
import { pack } from './install/pack.ts';
import { startServices } from './install/services.ts';
import install, { byName, nodeOf, thisNode } from './install/versions.ts';

/**
 * @param args of the command line.
 * @returns the exit code: 0 if the verdicts are right.
 */
export async function main([target = '', path = '', ...args]: readonly string[]): Promise<number> {
  const [name = '', major] = target.split('@');
  const version = byName[name];
  if (!version || path === '') {
    console.error(
      `Expected ${Object.keys(byName).join(', ')} (with @20 to @26 for a Node) and a path, got "${target} ${path}".`,
    );
    return 2;
  }
  if (major || /\d/.test(name)) install();
  const node = major ? nodeOf(Number(major)) : thisNode;
  const place = statSync(path).isDirectory() ? { folder: path } : { folder: dirname(path), file: path };
  const isLibrary = place.folder === corpus;
  if (isLibrary) installLibraries();
  const services = isLibrary ? await startServices() : undefined;
  const packed = await pack();
  const own = services && { ...services, config: configOf(version), libraries };
  try {
    const { run, wrong } = await runFixtures({
      version,
      node,
      packed: packed.folder,
      ...place,
      ...own,
      args,
    });
    console.log(run.stdout + run.stderr);
    console.log(`exit code ${run.exitCode}, ${Math.round(run.durationMs)} ms`);
    console.log(wrong.length === 0 ? 'right' : wrong.map((sentence) => `✗ ${sentence}`).join('\n'));
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await packed.remove();
    await services?.stop();
  }
}
