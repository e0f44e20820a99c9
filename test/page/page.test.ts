/** The page of a report: what it shows, and how it is used. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { runs, useProject } from '../support/e2e.ts';
import { openPage, ranFile, timer, useBrowser, violations, writePage } from '../support/expected/page.ts';
import { root, vitest4 } from '../support/install/versions.ts';
import { withOptions } from '../support/project.ts';

useBrowser();

const causes = (page: Page) => page.locator('.causes li .where code').allTextContents();
const at = (file: string, line: number, name = 'open') => ({
  place: { file: `/shop/${file}`, line, column: 5, function: name },
});
const socket = { type: 'TCPWRAP', noun: 'a TCP socket', remedy: 'socket.end().', package: 'pg' };

const sample = () => [
  ranFile('a.test.ts', 0, [
    { name: 'is innocent' },
    { name: 'polls', leaks: [at('src/poll.ts', 3, 'poll')] },
    { name: 'connects', leaks: [{ ...at('src/pool.ts', 31), ...socket }] },
    { name: 'is disturbed' },
  ]),
  ranFile(
    'b.test.ts',
    10,
    [
      { name: 'polls, too', leaks: [at('src/poll.ts', 3, 'poll')] },
      { name: 'warns', leaks: [at('src/warn.ts', 9)], status: 'warned' as const },
      { name: 'allows', leaks: [at('src/allow.ts', 9)], status: 'allowed' as const },
      { name: 'is known', leaks: [at('src/known.ts', 9)], status: 'known' as const },
    ],
    '2-0',
  ),
];

describe('the page of the demo', () => {
  const folder = join(root, 'fixtures/demo/project');
  const files = Object.fromEntries(
    ['src', 'test'].flatMap((name) =>
      readdirSync(join(folder, name)).map((file) => [
        `${name}/${file}`,
        readFileSync(join(folder, name, file), 'utf8'),
      ]),
    ),
  );

  test('shows each cause with its line, its remedy and its code, and has no fault that axe-core finds', async () => {
    const project = useProject({
      version: vitest4,
      files,
      config: withOptions(vitest4, { html: 'leaks.html' }),
    });
    await runs(project);
    const path = join(project.folder, 'leaks.html');
    const page = await openPage(path);
    const found = await causes(page);
    expect(found.map((place) => place.replace(/:.*/, '')).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'src/api.ts',
      'src/connection.ts',
      'src/rates.ts',
      'src/report.ts',
      'test/live.test.ts',
    ]);
    expect(await page.locator('.head').innerText()).toBe('9 resources in 5 tests, opened at 5 places');
    await page.locator('.causes a', { hasText: 'src/connection.ts' }).click();
    expect(page.url()).toMatch(/#src\/connection\.ts:16$/);
    const details = page.locator('.details');
    expect(await details.locator('.remedy').innerText()).toContain('socket.end() or socket.destroy()');
    expect(await details.locator('.source .at').innerText()).toContain(
      "this.#socket = connect(port, '127.0.0.1');",
    );
    expect(await details.locator('.message').innerText()).toContain('because of a timer');
    const rows = (label: string) => details.locator(`[aria-label="${label}"] tbody tr`);
    expect(await rows('Leaks of this cause').count()).toBe(1);
    // The other end of the connection is told with it, and has times of its own.
    await details.locator('summary', { hasText: '2 resources in time' }).click();
    const ends = await rows('Resources in time').allInnerTexts();
    expect(ends).toHaveLength(2);
    for (const end of ends)
      expect(end).toMatch(/^socket 127\.0\.0\.1:\d+ → 127\.0\.0\.1:\d+ \(TCPWRAP\)\t.* – .* m?s\t/);
    for (const colorScheme of ['light', 'dark'] as const)
      expect(await violations(await openPage(path, { colorScheme, bypassCSP: true }))).toEqual([]);
  });
});

