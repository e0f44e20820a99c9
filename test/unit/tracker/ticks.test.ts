/** Which ticks are worth a stack. */
import { expect, test } from 'vitest';

import { kinds } from '../../../src/resources/kinds.ts';
import { Ticks } from '../../../src/tracker/events/ticks.ts';
import { Resource, Scope } from '../../../src/tracker/resource.ts';

const row = kinds['TickObject']!;
const MANY = 100;

/** Runs ticks of one function, each asked for by the one before, and never says that one is over. @returns how many became causes. */
function runChain(ticks: Ticks, scope: Scope, callback: object, create = (_tick: Resource) => {}): number {
  let admitted = 0;
  for (let id = 0; id < MANY; id++) {
    if (!ticks.hasRoom(scope, true) || !ticks.admits(callback, scope)) continue;
    const tick = new Resource(id, 'TickObject', row, scope, {});
    ticks.add(tick, true, callback);
    ticks.began(tick);
    create(tick);
    admitted++;
  }
  return admitted;
}
const createScope = () => new Scope('test', 'a test', undefined);

test('a function that creates nothing is soon known, though none of its ticks is over', () => {
  expect(runChain(new Ticks(), createScope(), () => {})).toBe(2);
});

test('a function that creates something each time always has one', () => {
  const ticks = new Ticks();
  expect(
    runChain(
      ticks,
      createScope(),
      () => {},
      (tick) => ticks.created(tick),
    ),
  ).toBe(MANY);
});

test('a function that created something once has a few in each scope', () => {
  const ticks = new Ticks();
  const callback = () => {};
  let isFirst = true;
  const createOnce = (tick: Resource): void => {
    if (isFirst) ticks.created(tick);
    isFirst = false;
  };
  expect(runChain(ticks, createScope(), callback, createOnce)).toBe(9);
  expect(runChain(ticks, createScope(), callback)).toBe(8);
  expect(runChain(ticks, createScope(), callback)).toBe(8);
});
