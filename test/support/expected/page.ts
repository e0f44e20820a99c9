/** The page of a report, in a real Chromium. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { toOutput } from '../../../src/report/outputs/output.ts';
import { toPage } from '../../../src/report/page/index.ts';
import type { FileRecord, RecordedLeak } from '../../../src/report/record.ts';
import { silentRecord } from '../../../src/report/record.ts';
import type { Leak } from '../../../src/tracker/leak.ts';
import { chromiumPath } from '../install/services.ts';

let browser: Browser;
let folder: string;

/** Call it in a file of tests: starts a browser for all of them. */
export function useBrowser(): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(realpathSync(tmpdir()), 'async-leaks-page-'));
    browser = await chromium.launch({
      executablePath: chromiumPath(),
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });
}

export interface Opening {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  /** What the address ends with. */
  readonly hash?: string;
  /** Lets a tool of the test run code in the page. */
  readonly bypassCSP?: boolean;
  /** It is going to be attacked, and to say so. */
  readonly mayComplain?: boolean;
}

/** Writes a page to a file. @returns its path. */
export function writePage(records: readonly FileRecord[], root = '/shop'): string {
  const path = join(folder, 'page.html');
  writeFileSync(path, toPage(toOutput(records, { stale: [], used: [] }, root)));
  return path;
}

/** Opens a page, which must ask nobody for anything, and must have no error. */
export async function openPage(path: string, opening: Opening = {}): Promise<Page> {
  const {
    width = 1400,
    height = 1000,
    colorScheme = 'light',
    hash = '',
    bypassCSP = false,
    mayComplain,
  } = opening;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, bypassCSP });
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => faults.push(message.text()));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== pathToFileURL(path).href) faults.push(`asked for ${request.url()}`);
  });
  onTestFinished(async () => {
    await page.close();
    if (!mayComplain) expect(faults).toEqual([]);
  });
  await page.goto(`${pathToFileURL(path).href}${hash}`);
  await page.waitForSelector('header h1');
  return page;
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong, as it stands. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations: found } = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as {
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
  );
}

const BEGAN = 1_764_520_000_000;

/** A leak of a timer at a line. */
export const timer = (over: Partial<Leak> = {}): Leak => ({
  type: 'Timeout',
  kind: 'timer',
  noun: 'an interval',
  made: 'started',
  ended: 'cleared',
  remedy: 'clearInterval().',
  details: { label: 'interval, every 50 ms', delay: 50, repeats: true },
  owner: { kind: 'test', name: 'one' },
  place: { file: '/shop/src/poll.ts', line: 3, column: 5, function: 'poll' },
  probably: false,
  unattributed: false,
  frames: [
    { file: '/shop/src/poll.ts', line: 3, column: 5, function: 'poll' },
    { file: '/shop/test/a.test.ts', line: 30, column: 3 },
  ],
  chain: [],
  others: [],
  ...over,
});

/** A file whose tests ran one after the other, 10 ms each, from a moment on; some of them leak until the file ends. */
export function ranFile(
  name: string,
  began: number,
  tests: readonly { name: string; leaks?: readonly Partial<Leak>[]; status?: RecordedLeak['status'] }[],
  worker = '1-0',
): FileRecord {
  const at = (i: number): number => BEGAN + began + 5 + 10 * i;
  const ended = at(tests.length) + 5;
  const leaks = tests.flatMap(({ name: test, leaks: own = [], status = 'failed' as const }, i) =>
    own.map((over, j): RecordedLeak => {
      const callbacks = [1, 2, 3].map((n) => Math.min(at(i + n) + j, ended));
      return {
        status,
        leak: timer({ owner: { kind: 'test', name: test }, ...over }),
        test: i,
        after: { fired: 3, during: tests.slice(i + 1, i + 4).map((each) => each.name) },
        times: {
          test: i,
          opened: [at(i), at(i) + 9],
          judged: at(i) + 9.5,
          released: [ended, ended],
          callbacks,
        },
      };
    }),
  );
  const times = tests.map((test, i) => ({ name: test.name, began: at(i), ended: at(i) + 9 }));
  return {
    ...silentRecord(`/shop/test/${name}`),
    leaks,
    times: { worker, began: BEGAN + began, ended, tests: times },
  };
}
