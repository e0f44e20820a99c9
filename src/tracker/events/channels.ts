/**
 * What Node and undici tell by diagnostics channels, where async_hooks does not tell enough: which call made a
 * server listen, and for whom a pooled socket works.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { note } from '../../resources/notes.js';
import { keyOf, type HandleKey } from '../../resources/details.js';
import { OVERFLOW, type FaultKeeper } from './overflow.js';
import type { Cause, Resource } from '../resource.js';
import { capture, DEEP, type Site } from '../stacks/site.js';

/** Not the import itself: there a bundler may put a getter, which is a call. */
const STACK_ENDED = OVERFLOW;

/** What the channels have to tell of a socket or a server. */
export interface ChannelListener {
  /** The call in whose course the handle was made, out of sight of the user's code. */
  locate(handle: HandleKey, site: Site): void;
  /** Whose callback makes a request now, on behalf of `cause`. */
  makerOf(cause: Cause): Resource | undefined;
  /** Somebody else uses a pooled socket from now on, by a call in the course of a callback of `by`. */
  reown(handle: HandleKey, cause: Cause, site: Site, by: Resource | undefined): void;
}

export interface ChannelOptions {
  readonly stackDepth: number;
  readonly listener: ChannelListener;
  /** Keeps what a listener throws: Node would make an uncaught exception of it. */
  readonly keeper: FaultKeeper;
  /** The cause that runs now. */
  readonly current: () => Cause | undefined;
}

/** What we read of a socket of undici's. */
interface Socket {
  alpnProtocol?: string | false | null;
}

const UNDICI = "undici does not tell who uses a socket: that of a pool counts as its first user's.";

type Listener = (message: unknown) => void;

/** Whom a request is made for, and by which call. */
interface Call {
  readonly cause: Cause;
  readonly site: Site;
  /** Whose callback made it. undici writes it later: its first one only once V8 has compiled a parser, which no hook reports. */
  readonly by: Resource | undefined;
}

/** Listens from now on; returns what stops it. */
export function listenToChannels({ stackDepth, listener, keeper, current }: ChannelOptions): () => void {
  const depth = Math.max(stackDepth, DEEP);
  const listening = new WeakMap<object, Site>();
  const requests = new WeakMap<object, Call>();

  const channels: Record<string, (message: never, below: Listener) => void> = {
    // `listen(port, host)` makes its handle later, out of the user's sight.
    // https://nodejs.org/api/diagnostics_channel.html#net
    'tracing:net.server.listen:asyncStart': ({ server }: { server: object }, below) => {
      listening.set(server, capture(depth, below));
    },
    'tracing:net.server.listen:asyncEnd': ({ server }: { server: object }) => {
      const site = listening.get(server);
      if (site !== undefined) listener.locate(keyOf(server), site);
    },
    // Undici's sockets go from one request to the next without a word to async_hooks.
    // https://undici.nodejs.org/#/docs/api/DiagnosticsChannel
    'undici:request:create': ({ request }: { request?: object }, below) => {
      // mutation: undici request
      if (request === undefined) note(UNDICI);
      const cause = current();
      if (request !== undefined && cause !== undefined)
        requests.set(request, { cause, site: capture(depth, below), by: listener.makerOf(cause) });
    },
    'undici:client:sendHeaders': ({ request, socket }: { request: object; socket?: Socket }) => {
      if (socket === undefined) {
        note(UNDICI);
        return;
      }
      // In HTTP/2 it works for several at a time.
      const call = socket.alpnProtocol === 'h2' ? undefined : requests.get(request);
      if (call !== undefined) listener.reown(keyOf(socket), call.cause, call.site, call.by);
    },
  };

  const guarded = Object.entries(channels).map(([name, tell]) => {
    const listen: Listener = (message) => {
      try {
        tell(message as never, listen);
      } catch (error) {
        try {
          if ((error as Error).message !== STACK_ENDED) keeper.fault = error;
        } catch {
          keeper.fault = error;
        }
      }
    };
    subscribe(name, listen);
    return [name, listen] as const;
  });
  return () => {
    for (const [name, listen] of guarded) unsubscribe(name, listen);
  };
}