describe('a reader', () => {
  test('finds causes by search and by filters, in the order of their tests', async () => {
    const page = await openPage(writePage(sample()));
    const places = () => causes(page);
    const all = [
      'src/poll.ts:3:5',
      'src/pool.ts:31:5',
      'src/warn.ts:9:5',
      'src/allow.ts:9:5',
      'src/known.ts:9:5',
    ];
    expect(await places()).toEqual(all);
    await page.keyboard.press('/');
    await page.keyboard.type('connects pool');
    expect(await places()).toEqual(['src/pool.ts:31:5']);
    expect(await page.locator('output').innerText()).toBe('1 of 5 causes');
    await page.getByRole('button', { name: 'Clear' }).click();
    expect(await places()).toEqual(all);
    for (const [name, value, left] of [
      ['status', 'warned', 'src/warn.ts:9:5'],
      ['type', 'TCPWRAP', 'src/pool.ts:31:5'],
    ] as const) {
      await page.getByLabel(`Only this ${name}`).selectOption(value);
      expect(await places()).toEqual([left]);
      await page.getByRole('button', { name: 'Clear' }).click();
    }
    await page.getByLabel('Only this file').selectOption({ label: 'test/b.test.ts' });
    expect(await places()).toEqual([
      'src/poll.ts:3:5',
      'src/warn.ts:9:5',
      'src/allow.ts:9:5',
      'src/known.ts:9:5',
    ]);
    await page.locator('#search').fill('nothing is like this');
    expect(await page.locator('.causes .none').innerText()).toBe('No cause is like that.');
  });

  test('sees the causes of most leaks first, if they like', async () => {
    const records = sample();
    records.push(ranFile('c.test.ts', 200, [{ name: 'warns', leaks: [at('src/known.ts', 9)] }]));
    records.push(ranFile('d.test.ts', 300, [{ name: 'warns', leaks: [at('src/known.ts', 9)] }]));
    const page = await openPage(writePage(records));
    const inOrder = await causes(page);
    await page.getByLabel('Order of the causes').selectOption('most leaks first');
    const [first, second, ...rest] = await causes(page);
    expect([first, second]).toEqual(['src/known.ts:9:5', 'src/poll.ts:3:5']);
    expect(rest).toEqual(inOrder.filter((place) => !/known|poll/.test(place)));
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    expect(page.url()).toMatch(/#src\/known\.ts:9$/);
    await page.getByLabel('Order of the causes').selectOption('in the order of tests');
    expect(await causes(page)).toEqual(inOrder);
  });

  test('sees in time what is told under a leak', async () => {
    const other = timer({ details: { label: 'interval, every 20 ms' }, package: 'pg-boss' });
    const [record] = [
      ranFile('a.test.ts', 0, [{ name: 'polls', leaks: [{ others: [other, other] }] }, { name: 'waits' }]),
    ];
    const [leak] = record.leaks;
    const { opened, judged } = leak!.times!;
    const others = [
      { opened, callbacks: [judged + 3, judged + 5] },
      { opened, released: [judged + 4, judged + 4] as const, callbacks: [] },
    ];
    const path = writePage([{ ...record, leaks: [{ ...leak!, times: { ...leak!.times!, others } }] }]);
    const page = await openPage(path, { bypassCSP: true });
    expect(await page.locator('.legend').innerText()).toContain('with it');
    await page.locator('summary', { hasText: '3 resources in time' }).click();
    const rows = await page.locator('[aria-label="Resources in time"] tbody tr').allInnerTexts();
    expect(rows.map((row) => row.split('\t'))).toEqual([
      ['interval, every 50 ms (Timeout)', '5 ms – 14 ms', '16 ms to 25 ms', '3'],
      ['interval, every 20 ms (Timeout) by pg-boss', '5 ms – 14 ms', 'more than 16 ms', '2'],
      ['interval, every 20 ms (Timeout) by pg-boss', '5 ms – 14 ms', '5 ms to 14 ms', ''],
    ]);
    // The second of the thin bars.
    const { x, y, width } = (await page.locator('canvas.runs').boundingBox())!;
    await page.mouse.move(x + (width * 16) / 30, y + 18 + 20 + 12 + 3);
    expect(await page.locator('.tip').innerText()).toContain(
      'interval, every 20 ms (Timeout) by pg-boss\ntold under src/poll.ts:3:5',
    );
    // The whole of it can be read, though it is larger than the timeline.
    const tip = (await page.locator('.tip').boundingBox())!;
    const isOnTop = (height: number): Promise<boolean> =>
      page.evaluate(`[...document.querySelectorAll('.tip')].every((tip) => {
        tip.style.pointerEvents = 'auto';
        return tip.contains(document.elementFromPoint(${tip.x + 20}, ${tip.y + height}));
      })`);
    expect(await isOnTop(4)).toBe(true);
    expect(await isOnTop(tip.height - 4)).toBe(true);
    expect(await violations(page)).toEqual([]);
  });

  test('comes by keyboard to each cause, each leak, and each part of the timeline', async () => {
    const page = await openPage(writePage(sample()));
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(page.url()).toMatch(/#src\/pool\.ts:31$/);
    expect(await page.locator('.causes [aria-current]').innerText()).toContain('src/pool.ts:31:5');
    await page.keyboard.press('k');
    expect(page.url()).toMatch(/#src\/poll\.ts:3$/);
    const second = page.getByRole('button', { name: 'polls, too' });
    await second.focus();
    await page.keyboard.press('Enter');
    expect(await second.getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('Escape');
    expect(await page.locator('.causes [aria-current]').count()).toBe(0);

    const timeline = page.locator('.canvas');
    const label = () => timeline.getAttribute('aria-label');
    const whole = await label();
    await timeline.focus();
    for (const key of ['+', '+', 'ArrowRight']) {
      const before = await label();
      await page.keyboard.press(key);
      expect(await label()).not.toBe(before);
    }
    await page.keyboard.press('0');
    expect(await label()).toBe(whole);
  });

  test('finds a leak in the timeline by the pointer', async () => {
    const page = await openPage(writePage(sample()));
    const { x, y, width } = (await page.locator('canvas.runs').boundingBox())!;
    // The first row of leaks of the first lane, some ms after the test that polls.
    const time = 40;
    const duration = 60;
    const left = x + (width * (time + duration * 0.01)) / (duration * 1.02);
    await page.mouse.move(left, y + 18 + 20 + 4);
    expect(await page.locator('.tip').innerText()).toContain('src/poll.ts:3:5');
    await page.mouse.down();
    await page.mouse.up();
    await page.waitForURL(/#src\/poll\.ts:3$/);
    const before = await page.locator('.canvas').getAttribute('aria-label');
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await page.keyboard.up('Control');
    await expect.poll(() => page.locator('.canvas').getAttribute('aria-label')).not.toBe(before);
  });

  test('follows a link to a cause, and gets one for each', async () => {
    const page = await openPage(writePage(sample()), { hash: '#src/warn.ts:9' });
    expect(await page.locator('.causes [aria-current]').innerText()).toContain('src/warn.ts:9:5');
    const links = await page
      .locator('.causes a')
      .evaluateAll((all) => all.map((each) => each.getAttribute('href')));
    expect(new Set(links).size).toBe(5);
    const other = await openPage(writePage(sample()), { hash: '#%E0%A4%A' });
    expect(await other.locator('.causes [aria-current]').count()).toBe(0);
  });

  test('has a chosen cause in sight, in the timeline and in the list, as the page opens and as they zoom', async () => {
    const records = Array.from({ length: 40 }, (_, i) =>
      ranFile(
        `${i}.test.ts`,
        Math.floor(i / 10) * 100,
        Array.from({ length: 8 }, (_each, n) => ({ name: `test ${n}`, leaks: [at(`src/${i}.ts`, n + 1)] })),
        `${i % 10}-0`,
      ),
    );
    const page = await openPage(writePage(records), { hash: '#src/39.ts:5' });
    const isIn = (inner: Locator, outer: Locator) =>
      expect
        .poll(async () => {
          const [a, b] = [(await inner.boundingBox())!, (await outer.boundingBox())!];
          return a.y >= b.y - 1 && a.y + a.height <= b.y + b.height + 1;
        })
        .toBe(true);
    const list = page.locator('.causes');
    await isIn(list.locator('[aria-current]'), list);
    // The last of ten lanes.
    const box = page.locator('.canvas');
    await expect.poll(() => box.evaluate((element) => element.scrollTop)).toBeGreaterThan(100);
    const label = () => box.getAttribute('aria-label');
    await box.focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press('+');
    // Its verdict fell 354.5 ms after the run began.
    const [, from, to] = /from (\d+) ms to (\d+) ms/.exec((await label())!)!;
    expect(Number(from)).toBeLessThan(355);
    expect(Number(to)).toBeGreaterThan(354);
    expect(Number(to) - Number(from)).toBeLessThan(40);
    await isIn(page.locator('canvas.axis'), box);
    await page.keyboard.press('0');
    for (let i = 0; i < 30; i++) await page.keyboard.press('k');
    await isIn(list.locator('[aria-current]'), list);
  });

  test('has the colours that they choose', async () => {
    const page = await openPage(writePage(sample()), { colorScheme: 'dark' });
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const dark = await ground();
    await page.getByLabel('Colours').selectOption('light');
    const light = await ground();
    expect(light).not.toBe(dark);
    await page.reload();
    expect(await ground()).toBe(light);
    await page.getByLabel('Colours').selectOption('auto');
    expect(await ground()).toBe(dark);
  });

  test('has all causes on paper, and no controls', async () => {
    const page = await openPage(writePage(sample()), { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    for (const controls of ['.toolbar', '.buttons', '.theme', '.keys'])
      expect(await page.locator(controls).isVisible()).toBe(false);
    for (const text of await page.locator('.causes li').all()) expect(await text.isVisible()).toBe(true);
    expect(await page.evaluate('getComputedStyle(document.documentElement).color')).toBe('rgb(27, 33, 41)');
    expect((await page.pdf()).byteLength).toBeGreaterThan(10_000);
  });

  test.each([400, 700])('scrolls only downwards at %i pixels', async (width) => {
    const page = await openPage(writePage(sample()), { width });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.locator('.causes a').first().click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });

  test.each(['light', 'dark'] as const)(
    'meets no fault that axe-core finds, in %s colours',
    async (colorScheme) => {
      const page = await openPage(writePage(sample()), { colorScheme, bypassCSP: true });
      for (const cause of await page.locator('.causes a').all()) {
        await cause.click();
        expect(await violations(page)).toEqual([]);
      }
      await page.locator('.keys summary').click();
      await page.locator('#search').fill('poll');
      expect(await violations(page)).toEqual([]);
    },
  );
});
