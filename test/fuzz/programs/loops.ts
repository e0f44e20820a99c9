/** Loops that nobody awaits: what each round opens ends by itself, and the next round opens it again. */
import type { Opening } from './opening.ts';

/** What one round does. */
interface Round {
  readonly type: string;
  /** A call that runs a callback when the round is over. */
  readonly calls?: (again: string) => string;
  /** An expression to await. */
  readonly awaits?: string;
  readonly heavy?: true;
  /** One takes so long that three in a row may exceed the grace. */
  readonly slow?: true;
}

const rounds = {
  timers: { type: 'Timeout', calls: (again) => `setTimeout(${again}, 20)` },
  'short timers': { type: 'Timeout', calls: (again) => `setTimeout(${again}, 1)` },
  sleeps: { type: 'Timeout', awaits: 'new Promise((done) => setTimeout(done, 20))' },
  naps: { type: 'Timeout', awaits: 'after(15)' },
  'timers and files': {
    type: 'Timeout|FSREQPROMISE',
    calls: (again) => `fs.promises.stat('.').then(() => setTimeout(${again}, 10))`,
  },
  connections: {
    type: 'TCPWRAP|TCPCONNECTWRAP',
    calls: (again) => `net.connect(1, '127.0.0.1').on('error', () => {}).on('close', ${again})`,
    heavy: true,
  },
  requests: {
    type: 'TCPWRAP|TCPCONNECTWRAP',
    calls: (again) =>
      `http.get(site(), { agent: false }, (response) => response.resume().on('close', ${again}))`,
    heavy: true,
  },
  fetches: {
    type: 'TCPWRAP|TCPCONNECTWRAP',
    // On a busy machine undici gives up on a connection after ten seconds; nobody is to hear of that.
    awaits: 'fetch(site()).then((response) => response.text()).catch(() => {})',
    heavy: true,
  },
  'promised files': {
    // In Node 26 a `readFile` with promises closes its file by a callback.
    type: 'FSREQPROMISE|FSREQCALLBACK|FILEHANDLE',
    awaits: 'fs.promises.readFile(__filename)',
    heavy: true,
  },
  messages: {
    type: 'MESSAGEPORT',
    calls: (again) =>
      `((channel) => channel.port2.once('message', () => { channel.port1.close(); ${again}(); }) && channel.port1.postMessage(0))(new MessageChannel())`,
    heavy: true,
  },
  children: {
    type: 'PROCESSWRAP',
    calls: (again) => `spawn('sleep', ['0.05'], { stdio: 'ignore' }).on('exit', ${again})`,
    heavy: true,
    slow: true,
  },
  workers: {
    type: 'WORKER',
    calls: (again) => `new Worker('setTimeout(() => {}, 50)', { eval: true }).on('exit', ${again})`,
    heavy: true,
    slow: true,
  },
} as const satisfies Record<string, Round>;

function toOpening({ type, calls, awaits, heavy, slow }: Round, times: string): Opening {
  return {
    type,
    open:
      calls === undefined
        ? (x) => `${x} = loop(${times}); void (async () => { while (${x}.goesOn()) await ${awaits}; })();`
        : (x) => `${x} = loop(${times}); const again = () => ${x}.goesOn() && ${calls('again')};`,
    ...(calls !== undefined && { after: () => 'again();' }),
    close: (x) => `${x}.stop();`,
    ...(heavy && { heavy }),
    ...(slow && { slow }),
  };
}

type RoundName = keyof typeof rounds;

/** Only what takes long in itself is heavy then. */
const few = ({ heavy, ...round }: Round): Opening => ({
  ...toOpening(round.slow && heavy ? { ...round, heavy } : round, round.slow ? '1' : '3'),
  brief: true,
});

const named = Object.entries(rounds) as [RoundName, Round][];

/** Each one twice: for ever, and for some rounds. */
export const loops = {
  ...(Object.fromEntries(
    named.flatMap(([name, round]) => [
      [`loop of ${name}`, toOpening(round, '')],
      [`some ${name}`, few(round)],
    ]),
  ) as Record<`${'loop of' | 'some'} ${RoundName}`, Opening>),
  'heartbeat that requests': {
    type: 'Timeout',
    open: (x) =>
      `${x} = loop(); const beat = () => void (${x}.goesOn() && (ask(), setTimeout(beat, 25).unref()));`,
    after: () => 'beat();',
    close: (x) => `${x}.stop();`,
    brief: true,
    heavy: true,
  },
  'interval that requests, unref’d': {
    type: 'Timeout',
    open: (x) => `${x} = setInterval(ask, 25).unref();`,
    close: (x) => `clearInterval(${x});`,
    brief: true,
    heavy: true,
  },
  'interval that requests': {
    type: 'Timeout',
    open: (x) => `${x} = setInterval(ask, 25);`,
    close: (x) => `clearInterval(${x});`,
    unref: (x) => `${x}.unref();`,
    heavy: true,
  },
} as const satisfies Record<string, Opening>;
