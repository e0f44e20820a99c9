/** What a Node to come may drop or add, as changes of the sources: see node-to-come.test.ts. */
import type { Edit } from '../support/install/markers.ts';
import type { Renaming } from '../support/install/mutant.ts';

/** Verdicts stay right, and this is said. */
export const changes: Readonly<Record<string, { readonly edits: readonly Edit[]; readonly says: string }>> = {
  'drops trackPromises': {
    edits: [
      { at: 'mutation: trackPromises', to: 'const hook = createHook(callbacks);' },
      { at: 'mutation: ignored promises', to: '' },
    ],
    says: 'Node hooks promises, because of another async hook or because trackPromises is missing: awaits take longer.',
  },
  'does not mark what the collector may end': {
    edits: [{ at: 'mutation: collectable', to: 'return false;' }],
    says: 'Node does not mark an AsyncResource that the collector may end, so no AsyncResource is followed.',
  },
  'has a type that nobody knows': {
    edits: [{ at: 'mutation: server type', to: 'OF_OLD: {} as never' }],
    says: 'the resource type TCPSERVERWRAP is not known: its hasRef() says whether it is open.',
  },
};

/** What Node documents nowhere and the sources read by name: without it, these fixtures have their verdicts all the same. */
export const internals: Readonly<
  Record<
    string,
    { readonly edit: Edit | Renaming; readonly files: readonly string[]; readonly says?: string }
  >
> = {
  'whether a timer is cleared': {
    edit: { gone: '_destroyed' },
    files: ['kinds/Timeout.clean.ts', 'kinds/Immediate.clean.ts', 'kinds/Timeout.leak.ts'],
    says: 'Node does not say at once that a timer was cleared: a test waits for some turns of the event loop.',
  },
  'the delay of a timer': {
    edit: { gone: '_idleTimeout' },
    files: [
      'kinds/Timeout.clean.ts',
      'kinds/Timeout.leak.ts',
      'habits/retry.clean.ts',
      'habits/refresh.clean.ts',
    ],
    says: 'Node does not say the delay of a timer: one that is longer than the grace is waited for, too.',
  },
  'when a timer was refreshed': {
    edit: { gone: '_idleStart' },
    files: ['kinds/Timeout.leak.ts', 'habits/refresh.clean.ts', 'habits/refresh.leak.ts'],
    says: 'Node does not say when a timer was refreshed: one that is refreshed again and again takes long to judge.',
  },
  'an interval': {
    edit: { gone: '_repeat' },
    files: ['kinds/Timeout.leak.ts', 'kinds/Timeout.clean.ts'],
    says: 'Node does not say an interval from a timer: one that is cleared within the grace is missed.',
  },
  'who owns a handle': { edit: { gone: 'owner_symbol' }, files: ['shapes/keep-alive.ts'] },
  'the response that is under way': {
    edit: { gone: '_httpMessage' },
    files: ['shapes/keep-alive.ts'],
    says: "Node does not say which response is under way: a server's end of a connection is missed once it has answered.",
  },
  'the parser of a connection': { edit: { gone: 'parser' }, files: ['shapes/keep-alive.ts'] },
  'the id of a handle': { edit: { gone: 'getAsyncId' }, files: ['shapes/keep-alive.ts'] },
  'the handle of a socket': { edit: { gone: '_handle' }, files: ['shapes/keep-alive.ts'] },
  'the handle beneath TLS': { edit: { gone: '_parent' }, files: ['shapes/keep-alive.ts'] },
  'the module of child processes': {
    edit: {
      at: 'mutation: child module',
      to: `partOf: { type: 'PROCESSWRAP', module: 'node:internal/gone' }`,
    },
    files: ['shapes/parts.ts'],
  },
  'the module of workers': {
    edit: { at: 'mutation: worker module', to: `partOf: { type: 'WORKER', module: 'node:internal/gone' }` },
    files: ['shapes/parts.ts', 'shapes/worker-pools.clean.ts'],
  },
  'the turns of the event loop': {
    edit: { gone: 'uvMetricsInfo' },
    files: ['shapes/unopened.leak.ts', 'shapes/unopened.clean.ts'],
  },
  'the address of a handle': {
    edit: {
      at: 'mutation: address',
      to: "const getsockname = undefined as SocketHandle['getsockname'];",
    },
    files: ['shapes/unopened.leak.ts'],
  },
  'where a hook keeps its callbacks': {
    edit: {
      at: 'mutation: fields of a hook',
      to: 'const found = NAMES.map((name) => [name, symbolOf(hook, `${name}Gone`)] as const);',
    },
    files: ['kinds/Timeout.clean.ts', 'kinds/Timeout.leak.ts'],
  },
  'the descriptor of a handle': {
    edit: { gone: 'fd' },
    files: ['shapes/unopened.clean.ts', 'shapes/stdin.clean.ts'],
  },
};

/** Without it leaks are missed, and that is said. */
export const missed: Readonly<Record<string, { readonly edit: Edit; readonly says: string }>> = {
  'which requests call back': {
    edit: { at: 'mutation: callbacks of a request', to: 'false' },
    says: 'Node does not say which requests call back: FSREQCALLBACK and crypto jobs are missed.',
  },
  'whether a handle holds the process': {
    edit: {
      at: 'mutation: hasRef',
      to: `const handles = made('UDPWRAP', () => (socket = createSocket('udp4'))).map(() => ({}));`,
    },
    says: 'Node does not say whether a handle holds the process: handles are missed.',
  },
  'whom undici works for': {
    edit: { at: 'mutation: undici request', insert: 'request = undefined;' },
    says: "undici does not tell who uses a socket: that of a pool counts as its first user's.",
  },
  'the descriptor of a file handle': {
    edit: {
      at: 'mutation: file descriptor',
      to: 'const { gone: fd } = resource as { gone?: number };',
    },
    says: 'Node does not say the descriptor of a file handle: FILEHANDLE is missed.',
  },
};
