/** Chooses the context for this Node, once. An old Node is dropped with its line here, and the file of its backend. */
import type { Context } from './context.js';
import { FrameContext, hasContextFrames } from './frame-context.js';
import { StampContext } from './stamp-context.js';

export function createContext(): Context {
  return hasContextFrames() ? new FrameContext() : new StampContext();
}
