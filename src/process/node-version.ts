/** Which Node this is, or whether it is none. */

/** Whether a version, "20.19.0", is of those that we support: ^20.19, ^22.12, >=24. */
export function isSupportedNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
}

/**
 * Throws one sentence, without a stack of ours, for a Node that is not supported. Called before all that an older one
 * does not have. Bun gives the version of a Node, too.
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

/** Once for each process: that it is Bun. */
let told = false;

/** Says in one sentence that all is off, unless it is so by the user's will. */
export function warnOfBun(): void {
  if (told || process.env['ASYNC_LEAKS'] === 'off') return;
  told = true;
  process.stderr.write('async-leaks is off: this is Bun, whose async_hooks report no resource.\n');
}
