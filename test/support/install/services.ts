/** The servers that some fixtures need: real ones, on free ports, with their data in a temporary folder. */
import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The names that `@needs` takes, and the command that installs each. */
export const installers = {
  chromium: 'apt-get install chromium',
  mariadb: 'apt-get install mariadb-server',
  memcached: 'apt-get install memcached',
  postgres: 'apt-get install postgresql',
  redis: 'apt-get install redis-server',
};

/** One of them. */
export type ServiceName = keyof typeof installers;

/** The servers of a run. */
export interface Services {
  /** The variables that lead clients to them. */
  readonly env: Readonly<Record<string, string>>;
  /** What is not installed on this machine. */
  readonly missing: readonly ServiceName[];
  /** Stops them, and removes their data. */
  stop(): Promise<void>;
}

/** What there is to stop. */
interface Started {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<unknown>;
}

const starters: Record<ServiceName, (folder: string) => Promise<Started | undefined>> = {
  chromium: findChromium,
  mariadb: startMariaDB,
  memcached: startMemcached,
  postgres: startPostgres,
  redis: startRedis,
};

/** Starts those that are installed. */
export async function startServices(): Promise<Services> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'async-leaks-services-'));
  const started: Started[] = [];
  const missing: ServiceName[] = [];
  const stop = async () => {
    await Promise.all(started.map((service) => service.stop()));
    rmSync(folder, { recursive: true });
  };
  try {
    for (const [name, start] of Object.entries(starters) as [ServiceName, (typeof starters)[ServiceName]][]) {
      const service = await start(folder);
      if (service) started.push(service);
      else missing.push(name);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { env: Object.assign({}, ...started.map(({ env }) => env)), missing, stop };
}

async function startMariaDB(folder: string): Promise<Started | undefined> {
  const mariadbd = find('mariadbd', ['/usr/sbin']);
  if (mariadbd === undefined) return;
  const data = join(folder, 'mariadb');
  mkdirSync(data);
  const port = String(await freePort());
  // Without privileges to look up, it starts in an empty folder.
  const settings = ['no-defaults', 'skip-grant-tables', 'bind-address=127.0.0.1', 'socket=mariadb.sock'];
  const args = [...settings, `datadir=${data}`, `port=${port}`, ...asRoot('user=root')].map(
    (name) => `--${name}`,
  );
  const stop = await launch(spawn(mariadbd, args, { stdio: ['ignore', 'pipe', 'pipe'] }), 'SIGTERM');
  return { env: { MARIADB_PORT: port }, stop };
}

async function startMemcached(): Promise<Started | undefined> {
  const memcached = find('memcached');
  if (memcached === undefined) return;
  const port = String(await freePort());
  // Only then does it say that it listens.
  const verbose = '-vv';
  const args = ['-l', '127.0.0.1', '-p', port, verbose, ...asRoot('-u', 'root')];
  const stop = await launch(spawn(memcached, args, { stdio: ['ignore', 'pipe', 'pipe'] }), 'SIGTERM');
  return { env: { MEMCACHED_PORT: port }, stop };
}

/** @returns the path of the browser; throws, with what installs it, if there is none. */
export function chromiumPath(): string {
  const path = find('chromium');
  if (path === undefined) throw new Error(`There is no Chromium: ${installers.chromium}`);
  return path;
}

/** Starts none: who needs a browser starts one itself. */
async function findChromium(): Promise<Started | undefined> {
  const chromium = find('chromium');
  return chromium === undefined ? undefined : { env: { CHROMIUM: chromium }, stop: async () => {} };
}

async function startPostgres(folder: string): Promise<Started | undefined> {
  // Debian keeps the binaries of each version apart, and links none of them.
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).map((name) => join(debian, name, 'bin')) : [];
  const initdb = find('initdb', versions);
  const postgres = find('postgres', versions);
  if (initdb === undefined || postgres === undefined) return;
  const data = join(folder, 'postgres');
  // It refuses to run as root, whose folder the user of its package could not enter.
  const user = process.getuid?.() === 0 ? userOf('postgres') : undefined;
  if (user) chownSync(folder, user.uid, user.gid);
  const options: SpawnOptions = { ...user, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] };
  execFileSync(initdb, ['-D', data, '-A', 'trust', '-U', 'tester', '--no-sync'], {
    ...options,
    stdio: 'pipe',
  });
  const port = await freePort();
  const settings = ['fsync=off', 'unix_socket_directories='].flatMap((setting) => ['-c', setting]);
  const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), ...settings];
  const stop = await launch(spawn(postgres, args, options), 'SIGINT');
  const env = { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'tester', PGDATABASE: 'postgres' };
  return { env, stop };
}

async function startRedis(folder: string): Promise<Started | undefined> {
  const redis = find('redis-server');
  if (redis === undefined) return;
  const port = String(await freePort());
  const args = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const stop = await launch(spawn(redis, args, { stdio: ['ignore', 'pipe', 'pipe'] }), 'SIGTERM');
  return { env: { REDIS_PORT: port }, stop };
}

/** Root has to say that it means it. */
const asRoot = (...args: readonly string[]) => (process.getuid?.() === 0 ? args : []);

/** Waits until a server says that it is ready. @returns what ends it with a signal, and waits for that. */
async function launch(child: ChildProcess, signal: NodeJS.Signals): Promise<() => Promise<unknown>> {
  let said = '';
  const exited = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        said += String(chunk);
        if (/ready (?:to accept|for) connections|server listening/i.test(said)) resolve();
      });
    child.once('exit', () => reject(new Error(`${child.spawnfile} did not start:\n${said}`)));
    child.once('error', reject);
  });
  return () => {
    child.kill(signal);
    return exited;
  };
}

/** @returns the path of a program, if there is one. */
function find(program: string, more: readonly string[] = []): string | undefined {
  const folders = [...more.toReversed(), ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

function userOf(name: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
