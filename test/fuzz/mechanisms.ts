/** Each mechanism of async-leaks, and what breaks it: the fuzzer has to find each of them. */
import type { Edit } from '../support/install/markers.ts';

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
    edits: [{ at: 'mutation: ownership', to: 'return fn();' }],
  },
  {
    what: 'settle: nothing that is on its way out is waited for',
    edits: [{ at: 'mutation: awaited', to: 'if (inUse || this.slept >= 0) return false;' }],
  },
  {
    what: 'deadline: cleanup of suites is not waited for',
    edits: [
      {
        at: 'mutation: deadline',
        to: 'if (isTest) return undefined;',
      },
    ],
  },
  {
    what: 'what counts: unref’d resources are taken for leaks',
    edits: [{ at: 'mutation: wanted state', to: 'const wanted = OPEN;' }],
  },
  {
    what: 'allowances of one type allow all',
    edits: [{ at: 'mutation: allowed type', to: '' }],
  },
  {
    what: 'nominal time: what lies between two timers takes time, too',
    edits: [
      { at: 'mutation: due time', to: 'this.times.set(resource, this.timeOf(parent) + (delay || 50));' },
    ],
  },
  {
    what: 'nominal time: a refresh adds the whole delay',
    edits: [
      { at: 'mutation: refresh, seen', to: 'this.times.set(timer, this.timeOf(timer) + delayOf(timer));' },
      {
        at: 'mutation: refresh, asked for',
        to: 'if (start !== at) this.times.set(resource, this.timeOf(resource) + delayOf(resource));',
      },
    ],
  },
  {
    what: 'nominal time: each timer of a chain is due by itself',
    edits: [{ at: 'mutation: due time', to: 'this.times.set(resource, delay);' }],
    kinds: /^chain$/,
  },
  {
    what: 'renewals: one look that finds nothing acquits',
    edits: [{ at: 'mutation: renewal', to: 'return false;' }],
    kinds: /^loop of (connections|fetches|requests|messages)$/,
  },
  {
    what: 'renewals: a loop that begins after a pause descends from the pause',
    edits: [{ at: 'mutation: begun late', to: '' }],
    kinds: /^loop of (connections|requests|messages)$/,
  },
  {
    what: 'renewals: what came of something unref’d counts',
    edits: [{ at: 'mutation: unref', to: '' }],
  },
  {
    what: 'renewals: what is met again is told again',
    edits: [{ at: 'mutation: culprit', to: '' }],
  },
  {
    what: 'reachability: no garbage is collected for responses',
    edits: [{ at: 'mutation: collection', to: '' }],
  },
  {
    what: 'fake clocks are not followed',
    edits: [
      {
        at: 'mutation: fake clock',
        to: 'if (clock === undefined || interval === undefined || known === undefined) return;',
      },
    ],
  },
  {
    what: 'what the machine bounds has no more time than the rest',
    edits: [{ at: 'mutation: machine graces', to: 'const MACHINE_GRACES = 1;' }],
  },
  {
    what: 'sockets that were never bound or connected are taken for open',
    edits: [
      { at: 'mutation: dormant, seen', to: 'return false;' },
      { at: 'mutation: dormant, unknown', to: 'if (now === undefined) return false;' },
    ],
  },
  {
    what: 'the end of the stack is taken for a fault',
    edits: [{ at: 'mutation: end of the stack', to: "export const OVERFLOW = 'Another message';" }],
    kinds: /overflows the stack$/,
  },
];
