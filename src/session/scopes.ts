/** The scopes of suites, test hooks, and attempts of tests. */
import type { Place, Scope, Site, Tracker } from '../tracker/index.js';
import type { Tree } from './tree.js';

export function isWithin(scope: Scope, holder: Scope): boolean {
  for (let each: Scope | undefined = scope; each !== undefined; each = each.parent)
    if (each === holder) return true;
  return false;
}

/** Those that are a scope, or in it. */
export const within = (scopes: readonly Scope[], holder: Scope): Scope[] =>
  scopes.filter((scope) => isWithin(scope, holder));

/** The test hooks of a suite that share a scope: all of one kind, "beforeAll". */
interface Hooks<Suite> {
  readonly suite: Suite;
  readonly scope: Scope;
  /** The calls that define them. */
  readonly definitions: Set<Site | Place>;
}

export class Scopes<Test extends object, Suite extends object> {
  private readonly tracker: Tracker;
  private readonly tree: Tree<Test, Suite>;
  // Weak maps would cost the collector more, and the framework keeps its tests and suites as long as we do.
  private readonly suites = new Map<Suite, Scope>();
  /** The last attempt of each test, by what all its attempts have in common. */
  private readonly attempts = new Map<object, Scope>();
  /** The attempts of repeated tests before the last, all of which count. */
  private readonly earlier = new Map<Scope, Test>();
  /** The tests of all attempts; kept from the first leak on, because nothing else asks. */
  private tests: Map<Scope, Test> | undefined;
  private readonly begun = new Map<object, Test>();
  private readonly hooks = new Map<Scope, Map<string, Hooks<Suite>>>();

  constructor(tracker: Tracker, tree: Tree<Test, Suite>) {
    this.tracker = tracker;
    this.tree = tree;
  }

  /** Opens the scope of a new attempt of a test, and returns it with the previous attempt's, if there was one. */
  open(test: Test): { scope: Scope; former: Scope | undefined } {
    const key = this.tree.keyOf(test);
    const former = this.attempts.get(key);
    const scope = this.tracker.open('test', this.nameOf(test), this.holderOf(test));
    this.attempts.set(key, scope);
    if (key !== test) this.begun.set(key, test);
    this.tests?.set(scope, test);
    return { scope, former };
  }

  /** An attempt counts, though another one has followed it. */
  keep(attempt: Scope, test: Test): void {
    this.earlier.set(attempt, test);
  }

  /** The scope of the running attempt of a test, if it has begun. */
  attemptOf(test: Test): Scope | undefined {
    return this.attempts.get(this.tree.keyOf(test));
  }

  /** The scope of a suite, the file's own for the root; of a test, its last attempt's, or else the one around the test. */
  of(task: Test | Suite): Scope {
    const { tree } = this;
    if (task === tree.root) return this.tracker.file;
    if (tree.kindOf(task) === 'test') return this.attemptOf(task as Test) ?? this.holderOf(task);
    let scope = this.suites.get(task as Suite);
    if (scope === undefined) {
      scope = this.tracker.open('suite', this.nameOf(task), this.holderOf(task));
      this.suites.set(task as Suite, scope);
    }
    return scope;
  }

  /** Opens the scope of a file that is one of several in this process. */
  openFile(file: Suite, path: string): Scope {
    const scope = this.tracker.open('file', path, this.holderOf(file));
    this.suites.set(file, scope);
    return scope;
  }

  /** The scope around a task's own. */
  private holderOf(task: Test | Suite): Scope {
    const parent = this.tree.parentOf(task);
    return parent === undefined ? this.tracker.file : this.of(parent);
  }

  /** Full name, "describe > test". */
  nameOf(task: Test | Suite): string {
    const holder = this.holderOf(task);
    const name = this.tree.nameOf(task);
    return holder.kind === 'file' ? name : `${holder.name} > ${name}`;
  }

  /** The test of an attempt. Not kept on the scope: what outlives the file holds the scope, but must not hold the realm. */
  testOf(scope: Scope): Test | undefined {
    this.tests ??= new Map([
      ...this.earlier,
      ...[...this.attempts].map(([key, attempt]) => [attempt, this.begun.get(key) ?? (key as Test)] as const),
    ]);
    return this.tests.get(scope);
  }

  /** The suite of a scope that is no test's: that of a suite or a file, or of hooks. */
  suiteOf(scope: Scope): Suite {
    const { parent, hook } = scope;
    const ofHook = parent && hook && this.hooks.get(parent)?.get(hook)?.suite;
    if (ofHook) return ofHook;
    return [...this.suites].find(([, own]) => own === scope)?.[0] ?? this.tree.root;
  }

  /** The scope of a suite's test hooks of one kind, "beforeAll"; `isNew` if it has just been opened. */
  ofHook(suite: Suite, hook: string, definition: Site | Place | undefined): { scope: Scope; isNew: boolean } {
    const holder = this.of(suite);
    let own = this.hooks.get(holder);
    if (own === undefined) this.hooks.set(holder, (own = new Map()));
    let hooks = own.get(hook);
    const isNew = hooks === undefined;
    if (hooks === undefined) {
      const kind = holder.kind === 'file' ? 'file' : 'suite';
      hooks = { suite, scope: this.tracker.open(kind, holder.name, holder, hook), definitions: new Set() };
      own.set(hook, hooks);
    }
    if (definition !== undefined) hooks.definitions.add(definition);
    return { scope: hooks.scope, isNew };
  }

  /** Where the test of a scope is defined, or the only hook of its kind in a suite: of several, we do not know which it was. */
  definitionOf(scope: Scope): Site | Place | undefined {
    const test = this.testOf(scope);
    if (test !== undefined) return this.tree.definitionOf(test);
    const { parent, hook } = scope;
    const definitions = parent && hook && this.hooks.get(parent)?.get(hook)?.definitions;
    return definitions && definitions.size === 1 ? [...definitions][0] : undefined;
  }

  /** A suite or a file has run to its end: what it left goes on after it. */
  leave(suite: Suite): void {
    const scope = this.suites.get(suite);
    if (scope === undefined) return;
    scope.over = true;
    for (const { scope: hook } of this.hooks.get(scope)?.values() ?? []) hook.over = true;
  }

  /** Takes the scopes of all test hooks within a suite that is tried again. */
  takeHooks(suite: Suite): Scope[] {
    const holder = this.of(suite);
    const taken: Scope[] = [];
    for (const [scope, hooks] of this.hooks) {
      if (!isWithin(scope, holder)) continue;
      for (const hook of hooks.values()) taken.push(hook.scope);
      this.hooks.delete(scope);
    }
    return taken;
  }

  /** The scopes of everything that ran: all attempts of tests that count, test hooks, the top level. */
  all(): Scope[] {
    const hooks = [...this.hooks.values()].flatMap((own) => [...own.values()].map(({ scope }) => scope));
    const files = [...this.suites.values()].filter(({ kind }) => kind === 'file');
    return [...this.earlier.keys(), ...this.attempts.values(), ...hooks, ...files, this.tracker.file];
  }

  /** Forgets everything: what outlives the file holds this object, which must not hold the tests' realm. */
  clear(): void {
    for (const each of [this.suites, this.attempts, this.earlier, this.begun]) each.clear();
    this.hooks.clear();
    this.tests = undefined;
  }
}
