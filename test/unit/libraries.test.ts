/** Each row of the table of libraries is proven by a pair of fixtures. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { isCarrier } from '../../src/resources/libraries/carriers.ts';
import { wordRecipes } from '../support/expected/library-recipes.ts';
import { headOf, libraries, libraryOf, type Library } from '../../src/resources/libraries/index.ts';

const folder = 'fixtures/libraries';
const texts = new Map(
  readdirSync(folder)
    .filter((name) => /\.(?:leak|clean)\.tsx?$/.test(name))
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const),
);

test('docs/libraries.md is generated from the tables', async () => {
  await expect(wordRecipes()).toMatchFileSnapshot('../../docs/libraries.md');
});

/** The calls in what a row says: "await pool.end()" of "await pool.end(), once its jobs are done". */
const callsIn = (ends: string): string[] => [...ends.matchAll(/(?:await )?[\w$.]+\(/g)].map(([call]) => call);

/** A carrier is never told of as a client, nor what starts the user's own code. */
const isTold = ([name, { starts }]: [string, Library]): boolean =>
  !isCarrier(name) && starts === undefined && name !== '@testing-library/react';
const rows = Object.entries(libraries).filter(isTold);

describe.each(rows)('%s', (name, row) => {
  const leaking = [...texts].filter(
    ([file, text]) =>
      (file.includes('.leak.') && text.includes(` by ${name}\n`)) || text.includes(` by ${name} `),
  );

  test('has a fixture that forgets it', () => {
    expect(leaking.map(([file]) => file)).not.toEqual([]);
  });

  test('has a fixture that does what the row says', () => {
    const clean = leaking.map(([file]) => texts.get(file.replace('.leak.', '.clean.')) ?? '').join('\n');
    const ends = [row, ...Object.values(row.of ?? {})].map((each) => each.ends);
    for (const each of ends) {
      const calls = callsIn(each);
      const method = (call: string): string => call.replace(/^await /, '').replace(/^.*\./, '.');
      expect(calls.length === 0 || calls.some((call) => clean.includes(method(call))), each).toBe(true);
    }
  });

  test('reads well', () => {
    expect(row.noun ?? 'a thing').toMatch(/^(?:an? |the )?\S/);
    expect(row.ends).not.toMatch(/\.$/);
  });
});

test('a member of a family speaks as its head', () => {
  expect(headOf('pg-pool')).toBe('pg');
  expect(headOf('@redis/client')).toBe('redis');
  expect(headOf('left-pad')).toBe('left-pad');
  expect(libraryOf('pg-pool')).toBe(libraries['pg']);
});

test('there are at least sixty', () => {
  expect(Object.keys(libraries).length).toBeGreaterThanOrEqual(60);
});
