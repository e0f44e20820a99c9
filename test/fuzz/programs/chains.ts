/** Chains of short timers that nobody awaits, with other things in between: what counts is the sum of their nominal delays. */
import * as fc from 'fast-check';
import { WAYS, type Way } from './ways.ts';

/** What a chain does between two timers: the text before and after the rest of the chain. */
const between = {
  immediate: ['setImmediate(() => {', '});'],
  tick: ['process.nextTick(() => {', '});'],
  microtask: ['queueMicrotask(() => {', '});'],
  promise: ['void Promise.resolve().then(() => {', '});'],
  file: [`fs.stat('.', () => {`, '});'],
  'promised file': ['void fs.promises.readFile(__filename).then(() => {', '});'],
  message: [
    `((channel) => { channel.port1.postMessage(0); channel.port2.once('message', () => { channel.port1.close();`,
    '}); })(new MessageChannel());',
  ],
  request: [`http.get(site(), { agent: false }, (response) => response.resume().on('end', () => {`, '}));'],
  fetch: ['void fetch(site()).then((response) => response.text()).catch(() => {}).then(() => {', '});'],
  child: [`spawn('true', { stdio: 'ignore' }).on('exit', () => {`, '});'],
} as const satisfies Record<string, readonly [string, string]>;

type Between = keyof typeof between;

/** These take time of their own: a late one would begin when its grace is over. */
const LASTING = new Set<Between>(['file', 'promised file', 'message', 'request', 'fetch', 'child']);
/** ms, nominally, after the start of a chain, until which such a thing may begin. */
const EARLY = 100;
/** ms: what a chain comes to at most if it is in time, and at least if it is not. A delay of the machine hides at most one timer. */
const [IN_TIME, TOO_LONG] = [240, 450];

/** By itself, with a last timer that is too long by far, or by all its short ones together. */
const VERDICTS = ['in time', 'long', 'over'] as const;

interface Link {
  readonly ms: number;
  readonly as: 'callback' | 'promise';
  readonly next: readonly Between[];
}

/** One-shot timers, each armed by the one before. */
export interface Chain {
  readonly kind: 'chain';
  readonly form: 'nested' | 'async';
  readonly links: readonly Link[];
  /** ms, at most, of all links of one that is in time. */
  readonly sum: number;
  readonly verdict: (typeof VERDICTS)[number];
  readonly way: Way;
}

/** An idle timer, and a chain that refreshes it. */
export interface Refreshed {
  readonly kind: 'refreshed';
  readonly delay: number;
  readonly every: number;
  readonly times: number;
  readonly by: 'callbacks' | 'naps' | 'files';
  readonly verdict: (typeof VERDICTS)[number];
  readonly way: Way;
}

const verdicts = fc.oneof(
  { weight: 3, arbitrary: fc.constant('in time' as const) },
  { weight: 2, arbitrary: fc.constantFrom(...VERDICTS) },
);

const link: fc.Arbitrary<Link> = fc.record({
  ms: fc.integer({ min: 1, max: 120 }),
  as: fc.constantFrom('callback', 'promise'),
  next: fc.array(
    fc.oneof(
      {
        weight: 20,
        arbitrary: fc.constantFrom(...(Object.keys(between) as Between[]).filter((name) => name !== 'child')),
      },
      { weight: 1, arbitrary: fc.constant('child' as const) },
    ),
    { maxLength: 2 },
  ),
});

export const chains: fc.Arbitrary<Chain> = fc.record({
  kind: fc.constant('chain'),
  form: fc.constantFrom('nested', 'async'),
  links: fc.array(link, { minLength: 1, maxLength: 5 }),
  sum: fc.integer({ min: 200, max: IN_TIME }),
  verdict: verdicts,
  way: fc.constantFrom(...WAYS),
});

export const refreshedTimers: fc.Arbitrary<Refreshed> = fc.record({
  kind: fc.constant('refreshed'),
  delay: fc.integer({ min: 20, max: 200 }),
  every: fc.integer({ min: 5, max: 40 }),
  times: fc.integer({ min: 1, max: 12 }),
  by: fc.constantFrom('callbacks', 'naps', 'files'),
  verdict: verdicts,
  way: fc.constantFrom(...WAYS),
});

type Step = readonly [before: string, behind: string];

/**
 * @param marker for the line that is to blame.
 * @param isExact whether it is judged as soon as it has begun: else one that is too long by its short timers may be over by then.
 * @returns its lines.
 */
export function linesOf(use: Chain | Refreshed, marker: string, isExact: boolean): string[] {
  const verdict = use.verdict === 'over' && !isExact ? 'long' : use.verdict;
  return use.kind === 'chain' ? chained(use, verdict, marker) : refreshing(use, verdict, marker);
}

function chained(chain: Chain, verdict: Chain['verdict'], marker: string): string[] {
  const steps = stepsOf(chain, verdict);
  const mark = (line: string, i: number): string =>
    verdict === 'long' && i === steps.length - 1 ? line + marker : line;
  const lines =
    chain.form === 'nested'
      ? [
          ...steps.map(([before], i) => '  '.repeat(i) + mark(before, i)),
          ...steps.map(([, behind], i) => '  '.repeat(i) + behind).toReversed(),
        ]
      : [
          'void (async () => {',
          ...steps.map(([before, behind], i) =>
            mark(`  await new Promise((done) => { ${before} done(); ${behind} });`, i),
          ),
          '})();',
        ];
  // Which of the timers exceeds the grace hangs on where the machine was slow: they share a line.
  return verdict === 'over' ? [lines.map((line) => line.trim()).join(' ') + marker] : lines;
}

function stepsOf({ links, sum }: Chain, verdict: Chain['verdict']): Step[] {
  const steps: Step[] = [];
  const isOver = verdict === 'over';
  const most = isOver ? TOO_LONG : sum;
  // Again and again, if the chain should be too long.
  const count = isOver ? Infinity : links.length;
  let total = 0;
  for (let i = 0; total < most && i < count; i++) {
    const { ms, as, next } = links[i % links.length]!;
    const delay = isOver ? Math.max(ms, 30) : Math.min(ms, most - total);
    total += delay;
    steps.push(timer(as, delay));
    for (const name of next) if (total <= EARLY || !LASTING.has(name)) steps.push(between[name]);
  }
  if (verdict === 'long') steps.push(timer('callback', 600_000));
  return steps;
}

const timer = (as: Link['as'], ms: number): Step =>
  as === 'callback' ? ['setTimeout(() => {', `}, ${ms});`] : [`void after(${ms}).then(() => {`, '});'];

function refreshing(use: Refreshed, verdict: Refreshed['verdict'], marker: string): string[] {
  const { every, by } = use;
  const isOver = verdict === 'over';
  const delay = verdict === 'long' ? 600_000 : isOver ? 200 : use.delay;
  // The chain itself is in time.
  const longest = Math.min(by === 'files' ? EARLY : Infinity, isOver ? 230 : IN_TIME - use.delay);
  const most = Math.floor(longest / every);
  const times = isOver ? most : Math.min(use.times, most);
  const next = {
    callbacks: `setTimeout(touch, ${every})`,
    naps: `void after(${every}).then(touch)`,
    files: `setTimeout(() => fs.stat('.', touch), ${every})`,
  }[by];
  return [
    `const idle = setTimeout(() => {}, ${delay});${verdict === 'in time' ? '' : marker}`,
    'let n = 0;',
    `const touch = () => { idle.refresh(); if (n++ < ${times}) ${next}; };`,
    'touch();',
  ];
}
