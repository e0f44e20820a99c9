/** Packages as they are installed: which one depends on which. */
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What we read of a package.json. */
interface Manifest {
  readonly folder: string;
  /** The names of everything it depends on, optional and peer dependencies included. */
  readonly dependencies: ReadonlySet<string>;
  /** Those that only its own development needs: what its users may hand to it is often among them. */
  readonly development: ReadonlySet<string>;
}

/** The folder of the package that a file is in. */
const ROOT = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;
/** The most packages that are looked through for a dependency. */
const MOST = 300;

const manifests = new Map<string, Manifest | undefined>();

function readManifest(folder: string): Manifest | undefined {
  if (manifests.has(folder)) return manifests.get(folder);
  let manifest: Manifest | undefined;
  try {
    const read = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    const namesIn = (...fields: string[]): Set<string> =>
      new Set(fields.flatMap((field) => Object.keys((read[field] as object | undefined) ?? {})));
    const dependencies = namesIn('dependencies', 'optionalDependencies', 'peerDependencies');
    const development = namesIn('devDependencies');
    const isPackage = typeof read['name'] === 'string' || dependencies.size + development.size > 0;
    // One that only says how to load the files of its folder is no package.
    // Links lead to where what it depends on is found.
    if (isPackage) manifest = { folder: realpathSync(folder), dependencies, development };
  } catch {
    // none here
  }
  manifests.set(folder, manifest);
  return manifest;
}

/** The folders around a file, innermost first. */
function* foldersAround(file: string): Generator<string> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    yield folder;
    if (folder === dirname(folder)) return;
  }
}

function manifestAround(file: string): Manifest | undefined {
  for (const folder of foldersAround(file)) {
    const manifest = readManifest(folder);
    if (manifest !== undefined) return manifest;
  }
  return undefined;
}

/** The package as `from` finds it, by Node's rule: in the nearest `node_modules` that has it. */
function resolve(name: string, from: string): Manifest | undefined {
  for (const folder of foldersAround(join(from, 'package.json'))) {
    const manifest = readManifest(join(folder, 'node_modules', name));
    if (manifest !== undefined) return manifest;
  }
  return undefined;
}

/** Whether the package of a file depends on another, maybe through others. */
export function dependsOn(file: string, name: string): boolean {
  const start = ROOT.exec(file)?.[1];
  if (start === undefined) return false;
  const key = `${start}\n${name}`;
  let found = dependencies.get(key);
  if (found === undefined) {
    const manifest = readManifest(start);
    dependencies.set(key, (found = manifest !== undefined && leadsTo(manifest, name)));
  }
  return found;
}

const dependencies = new Map<string, boolean>();

function leadsTo(start: Manifest, name: string): boolean {
  if (start.development.has(name)) return true;
  const seen = new Set<string>([start.folder]);
  const next = [start];
  for (let manifest = next.shift(); manifest !== undefined && seen.size < MOST; manifest = next.shift()) {
    if (manifest.dependencies.has(name)) return true;
    for (const each of manifest.dependencies) {
      const found = resolve(each, manifest.folder);
      if (found === undefined || seen.has(found.folder)) continue;
      seen.add(found.folder);
      next.push(found);
    }
  }
  return false;
}

/** What `import` and `require` name in a text. */
const IMPORTED =
  /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])((?:@[\w.-]+\/)?\w[\w.-]*)(?:\/[^'"]*)?\1/g;

/**
 * The package that a user's file knows a package as: itself, unless it is no direct dependency and exactly one that is, and that
 * the file imports, depends on it. Where the user's package.json names none, what the file imports is direct.
 */
export function knownAs(name: string, file: string): string {
  const key = `${name}\n${file}`;
  let found = known.get(key);
  if (found === undefined) known.set(key, (found = findKnown(name, file)));
  return found;
}

const known = new Map<string, string>();

/** Forgets what files import: in a watch they change. */
export function forgetImports(): void {
  known.clear();
}

function findKnown(name: string, file: string): string {
  const manifest = manifestAround(file);
  const named = new Set([...(manifest?.dependencies ?? []), ...(manifest?.development ?? [])]);
  if (named.has(name)) return name;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return name;
  }
  const imported = new Set([...text.matchAll(IMPORTED)].map(([, , imports]) => imports!));
  if (imported.has(name)) return name;
  const direct = [...imported].filter((each) => named.size === 0 || named.has(each));
  const through = direct.filter((each) => {
    const found = resolve(each, dirname(file));
    return found !== undefined && dependsOn(join(found.folder, 'package.json'), name);
  });
  return through.length === 1 ? through[0]! : name;
}
