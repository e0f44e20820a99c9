/** Which Vitest this is. */

/** Whether a version, "4.0.18", is older than we support. */
export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < 4 || (major === 4 && minor < 1);
}

/** @returns one sentence to throw. */
export const unsupported = (version: string): Error =>
  new Error(`async-leaks needs Vitest ^4.1 or ^5, but this is Vitest ${version}.`);
