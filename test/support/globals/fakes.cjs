/**
 * Fake timers and spies under the names that Jest has for them. It is put into the test projects as the package of the fake timers
 * itself, because in a suite with sinon, too, a package replaces the globals and calls through.
 */
exports.create = ({ install }) => {
  let clock;
  const useRealTimers = () => {
    clock?.uninstall();
    clock = undefined;
  };
  return {
    useFakeTimers: ({ shouldAdvanceTime = false, advanceTimers = shouldAdvanceTime } = {}) => {
      useRealTimers();
      clock = install({
        shouldAdvanceTime: advanceTimers,
        toFake: [
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'setImmediate',
          'clearImmediate',
          'Date',
        ],
      });
    },
    useRealTimers,
    clearAllTimers: () => clock.reset(),
    runAllTimers: () => clock.runAll(),
    advanceTimersByTime: (ms) => clock.tick(ms),
    fn: (own) =>
      function (...args) {
        return own.apply(this, args);
      },
    spyOn: (holder, name) => {
      const before = holder[name];
      holder[name] = function (...args) {
        return before.apply(this, args);
      };
      return { mockRestore: () => void (holder[name] = before) };
    },
  };
};
