/** Which Jest this is. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

function versionFrom(folder: string): string | undefined {
  const require = createRequire(join(folder, 'noop.js'));
  for (const name of ['jest-circus', 'jest']) {
    try {
      return (require(`${name}/package.json`) as { version: string }).version;
    } catch {
      // not found from here
    }
  }
  return undefined;
}

/** Whether we support a version: ^29.7 or ^30. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 30 || (major === 29 && minor >= 7);
}

/** Throws one sentence if the Jest of the project at `rootDir` is known and not supported. */
export function refuseUnsupported(rootDir: string): void {
  const version = versionFrom(rootDir) ?? versionFrom(import.meta.dirname);
  if (version === undefined || isSupported(version)) return;
  throw new Error(`async-leaks needs Jest ^29.7 or ^30, but this is Jest ${version}.`);
}
