/** Vitest's global setup for the edges: the older Jest. */
import { installIn, jest29 } from './versions.ts';

export default function setup(): void {
  installIn([jest29.folder]);
}
