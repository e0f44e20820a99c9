/**
 * What Node and undici tell by diagnostics channels, where async_hooks does not tell enough: which call made a
 * server listen, and for whom a pooled socket works.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import type { Cause } from './resource.js';
import { capture, DEEP, type Site } from './site.js';

/** What the channels have to tell, by the async id of a handle. */
export interface ChannelListener {
  /** The call in whose course the handle was made, out of sight of the user's code. */
  locate(id: number, site: Site): void;
  /** Somebody else uses a pooled socket from now on. */
  reown(id: number, cause: Cause, site: Site): void;
}

export interface ChannelOptions {
  readonly stackDepth: number;
  readonly listener: ChannelListener;
  /** The cause that runs now. */
  readonly current: () => Cause | undefined;
  /** Told what a listener threw: Node would make an uncaught exception of it. */
  readonly onFault: (fault: unknown) => void;
}

interface Handle {
  getAsyncId?: () => number;
  /** Beneath the handle of a TLS socket. */
  _parent?: Handle;
}

interface Owner {
  _handle?: Handle | null;
  alpnProtocol?: string | false | null;
}

function idOf({ _handle: handle }: Owner): number | undefined {
  return (handle?._parent ?? handle)?.getAsyncId?.();
}

type Listener = (message: unknown) => void;

/** Whom a request is made for, and by which call. */
interface Call {
  readonly cause: Cause;
  readonly site: Site;
}

/** Listens from now on; returns what stops it. */
export function listenToChannels({ stackDepth, listener, current, onFault }: ChannelOptions): () => void {
  const depth = Math.max(stackDepth, DEEP);
  const listening = new WeakMap<object, Site>();
  const requests = new WeakMap<object, Call>();

  const channels: Record<string, (message: never, below: Listener) => void> = {
    // `listen(port, host)` makes its handle later, out of the user's sight.
    // https://nodejs.org/api/diagnostics_channel.html#net
    'tracing:net.server.listen:asyncStart': ({ server }: { server: object }, below) => {
      listening.set(server, capture(depth, below));
    },
    'tracing:net.server.listen:asyncEnd': ({ server }: { server: Owner }) => {
      const site = listening.get(server);
      const id = idOf(server);
      if (site !== undefined && id !== undefined) listener.locate(id, site);
    },
    // Undici's sockets go from one request to the next without a word to async_hooks.
    // https://undici.nodejs.org/#/docs/api/DiagnosticsChannel
    'undici:request:create': ({ request }: { request: object }, below) => {
      const cause = current();
      if (cause !== undefined) requests.set(request, { cause, site: capture(depth, below) });
    },
    'undici:client:sendHeaders': ({ request, socket }: { request: object; socket: Owner }) => {
      // In HTTP/2 it works for several at a time.
      const call = socket.alpnProtocol === 'h2' ? undefined : requests.get(request);
      const id = call && idOf(socket);
      if (id !== undefined) listener.reown(id, call!.cause, call!.site);
    },
  };

  const guarded = Object.entries(channels).map(([name, tell]) => {
    const listen: Listener = (message) => {
      try {
        tell(message as never, listen);
      } catch (fault) {
        onFault(fault);
      }
    };
    subscribe(name, listen);
    return [name, listen] as const;
  });
  return () => {
    for (const [name, listen] of guarded) unsubscribe(name, listen);
  };
}
