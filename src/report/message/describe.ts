/** A mistake in words. */
import type { Leak } from '../../tracker/leak.js';
import { clientParts } from './client.js';
import { ownParts } from './own.js';

/** The whole message of one mistake with printable texts; paths are relative to `root`. */
export function describeLeak(leak: Leak, root: string): string {
  // fault: as a leak is worded
  const isOwn = leak.client === undefined && leak.construction === undefined;
  return (isOwn ? ownParts(leak, root) : clientParts(leak, root)).join('\n\n');
}
