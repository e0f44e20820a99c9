/** Which Node this is, and whether it is Node at all. */

/** Whether we support a version, "20.19.0": ^20.19, ^22.12, >=24. */
export function isSupportedNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
}

/**
 * Throws one sentence, without a stack of ours, for a Node that is not supported. Called before anything that an older one does
 * not have. Bun also reports the version of a Node.
 */
export function refuseUnsupportedNode(version: string = process.versions.node): void {
  if (isBun() || isSupportedNode(version)) return;
  const refusal = new Error(`async-leaks needs Node ^20.19, ^22.12 or >=24, but this is Node ${version}.`);
  refusal.stack = String(refusal);
  throw refusal;
}

/** Whether this is Bun, whose async_hooks report no resource: then everything is off. */
export function isBun(versions: NodeJS.ProcessVersions = process.versions): boolean {
  return versions['bun'] !== undefined;
}

/** Whether this process was warned that it is Bun. */
let told = false;

/** Prints one sentence that everything is off, unless the user has switched it off. */
export function warnOfBun(): void {
  if (told || process.env['ASYNC_LEAKS'] === 'off') return;
  told = true;
  process.stderr.write('async-leaks is off: this is Bun, whose async_hooks report no resource.\n');
}
