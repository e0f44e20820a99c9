/** The framework and Node versions that the package is tested with, and where each one is installed. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** A framework version: its folder holds a package.json and, once installed, node_modules. */
export interface Version {
  readonly framework: 'vitest' | 'jest' | 'mocha' | 'node-test';
  readonly name: string;
  readonly folder: string;
  /** The Node majors it is tested with. */
  readonly nodes: readonly number[];
  /** How it is configured, where that differs from what the projects of its framework have. */
  readonly config?: Readonly<Record<string, unknown>>;
}

const install = join(root, 'test/frameworks');

export const vitest4: Version = {
  framework: 'vitest',
  name: 'Vitest 4.1',
  folder: root,
  nodes: [20, 22, 24, 26],
};
export const vitest5: Version = {
  framework: 'vitest',
  name: 'Vitest 5.1',
  folder: join(install, 'vitest5'),
  nodes: [22, 24, 26],
};
export const jest29: Version = {
  framework: 'jest',
  name: 'Jest 29.7',
  folder: join(install, 'jest29'),
  nodes: [20, 22, 24, 26],
};
export const jest30: Version = {
  framework: 'jest',
  name: 'Jest 30.5',
  folder: root,
  nodes: [20, 22, 24, 26],
};
/** What a file leaves open goes on through the files after it: an immediate that arms itself, say, takes all of a core. */
const serial = { parallel: false, timeout: 60_000 };

export const mocha11: Version = {
  framework: 'mocha',
  name: 'Mocha 11.8',
  folder: join(install, 'mocha11'),
  nodes: [20, 22, 24, 26],
};
export const mocha12: Version = {
  framework: 'mocha',
  name: 'Mocha 12.0',
  folder: root,
  nodes: [20, 22, 24, 26],
};
export const mocha11Serial: Version = { ...mocha11, name: 'Mocha 11.8, in one process', config: serial };
export const mocha12Serial: Version = { ...mocha12, name: 'Mocha 12.0, in one process', config: serial };

/** The same with Vitest's browser mode; it drives the Chromium that is installed on the machine. */
export const browser4: Version = {
  framework: 'vitest',
  name: 'Vitest 4.1',
  folder: join(install, 'browser4'),
  nodes: [20, 22, 24, 26],
};
export const browser5: Version = {
  framework: 'vitest',
  name: 'Vitest 5.1',
  folder: join(install, 'browser5'),
  nodes: [22, 24, 26],
};

/** Part of Node itself, so that its version is Node's. */
export const nodeTest: Version = {
  framework: 'node-test',
  name: 'node:test',
  folder: root,
  nodes: [20, 22, 24, 26],
};

/** The last versions that are not supported. */
export const vitest3: Version = {
  framework: 'vitest',
  name: 'Vitest 3.2',
  folder: join(install, 'vitest3'),
  nodes: [20],
};
export const jest29_6: Version = {
  framework: 'jest',
  name: 'Jest 29.6',
  folder: join(install, 'jest296'),
  nodes: [20],
};
export const mocha10: Version = {
  framework: 'mocha',
  name: 'Mocha 10.8',
  folder: join(install, 'mocha10'),
  nodes: [20],
};

/** The folder that installs presets that others use beside ours, and an older TypeScript. */
export const presets: string = join(install, 'presets');

/** The folder that installs package managers. */
export const managers: string = join(install, 'managers');

/** The folder that installs what compiles the tests of Mocha, what measures their coverage, and a Mocha beside them. */
export const mochaSetUps: string = join(install, 'mocha-set-ups');

/** Every version of the matrix. */
export const versions: readonly Version[] = [
  vitest4,
  vitest5,
  jest29,
  jest30,
  mocha11,
  mocha11Serial,
  mocha12,
  mocha12Serial,
  nodeTest,
];

/** The supported versions by the names that command lines take. */
export const byName: Readonly<Record<string, Version>> = {
  vitest: vitest4,
  vitest5,
  jest: jest30,
  jest29,
  mocha: mocha12,
  mocha11,
  'mocha-serial': mocha12Serial,
  'mocha11-serial': mocha11Serial,
  'node-test': nodeTest,
};

/** The version that plain `npm test` runs, by framework. */
export const current: Record<Version['framework'], Version> = {
  vitest: vitest4,
  jest: jest30,
  mocha: mocha12,
  'node-test': nodeTest,
};

/** These versions with their names, for `describe.each`. */
export const both: readonly (readonly [name: string, version: Version])[] = [vitest4, jest30].map(
  (version) => [version.name, version],
);

/** The Node that runs this, as the runners' helpers want it. */
export const thisNode: Node = { major: Number.parseInt(process.versions.node, 10), path: process.execPath };

/** A Node binary. */
export interface Node {
  readonly major: number;
  readonly path: string;
}

/** The folder that installs the Node versions. */
export const nodes: string = join(root, 'test/nodes');

/**
 * @param major of one of the Node versions that `test/nodes` installs.
 * @returns its binary.
 */
export function nodeOf(major: number): Node {
  return { major, path: join(nodes, `node_modules/node${major}/bin/node`) };
}

/** The folders that the matrix installs. */
export const matrixFolders: readonly string[] = [
  nodes,
  managers,
  mochaSetUps,
  ...[vitest5, jest29, mocha11, browser4, browser5, vitest3, jest29_6, mocha10].map(({ folder }) => folder),
];

/** Vitest's global setup for the matrix. */
export default function setup(): void {
  installIn(matrixFolders);
}

/** Installs what the lock files of these folders say, where it is not, or not any more, there. */
export function installIn(folders: readonly string[]): void {
  for (const folder of folders) {
    const lock = join(folder, 'package-lock.json');
    const installed = join(folder, 'node_modules/.installed.json');
    if (existsSync(installed) && readFileSync(installed).equals(readFileSync(lock))) continue;
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
    copyFileSync(lock, installed);
  }
}
