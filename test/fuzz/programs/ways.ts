/** Where in a body the statement is that opens something. */
export const WAYS = [
  'directly',
  'after an await',
  'after a sleep',
  'in a timer',
  'in an immediate',
  'in a tick',
  'in a microtask',
  'in an emitter',
  'in a server callback',
  'in a helper',
  'in an async helper',
] as const;

export type Way = (typeof WAYS)[number];

/**
 * Puts lines into what runs them in this way, and waits for it.
 * @param n makes names unique.
 * @param isAsync whether they await something.
 */
export function wrap(way: Way, lines: readonly string[], n: number, isAsync: boolean): string[] {
  const within = (before: string, behind: string): string[] => [
    before,
    ...lines.map((line) => `  ${line}`),
    behind,
  ];
  const prefix = isAsync ? 'async ' : '';
  const arrow = `${prefix}() =>`;
  switch (way) {
    case 'directly':
      return within('{', '}');
    case 'after an await':
      return ['await null;', ...within('{', '}')];
    case 'after a sleep':
      return ['await sleep(3);', ...within('{', '}')];
    case 'in a timer':
      return within(`await new Promise((done) => setTimeout(${arrow} {`, 'done(); }, 3));');
    case 'in an immediate':
      return within(`await new Promise((done) => setImmediate(${arrow} {`, 'done(); }));');
    case 'in a tick':
      return within(`await new Promise((done) => process.nextTick(${arrow} {`, 'done(); }));');
    case 'in a microtask':
      return within(`await new Promise((done) => queueMicrotask(${arrow} {`, 'done(); }));');
    case 'in an emitter':
      return [
        `const emitter${n} = new EventEmitter();`,
        ...within(
          `await new Promise((done) => { emitter${n}.on('event', ${arrow} {`,
          `done(); }); emitter${n}.emit('event'); });`,
        ),
      ];
    case 'in a server callback':
      return within(
        `await new Promise((done) => { const server${n} = net.createServer(${prefix}(socket) => { socket.end(); server${n}.close();`,
        `done(); }).listen(0, '127.0.0.1', () => net.connect(server${n}.address().port, '127.0.0.1').resume()); });`,
      );
    case 'in a helper':
    case 'in an async helper': {
      const awaits = isAsync || way === 'in an async helper';
      return [
        ...within(`const open${n} = ${awaits ? 'async ' : ''}() => {`, '};'),
        `${awaits ? 'await ' : ''}open${n}();`,
      ];
    }
  }
}
