/** A package that programs use, of which one client opens several things: whoever forgets it has made one mistake. */
export const PACKAGE: Readonly<Record<string, string>> = {
  'node_modules/fuzz-client/package.json': '{ "name": "fuzz-client", "version": "1.0.0" }',
  'node_modules/fuzz-client/index.js': `const net = require('node:net');

/** Connects in a tick, as clients of databases do, and looks after its connection by timers. */
class Client {
  constructor(port) {
    this.ready = new Promise((resolve) => process.nextTick(() => {
      resolve();
      if (this.isClosed) return;
      this.socket = net.connect(port, '127.0.0.1').on('error', () => {});
      this.ping = setInterval(() => {}, 15_000);
      this.idle = setTimeout(() => {}, 60_000);
      if (this.isUnref) this.unref();
    }));
  }
  unref() {
    this.isUnref = true;
    for (const each of [this.socket, this.ping, this.idle]) each?.unref();
  }
  close() {
    this.isClosed = true;
    this.socket?.destroy();
    clearInterval(this.ping);
    clearTimeout(this.idle);
  }
}
exports.Client = Client;
`,
};
