/**
 * Checks what this Node no longer reports by the names that we know, and prints what that costs, unless a fallback is as good.
 * Loads modules and opens things for a moment, so it runs only for somebody who debugs.
 */
import { createHook } from 'node:async_hooks';
import timers from 'node:timers';

import { debug, isDebugging } from './debug.js';
import { callsBack, type TimerInternals, unwrap } from '../resources/probes.js';

// Taken now: later a test may have faked them.
const { setInterval, clearInterval } = timers;

let checked = false;

/** Prints, once in each process, what is missing. */
export function checkNode(): void {
  if (checked || !isDebugging()) return;
  checked = true;
  checkTimers();
  checkRequests();
  checkHandles();
  checkHttp();
}

function checkTimers(): void {
  const timer: TimerInternals & NodeJS.Timeout = setInterval(() => {}, 60_000).unref();
  if (typeof timer._repeat !== 'number')
    debug('Node does not say an interval from a timer: one that is cleared within the grace is missed.');
  if (typeof timer._idleTimeout !== 'number')
    debug('Node does not say the delay of a timer: one that is longer than the grace is waited for, too.');
  if (typeof timer._idleStart !== 'number')
    debug(
      'Node does not say when a timer was refreshed: one that is refreshed again and again takes long to judge.',
    );
  clearInterval(timer);
  if (timer._destroyed !== true)
    debug(
      'Node does not say at once that a timer was cleared: a test waits for some turns of the event loop.',
    );
}

/** Runs `open`, and returns the resources of a type that it created. */
function made(type: string, open: () => unknown): object[] {
  const resources: object[] = [];
  const hook = createHook({
    init(_id, type_, _trigger, resource) {
      if (type_ === type) resources.push(resource);
    },
  }).enable();
  try {
    open();
  } finally {
    hook.disable();
  }
  return resources;
}

function checkRequests(): void {
  const { stat } = process.getBuiltinModule('node:fs');
  if (!made('FSREQCALLBACK', () => stat('.', () => {})).some(callsBack))
    debug('Node does not say which requests call back: FSREQCALLBACK and crypto jobs are missed.');
}

function checkHandles(): void {
  const { createSocket } = process.getBuiltinModule('node:dgram');
  let socket: { close(): unknown } | undefined;
  // mutation: hasRef
  const handles = made('UDPWRAP', () => (socket = createSocket('udp4')));
  if (!handles.some((handle) => typeof unwrap(handle).hasRef === 'function'))
    debug('Node does not say whether a handle holds the process: handles are missed.');
  socket?.close();
}

function checkHttp(): void {
  const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http');
  const { Socket } = process.getBuiltinModule('node:net');
  const socket: InstanceType<typeof Socket> & { _httpMessage?: object } = new Socket();
  new ServerResponse(new IncomingMessage(socket)).assignSocket(socket);
  if (socket._httpMessage === undefined)
    debug(
      "Node does not say which response is under way: a server's end of a connection is missed once it has answered.",
    );
}
