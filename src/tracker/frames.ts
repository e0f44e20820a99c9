/** From a captured stack to frames, and whose each of them is. Read at a verdict only. */
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Site } from './resource.js';

/** Whose code a frame is: Node's, ours, the test framework's, a package's, the user's. */
export type Origin = 'node' | 'own' | 'framework' | 'library' | 'user';

/** One frame of a creation stack; lines and columns count from 1. */
export interface Frame {
  /** As V8 prints it, "new Pool" or "Pool.connect"; missing where there is none. */
  readonly function?: string;
  /** Absolute path, or `node:…`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly origin: Origin;
}

/** Where this package runs from, and where its source maps point: its frames are never shown. */
const HERE = fileURLToPath(new URL('..', import.meta.url));
const ROOT = HERE.replace(/(?:dist[\\/])?src[\\/]$/, '');
const OWN = [HERE, `${ROOT}src${sep}`, `${ROOT}vitest.setup.ts`, `${ROOT}dist${sep}vitest.setup.js`];
const IN_PACKAGE = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/](?!.*[\\/]node_modules[\\/])/;

/** The package that a file belongs to, "@scope/name"; undefined for the user's own files. */
export function packageOf(file: string): string | undefined {
  return IN_PACKAGE.exec(file)?.[1]?.replace('\\', '/');
}

function originOf(file: string, isFramework: (packageName: string) => boolean): Origin {
  if (file.startsWith('node:')) return 'node';
  if (OWN.some((path) => file.startsWith(path))) return 'own';
  const packageName = packageOf(file);
  if (packageName === undefined) return 'user';
  return isFramework(packageName) ? 'framework' : 'library';
}

/** A stack without the frames of this package. */
export function withoutOwnFrames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => parse(line, () => false)?.origin !== 'own')
    .join('\n');
}

const LOCATION = /^(.+?):(\d+):(\d+)$/;

function parse(line: string, isFramework: (packageName: string) => boolean): Frame | undefined {
  const at = /^\s+at (?:async )?(.*)$/.exec(line)?.[1];
  if (at === undefined) return undefined;
  const call = /^(.*?) \((.*)\)$/.exec(at);
  const location = LOCATION.exec(call?.[2] ?? at);
  // `Array.map (<anonymous>)`, `Promise.all (index 0)`: no place. But `Object.<anonymous> (file:…)` is a test in Jest.
  if (location === null) return undefined;
  const path = location[1]!.replace(/\?.*$/, '');
  const file = path.startsWith('file://') ? fileURLToPath(path) : path;
  const name = call?.[1];
  return {
    ...(name !== undefined && { function: name }),
    file,
    line: Number(location[2]),
    column: Number(location[3]),
    origin: originOf(file, isFramework),
  };
}

const parsed = new WeakMap<Site, Frame[]>();

/** Reads stacks for one framework. */
export class Frames {
  private readonly isFramework: (packageName: string) => boolean;

  constructor(isFramework: (packageName: string) => boolean) {
    this.isFramework = isFramework;
  }

  /** The frames of a site, innermost first; none where it has no stack. Formats the stack, once. */
  of(site: Site | undefined): Frame[] {
    if (site === undefined) return [];
    let frames = parsed.get(site);
    if (frames === undefined) {
      frames = this.parse(stackOf(site));
      parsed.set(site, frames);
    }
    return frames;
  }

  parse(stack: string): Frame[] {
    return stack
      .split('\n')
      .map((line) => parse(line, this.isFramework))
      .filter((frame) => frame !== undefined);
  }

  /** The user's line: the innermost frame in none of the others' code. */
  placeOf(site: Site | undefined): Frame | undefined {
    return this.of(site).find((frame) => frame.origin === 'user');
  }

  /** Whether the framework made it: the innermost frame that is neither Node's nor ours is the framework's. */
  isMachinery(site: Site | undefined): boolean {
    const maker = this.of(site).find((frame) => frame.origin !== 'node' && frame.origin !== 'own');
    return maker?.origin === 'framework';
  }
}

/** A user's `Error.prepareStackTrace` runs here, and may throw or return anything. */
function stackOf(site: Site): string {
  try {
    const { stack } = site;
    return typeof stack === 'string' ? stack : '';
  } catch {
    return '';
  }
}
