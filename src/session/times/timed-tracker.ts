/** A tracker that keeps when things happened. */
import {
  Tracker,
  type Scope,
  type ScopeKind,
  type TrackerOptions,
  type Verdicts,
} from '../../tracker/index.js';
import { clock, Moments } from './moments.js';

export class TimedTracker extends Tracker {
  readonly moments: Moments = new Moments(this);

  constructor(options: TrackerOptions) {
    super({ ...options, clock });
    this.moments.began(this.file);
  }

  override open(kind: Exclude<ScopeKind, 'nobody'>, name: string, parent?: Scope, hook?: string): Scope {
    const scope = super.open(kind, name, parent, hook);
    // A test begins later, and a suite has nothing but its hooks.
    if (kind === 'file' || hook !== undefined) this.moments.began(scope);
    return scope;
  }

  override start(scope: Scope): void {
    super.start(scope);
    this.moments.began(scope);
  }

  override stop(scope: Scope): void {
    super.stop(scope);
    this.moments.ended(scope);
  }

  override async judge(scopes: readonly Scope[]): Promise<Verdicts> {
    const verdicts = await super.judge(scopes);
    this.moments.judged(verdicts, this.allowed);
    return verdicts;
  }

  override dispose(): void {
    super.dispose();
    this.moments.forget();
  }
}

/** A tracker that keeps times only if an option asks for what shows them. */
export function trackerFor(
  options: TrackerOptions & { readonly outputFile: string | undefined; readonly html: string | undefined },
): Tracker {
  return options.outputFile !== undefined || options.html !== undefined
    ? new TimedTracker(options)
    : new Tracker(options);
}
