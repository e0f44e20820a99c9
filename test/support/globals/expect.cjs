/** As much of `expect` as the fixtures use, for frameworks that come without one. */
const assert = require('node:assert/strict');

const isErrorLike = (error, like) => {
  if (like === undefined) return true;
  if (typeof like === 'function') return error instanceof like;
  return like instanceof RegExp ? like.test(error.message) : error.message.includes(like.message ?? like);
};

const matchers = {
  toBe: (got, want) => assert.ok(Object.is(got, want), `${String(got)} is not ${String(want)}`),
  toEqual: (got, want) => assert.deepEqual(got, want),
  toMatchObject: (got, want) => assert.partialDeepStrictEqual?.(got, want),
  toBeDefined: (got) => assert.notEqual(got, undefined),
  toBeUndefined: (got) => assert.equal(got, undefined),
  toBeNull: (got) => assert.equal(got, null),
  toBeTruthy: (got) => assert.ok(got),
  toBeInstanceOf: (got, type) => assert.ok(got instanceof type),
  toBeGreaterThan: (got, least) => assert.ok(got > least, `${got} is not more than ${least}`),
  toBeGreaterThanOrEqual: (got, least) => assert.ok(got >= least, `${got} is less than ${least}`),
  toBeLessThan: (got, most) => assert.ok(got < most, `${got} is not less than ${most}`),
  toMatch: (got, pattern) => assert.ok(new RegExp(pattern).test(got), `${got} does not match ${pattern}`),
  toContain: (got, part) => assert.ok(got.includes(part), `${String(part)} is not in it`),
  toHaveLength: (got, length) => assert.equal(got.length, length),
  toThrow: (got, like) => {
    try {
      got();
    } catch (error) {
      assert.ok(isErrorLike(error, like), `threw ${String(error)}`);
      return;
    }
    assert.fail('did not throw');
  },
};

const negated = (check) => (got, want) => assert.throws(() => check(got, want), assert.AssertionError);

const rejection = (promise) =>
  Promise.resolve(typeof promise === 'function' ? promise() : promise).then(
    () => assert.fail('was not rejected'),
    (error) => error,
  );

/** The matchers on a value, each made by `use`. */
const all = (use) =>
  Object.fromEntries(Object.entries(matchers).map(([name, check]) => [name, use(check, name)]));

exports.expect = (got) => ({
  ...all((check) => (want) => check(got, want)),
  not: all((check) => (want) => negated(check)(got, want)),
  resolves: all((check) => async (want) => check(await got, want)),
  rejects: all((check, name) => async (want) => {
    const error = await rejection(got);
    check(
      name === 'toThrow'
        ? () => {
            throw error;
          }
        : error,
      want,
    );
  }),
});
