/** Vitest's global setup for the edges: the older Jest, and the presets of others. */
import { installIn, jest29, presets } from './versions.ts';

export default function setup(): void {
  installIn([jest29.folder, presets]);
}
