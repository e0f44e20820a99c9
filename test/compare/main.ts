/** The command line behind `npm run compare`. */
import { parseArgs } from 'node:util';
import { readFixtures } from '../support/expectations.ts';
import { corpus, installLibraries, libraryVersions } from '../support/libraries.ts';
import { pack } from '../support/pack.ts';
import { installers, startServices } from '../support/services.ts';
import { thisNode } from '../support/versions.ts';
import { judge, type Judgement } from './judge.ts';
import { formatTables } from './table.ts';
import { toolsOf } from './tools.ts';

const USAGE = `npm run compare -- [options]
  --library TEXT     only those whose name has this text`;

/** @returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { library: { type: 'string', default: '' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  installLibraries();
  const services = await startServices();
  const packed = await pack();
  const found: Judgement[] = [];
  try {
    for (const version of libraryVersions) {
      const fixtures = readFixtures(corpus, version.framework, thisNode).filter(
        ({ needs }) => !needs.some((name) => services.missing.some((each) => each === name)),
      );
      for (const tool of toolsOf(version)) {
        console.error(`${tool.name}, ${version.name}, Node ${thisNode.major}`);
        const options = { tool, version, fixtures, packed: packed.folder, env: services.env };
        found.push(...(await judge({ ...options, library: values.library })));
      }
    }
  } finally {
    await packed.remove();
    await services.stop();
  }
  console.log(formatTables(found));
  for (const name of services.missing)
    console.log(`Without ${name}, whose tests did not run: ${installers[name]}`);
  return 0;
}
