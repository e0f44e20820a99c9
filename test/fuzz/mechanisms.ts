/** Each mechanism of async-leaks, and what breaks it: the fuzzer has to find each of them. */
import type { Edit } from '../support/mutant.ts';

/** A change of the sources that makes them wrong. */
export interface Mutation {
  readonly what: string;
  readonly edits: readonly Edit[];
  /** The kinds of things that show it, where others hide it: a second leak gives a judgement more looks than one, say. */
  readonly kinds?: RegExp;
}

export const mutations: readonly Mutation[] = [
  {
    what: 'ownership: what a test makes belongs to nobody in particular',
    edits: [
      {
        file: 'src/tracker/index.ts',
        from: 'return this.context.run(scope, fn);',
        to: 'return fn();',
      },
    ],
  },
  {
    what: 'settle: nothing that is on its way out is waited for',
    edits: [
      {
        file: 'src/tracker/judging/settle.ts',
        from: 'if (inUse) return false;',
        to: 'if (inUse || this.slept >= 0) return false;',
      },
    ],
  },
  {
    what: 'deadline: cleanup of suites is not waited for',
    edits: [
      {
        file: 'src/session/session.ts',
        from: `return this.options.deadline === 'test' ? undefined`,
        to: `return this.options.deadline === 'suite' ? undefined`,
      },
    ],
  },
  {
    what: 'what counts: unref’d resources are taken for leaks',
    edits: [
      {
        file: 'src/tracker/judging/state.ts',
        from: 'includeUnref ? OPEN : OPEN | REFED',
        to: 'OPEN',
      },
    ],
  },
  {
    what: 'allowances of one type allow all',
    edits: [
      {
        file: 'src/config/allowances.ts',
        from: 'if (type !== undefined && type !== leak.type) return false;',
        to: '',
      },
    ],
  },
  {
    what: 'nominal time: what lies between two timers takes time, too',
    edits: [
      {
        file: 'src/tracker/judging/lineage.ts',
        from: 'this.times.set(resource, this.timeOf(parent) + delay);',
        to: 'this.times.set(resource, this.timeOf(parent) + (delay || 50));',
      },
    ],
  },
  {
    what: 'nominal time: a refresh adds the whole delay',
    edits: [
      {
        file: 'src/tracker/judging/lineage.ts',
        from: 'this.times.set(timer, this.now + delayOf(timer));',
        to: 'this.times.set(timer, this.timeOf(timer) + delayOf(timer));',
      },
      {
        file: 'src/tracker/judging/lineage.ts',
        from: 'if (start !== at) this.times.set(resource, this.now + delayOf(resource));',
        to: 'if (start !== at) this.times.set(resource, this.timeOf(resource) + delayOf(resource));',
      },
    ],
  },
  {
    what: 'nominal time: each timer of a chain is due by itself',
    edits: [
      {
        file: 'src/tracker/judging/lineage.ts',
        from: 'this.times.set(resource, this.timeOf(parent) + delay);',
        to: 'this.times.set(resource, delay);',
      },
    ],
    kinds: /^chain$/,
  },
  {
    what: 'renewals: one look that finds nothing acquits',
    edits: [
      {
        file: 'src/tracker/judging/settle.ts',
        from: 'return this.takeRenewed() !== undefined || this.isClosing();',
        to: 'return false;',
      },
    ],
    kinds: /^loop of (connections|fetches|requests|messages)$/,
  },
  {
    what: 'renewals: what came of something unref’d counts',
    edits: [
      {
        file: 'src/tracker/judging/lineage.ts',
        from: 'if (this.strays.has(parent) || this.unrefed.has(parent)) {',
        to: 'if (this.strays.has(parent)) {',
      },
    ],
  },
  {
    what: 'renewals: what is met again is told again',
    edits: [
      {
        file: 'src/tracker/judging/lineage.ts',
        from: 'if (culprit?.scope === resource.scope) resource.culprit = culprit;',
        to: '',
      },
    ],
  },
  {
    what: 'reachability: no garbage is collected for responses',
    edits: [
      {
        file: 'src/tracker/judging/settle.ts',
        from: 'await this.options.collect();',
        to: '',
      },
    ],
  },
  {
    what: 'fake clocks are not followed',
    edits: [
      {
        file: 'src/session/fake-clock.ts',
        from: 'if (clock === undefined || interval === undefined || interval === known) return;',
        to: 'if (clock === undefined || interval === undefined || known === undefined) return;',
      },
    ],
  },
  {
    what: 'what the machine bounds has no more time than the rest',
    edits: [
      {
        file: 'src/tracker/judging/settle.ts',
        from: 'const MACHINE_GRACES = 4;',
        to: 'const MACHINE_GRACES = 1;',
      },
    ],
  },
  {
    what: 'sockets that were never bound or connected are taken for open',
    edits: [
      {
        file: 'src/resources/probes.ts',
        from: 'return first !== undefined && first !== now;',
        to: 'return false;',
      },
      {
        file: 'src/resources/probes.ts',
        from: 'if (now === undefined) return true;',
        to: 'if (now === undefined) return false;',
      },
    ],
  },
  {
    what: 'the end of the stack is taken for a fault',
    edits: [
      {
        file: 'src/tracker/events/overflow.ts',
        from: `'Maximum call stack size exceeded'`,
        to: `'Another message'`,
      },
    ],
    kinds: /overflows the stack$/,
  },
];
