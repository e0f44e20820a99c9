/** Preloaded into each process of a run: counts how often async-leaks sleeps before a verdict, because a clock would tell only on an idle machine. */
const { appendFileSync } = require('node:fs');
const timers = require('node:timers');

const { setTimeout } = timers;
// Not the looks of the main process at what holds it, which nobody waits for.
const SLEEP = /\n.*\n.*[\\/]async-leaks[\\/].*\n +at new Promise/;

timers.setTimeout = Object.defineProperties((...args) => {
  if (SLEEP.test(new Error().stack)) appendFileSync(process.env.SLEEPS, '.');
  return setTimeout(...args);
}, Object.getOwnPropertyDescriptors(setTimeout));
