/** The file of a frame, and whose code that is. */
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whose code a frame is: Node's, ours, the test framework's, its mock functions', a package's, the user's. */
export type Origin = 'node' | 'own' | 'framework' | 'spy' | 'library' | 'user';

/**
 * What a package is to the adapter's framework, by its name and a file of it: its own (what it makes is nobody's
 * leak), its mock functions (what passes through them is their caller's), or just a library.
 */
export type RoleOf = (packageName: string, file: string) => 'framework' | 'spy' | 'library';

/** What is known of a frame before its stack is formatted. */
export interface Source {
  /** Absolute path, or `node:…`. */
  readonly file: string;
  readonly origin: Origin;
}

/** Where this package runs from, and where its source maps point: its frames are never shown. */
const ROOT = import.meta.filename.replace(/(?:dist[\\/])?(?:src|jest[\\/]build)(?:[\\/][^\\/]+){1,3}$/, '');
const OWN = [`${ROOT}src${sep}`, `${ROOT}dist${sep}`, `${ROOT}vitest.setup.ts`];
const IN_PACKAGE = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/](?!(?:.*[\\/])?node_modules[\\/])/;
/** The most files that are remembered. More come only from code that is generated as it runs. */
const MOST = 2000;

/** The package that a file belongs to, "@scope/name"; undefined for the user's own files. */
export function packageOf(file: string): string | undefined {
  return IN_PACKAGE.exec(file)?.[1]?.replace('\\', '/');
}

function originOf(file: string, roleOf: RoleOf): Origin {
  if (file.startsWith('node:')) return 'node';
  if (OWN.some((path) => file.startsWith(path))) return 'own';
  const packageName = packageOf(file);
  if (packageName === undefined) return 'user';
  return roleOf(packageName, file);
}

/** Turns V8's name for a file into a path. */
function toPath(name: string): string {
  const path = name.replace(/\?.*$/, '');
  return path.startsWith('file://') ? fileURLToPath(path) : path;
}

/** Code of node:vm, such as that in a jsdom window, may have any name. */
const isPath = (name: string): boolean => /^(?:node:|file:|[\\/]|[A-Za-z]:[\\/])/.test(name);

/** Looks up files for one framework, each only once: all frames of a file share the result. */
export class Sources {
  private readonly known = new Map<string, Source>();
  private readonly roleOf: RoleOf;

  constructor(roleOf: RoleOf) {
    this.roleOf = roleOf;
  }

  /** The source by V8's name for the file; undefined if that is no path. Throws if it is a URL of no file. */
  of(name: string): Source | undefined {
    let source = this.known.get(name);
    if (source === undefined && isPath(name)) {
      const file = toPath(name);
      source = { file, origin: originOf(file, this.roleOf) };
      if (this.known.size >= MOST) this.known.clear();
      this.known.set(name, source);
    }
    return source;
  }
}
