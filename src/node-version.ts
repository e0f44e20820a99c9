/** Which Node this is. */

/** Whether a version, "20.19.0", is of those that we support: ^20.19, ^22.12, >=24. */
export function isSupportedNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
}

/** Throws one sentence for a Node that is not supported. */
export function refuseUnsupportedNode(version: string = process.versions.node): void {
  if (isSupportedNode(version)) return;
  throw new Error(`async-leaks needs Node ^20.19, ^22.12 or >=24, but this is Node ${version}.`);
}
