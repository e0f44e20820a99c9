/**
 * What Node and undici report through diagnostics channels, where async_hooks does not report enough: which call made a server
 * listen, and who uses a pooled socket.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { note } from '../../resources/notes.js';
import { keyOf, type HandleKey } from '../../resources/details.js';
import { OVERFLOW, type FaultKeeper } from './overflow.js';
import type { Cause, Resource } from '../resource.js';
import { capture, DEEP, type Site } from '../stacks/site.js';

/** A constant of its own: a bundler may turn the import into a getter, which would be a call (see overflow.ts). */
const STACK_ENDED = OVERFLOW;

/** Receives what the channels report of a socket or a server. */
export interface ChannelListener {
  /** Takes the call that led to the handle, whose own stack shows no user code. */
  locate(handle: HandleKey, site: Site): void;
  /** The resource whose callback is making a request now, on behalf of `cause`. */
  makerOf(cause: Cause): Resource | undefined;
  /** From now on `cause` uses a pooled socket, by a call during a callback of `by`. */
  reown(handle: HandleKey, cause: Cause, site: Site, by: Resource | undefined): void;
}

export interface ChannelOptions {
  readonly stackDepth: number;
  readonly listener: ChannelListener;
  /** Keeps what a listener throws, because Node would make an uncaught exception of it. */
  readonly keeper: FaultKeeper;
  /** The cause that runs now. */
  readonly current: () => Cause | undefined;
}

/** What we read of an undici socket. */
interface Socket {
  alpnProtocol?: string | false | null;
}

const UNDICI = "undici does not tell who uses a socket: that of a pool counts as its first user's.";

type Listener = (message: unknown) => void;

/** Who makes a request, and by which call. */
interface Call {
  readonly cause: Cause;
  readonly site: Site;
  /** The resource calling back. undici writes later, its first request once V8 has compiled a parser, which no hook reports. */
  readonly by: Resource | undefined;
}

/** Listens from now on; returns a function that stops it. */
export function listenToChannels({ stackDepth, listener, keeper, current }: ChannelOptions): () => void {
  const depth = Math.max(stackDepth, DEEP);
  const listening = new WeakMap<object, Site>();
  const requests = new WeakMap<object, Call>();

  const channels: Record<string, (message: never, below: Listener) => void> = {
    // `listen(port, host)` creates its handle later, with no user code on the stack.
    // https://nodejs.org/api/diagnostics_channel.html#net
    'tracing:net.server.listen:asyncStart': ({ server }: { server: object }, below) => {
      listening.set(server, capture(depth, below));
    },
    'tracing:net.server.listen:asyncEnd': ({ server }: { server: object }) => {
      const site = listening.get(server);
      if (site !== undefined) listener.locate(keyOf(server), site);
    },
    // undici passes its sockets from one request to the next without reporting that to async_hooks.
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
      // In HTTP/2 a socket serves several requests at a time.
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
