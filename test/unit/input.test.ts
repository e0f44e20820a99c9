import { describe, expect, test } from 'vitest';

import { parseAllowances } from '../../src/config/allowances.ts';
import { isSupported } from '../../src/jest/version.ts';
import { refuseIdleUpdate, resolveOptions } from '../../src/config/options.ts';
import { isTooOld } from '../../src/vitest/version.ts';

describe('options', () => {
  test('have defaults, also where undefined is given', () => {
    expect(resolveOptions({ grace: undefined }, {})).toEqual({
      mode: 'fail',
      deadline: 'suite',
      grace: 250,
      allow: [],
      includeUnref: false,
      staleAllow: 'warn',
      stackDepth: 24,
      baseline: undefined,
      outputFile: undefined,
      html: undefined,
      jobSummary: true,
      update: false,
    });
  });

  test.each([
    [{ mode: 'loud' }, `option "mode" takes 'fail', 'warn', 'off', but got 'loud'.`],
    [{ deadline: 1 }, `option "deadline" takes 'suite', 'test', but got 1.`],
    [{ grace: '250' }, `option "grace" takes a whole number of at least 0, but got '250'.`],
    [{ grace: -1 }, `option "grace" takes a whole number of at least 0, but got -1.`],
    [{ allow: 'TCPWRAP' }, `option "allow" takes an array of allowances, but got 'TCPWRAP'.`],
    [{ includeUnref: 'yes' }, `option "includeUnref" takes true or false, but got 'yes'.`],
    [{ staleAllow: true }, `option "staleAllow" takes 'warn', 'fail', 'off', but got true.`],
    [{ baseline: '' }, `option "baseline" takes the path of a file, but got ''.`],
    [{ outputFile: 1 }, 'option "outputFile" takes the path of a file, but got 1.'],
    [{ html: true }, 'option "html" takes the path of a file, but got true.'],
    [{ jobSummary: 'no' }, `option "jobSummary" takes true or false, but got 'no'.`],
    [{ stackDepth: 0 }, 'option "stackDepth" takes a whole number of at least 1, but got 0.'],
    [
      { grase: 1 },
      'there is no option "grase"; it takes mode, deadline, grace, allow, includeUnref, staleAllow, stackDepth, baseline, outputFile, html, jobSummary.',
    ],
    [[], 'the options must be an object, but got [].'],
    [null, 'the options must be an object, but got null.'],
    [new Map(), 'the options must be an object, but got Map(0) {}.'],
    [Promise.resolve(), 'the options must be an object, but got Promise { undefined }.'],
  ])('refuse %j', (given, sentence) => {
    expect(() => resolveOptions(given, {})).toThrow(new TypeError(`async-leaks: ${sentence}`));
  });

  test('yield to ASYNC_LEAKS', () => {
    expect(resolveOptions({ mode: 'fail' }, { ASYNC_LEAKS: 'off' }).mode).toBe('off');
    expect(() => resolveOptions({}, { ASYNC_LEAKS: 'no' })).toThrow(
      "async-leaks: the environment variable ASYNC_LEAKS takes off, warn, fail, update, update-ci, but got 'no'.",
    );
    expect(resolveOptions({ baseline: 'b.json' }, { ASYNC_LEAKS: 'update' })).toMatchObject({
      mode: 'fail',
      update: true,
    });
  });

  test.each(['1', 'true', 'woodpecker'])(
    'refuse ASYNC_LEAKS=update where CI is %s, but not update-ci',
    (CI) => {
      expect(() => resolveOptions({ baseline: 'b.json' }, { ASYNC_LEAKS: 'update', CI })).toThrow(
        'ASYNC_LEAKS=update is refused in CI',
      );
      expect(resolveOptions({ baseline: 'b.json' }, { ASYNC_LEAKS: 'update-ci', CI }).update).toBe(true);
    },
  );

  test.each(['', '0', 'false', undefined])('take ASYNC_LEAKS=update where CI is %s', (CI) => {
    expect(resolveOptions({ baseline: 'b.json' }, { ASYNC_LEAKS: 'update', CI }).update).toBe(true);
  });

  test('take ASYNC_LEAKS=update where there is a baseline, and refuse it where no project of a run has one', () => {
    const env = { ASYNC_LEAKS: 'update' };
    const off = resolveOptions({ mode: 'off' }, env);
    expect(off).toMatchObject({ mode: 'off', update: false });
    const recorded = resolveOptions({ mode: 'off', baseline: 'b.json' }, env);
    expect(recorded).toMatchObject({ mode: 'fail', update: true });
    expect(() => refuseIdleUpdate([off], env)).toThrow(
      'takes update only where option "baseline" names a file, but got \'update\'.',
    );
    refuseIdleUpdate([off, recorded], env);
    refuseIdleUpdate([off], {});
  });
});

describe('allowances', () => {
  test.each([
    [[], [{}]],
    [
      ['Timeout', 'TCPWRAP'],
      [{ type: 'Timeout' }, { type: 'TCPWRAP' }],
    ],
    [[{ from: 'pool.ts', count: 2, reason: 'shared' }], [{ from: 'pool.ts', count: 2, reason: 'shared' }]],
  ])('%j', (inputs, allowances) => {
    expect(parseAllowances(inputs, 'allowLingering()')).toEqual(allowances);
  });

  test.each([
    [42, '42'],
    ['', "''"],
    [null, 'null'],
    [['Timeout'], "[ 'Timeout' ]"],
    [/Timeout/, '/Timeout/'],
    [new Map([['type', 'Timeout']]), "Map(1) { 'type' => 'Timeout' }"],
    [{ type: 1 }, 'type: 1'],
    [{ count: 0 }, 'count: 0'],
    [{ count: 1.5 }, 'count: 1.5'],
    [{ kind: 'timer' }, 'the unknown key "kind"'],
  ])('refuse %j', (input, got) => {
    expect(() => parseAllowances([input], 'allowLingering()')).toThrow(
      new TypeError(
        'allowLingering(): expected a resource type such as "TCPWRAP", or an object { type?, package?, from?, count?, reason? } ' +
          `with strings and a whole count of at least 1, but got ${got}.`,
      ),
    );
  });
});

describe('versions', () => {
  test.each([
    ['28.1.3', false],
    ['29.6.4', false],
    ['29.7.0', true],
    ['30.5.2', true],
    ['31.0.0', false],
  ])('Jest %s: %s', (version, supported) => {
    expect(isSupported(version)).toBe(supported);
  });

  test.each([
    ['3.2.4', true],
    ['4.0.18', true],
    ['4.1.0-beta.1', false],
    ['4.1.12', false],
    ['5.1.0', false],
  ])('Vitest %s is too old: %s', (version, old) => {
    expect(isTooOld(version)).toBe(old);
  });
});
