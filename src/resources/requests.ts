/** What a socket is told as while a request is under way over it: the user made that, and never held the socket. */
import * as probe from './probes.js';
import type { Maker, Row } from './row.js';

/** A response that nobody reads. */
export const unread: NonNullable<Row['unread']> = {
  has: probe.hasUnread,
  words: {
    noun: 'a response',
    made: 'received',
    ended: 'read to its end',
    remedy: 'response.resume() to read it, or response.destroy().',
    heldRemedy: 'await response.text() to read it, or await response.body.cancel().',
  },
};

/** A request of Node's HTTP client. */
export const asks: NonNullable<Row['asks']> = {
  has: probe.asksHttp,
  words: {
    noun: 'an HTTP request',
    made: 'made',
    ended: 'finished',
    remedy: 'request.destroy(); or request.end(), and have the server answer it.',
  },
};

/** One of the global `fetch`, whose module this is. A global WebSocket comes another way. */
export const fetched: Maker = {
  module: 'node:internal/bootstrap/web/exposed-window-or-worker',
  noun: 'a request of fetch',
  made: 'made',
  ended: 'finished',
  remedy: 'abort it by its `signal`; or await it, and have the server answer.',
};
