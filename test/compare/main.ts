/** The command line behind `npm run compare`. */
import { parseArgs } from 'node:util';
import { readFixtures } from '../support/expected/expectations.ts';
import { corpus, installLibraries, libraryVersions } from '../support/install/libraries.ts';
import { pack } from '../support/install/pack.ts';
import { installers, startServices } from '../support/install/services.ts';
import { nodeOf, thisNode } from '../support/install/versions.ts';
import { judge, type Judgement } from './judge.ts';
import { formatTables } from './table.ts';
import { toolsOf } from './tools.ts';

const USAGE = `npm run compare -- [options]
  --library TEXT     only those whose name has this text
  --node MAJOR       20, 22, 24, 26; the Node that runs this if not given`;

/** @returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      library: { type: 'string', default: '' },
      node: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const node = values.node === undefined ? thisNode : nodeOf(Number(values.node));
  installLibraries();
  const services = await startServices();
  const packed = await pack();
  const found: Judgement[] = [];
  try {
    for (const version of libraryVersions) {
      const fixtures = readFixtures(corpus, version.framework, node).filter(
        ({ needs }) => !needs.some((name) => services.missing.some((each) => each === name)),
      );
      for (const tool of toolsOf(version)) {
        console.error(`${tool.name}, ${version.name}, Node ${node.major}`);
        const options = { tool, version, node, fixtures, packed: packed.folder, env: services.env };
        found.push(...(await judge({ ...options, library: values.library })));
      }
    }
  } finally {
    await packed.remove();
    await services.stop();
  }
  console.log(
    `${formatTables(found)}\n\n${libraryVersions.map(({ name }) => name).join(', ')}, Node ${node.major}.`,
  );
  for (const name of services.missing)
    console.log(`Without ${name}, whose tests did not run: ${installers[name]}`);
  return 0;
}
