/** The page of runs as they may come: very large, empty, without times, merged, with names that are markup. */
import { writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { merge } from '../../src/report/outputs/index.ts';
import { toOutput } from '../../src/report/outputs/output.ts';
import { toPage } from '../../src/report/page/index.ts';
import { silentRecord } from '../../src/report/record.ts';
import { openPage, ranFile, timer, useBrowser, violations, writePage } from '../support/expected/page.ts';

useBrowser();

/**
 * Measures what a page works, until that is painted: ms of its thread, which do not depend on what else the machine does. `opening`
 * loads it anew, `work` takes what to do.
 */
async function useMeter(
  page: Page,
): Promise<Record<'opening' | 'work', (act: () => Promise<unknown>) => Promise<number>>> {
  const client = await page.context().newCDPSession(page);
  await client.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async (): Promise<number> => {
    const { metrics } = await client.send('Performance.getMetrics');
    return 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value;
  };
  const measure = async (act: () => Promise<unknown>): Promise<number> => {
    await act();
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
    return read();
  };
  return {
    // The count begins anew with each load.
    opening: measure,
    work: async (act) => {
      const before = await read();
      return (await measure(act)) - before;
    },
  };
}

describe('a run of 20,000 tests with 2,000 leaks', () => {
  const FILES = 200;
  const TESTS = 100;
  const large = () =>
    Array.from({ length: FILES }, (_, f) =>
      ranFile(
        `group-${f % 7}/file-${f}.test.ts`,
        Math.floor(f / 8) * 1100,
        Array.from({ length: TESTS }, (_each, i) => ({
          name: `a group of tests > of part ${f} > does what it should in case ${i}`,
          leaks:
            i % 10 === 3
              ? [{ place: { file: `/shop/src/part-${f}.ts`, line: i + 1, column: 5, function: `open${i}` } }]
              : [],
        })),
        `${f % 8}-0`,
      ),
    );

  test('opens, and answers, within a second', async () => {
    const records = large();
    const begun = performance.now();
    const path = writePage(records);
    const written = performance.now() - begun;
    const page = await openPage(path);
    const { opening, work } = await useMeter(page);
    const opened = await opening(() => page.reload());
    const wall = Number(await page.evaluate('performance.now()'));
    expect(await page.locator('.head').innerText()).toBe(
      '2000 resources in 2000 tests, opened at 2000 places',
    );
    expect(await page.locator('output').innerText()).toBe('2,000 causes');

    const search = await work(() => page.locator('#search').fill('part-77.ts'));
    expect(await page.locator('output').innerText()).toBe('10 of 2,000 causes');
    await page.getByRole('button', { name: 'Clear' }).click();
    const zoom = await work(() => page.getByRole('button', { name: 'Zoom in' }).click());
    const choose = await work(() => page.locator('.causes a').nth(50).click());
    console.log(
      `20,000 tests, 2,000 leaks: ${[
        ['written in', written],
        ['opened in', opened],
        ['by the clock in', wall],
        ['searched in', search],
        ['zoomed in', zoom],
        ['chosen in', choose],
      ]
        .map(([what, ms]) => `${what} ${Math.round(Number(ms))} ms`)
        .join(', ')}`,
    );
    for (const ms of [opened, search, zoom, choose]) {
      expect(ms).toBeGreaterThan(1);
      expect(ms).toBeLessThan(1000);
    }

    for (let more = 0; more < 2000 && (await page.locator('.causes .more').count()) > 0; more++)
      await page
        .locator('.causes .more')
        .evaluate((button) => (button as unknown as { click(): void }).click());
    expect(await page.locator('.causes li').count()).toBe(2000);
  });
});

test('a run in which nothing leaked shows its tests, and says so', async () => {
  const path = writePage([ranFile('a.test.ts', 0, [{ name: 'one' }, { name: 'two' }])]);
  const page = await openPage(path, { bypassCSP: true });
  expect(await page.locator('h1').innerText()).toBe('shop No async leaks');
  expect(await page.locator('main').innerText()).toBe('Every test closed what it had opened.');
  expect(await page.locator('canvas.runs').count()).toBe(1);
  expect(await violations(page)).toEqual([]);
});

test('a run of nothing is a page, too', async () => {
  const page = await openPage(writePage([]), { bypassCSP: true });
  expect(await page.locator('h1').innerText()).toBe('shop No async leaks');
  expect(await page.locator('canvas.runs').count()).toBe(0);
  expect(await violations(page)).toEqual([]);
});

test('a run without times has its causes, and says why there is no timeline', async () => {
  const record = { ...silentRecord('/shop/a.ts'), leaks: [{ status: 'failed' as const, leak: timer() }] };
  const page = await openPage(writePage([record]), { bypassCSP: true });
  expect(await page.locator('.untimed').innerText()).toBe('It is not known when these tests ran.');
  expect(await page.locator('.causes li').count()).toBe(1);
  expect(await violations(page)).toEqual([]);
});

test('several runs are one below the other', async () => {
  const none = { stale: [], used: [] };
  const outputs = ['vitest.json', 'jest.json'].map((name, i) => ({
    name,
    output: toOutput([ranFile(`${i}.test.ts`, i * 1e9, [{ name: `test ${i}`, leaks: [{}] }])], none, '/shop'),
  }));
  const path = writePage([]);
  writeFileSync(path, toPage(merge(outputs)));
  const page = await openPage(path);
  expect(await page.locator('.head').innerText()).toBe('2 resources in 2 tests, opened at 1 place');
  const names = await page.locator('tbody td:nth-child(2)').allTextContents();
  expect(names).toEqual(['test/0.test.ts (vitest.json)', 'test/1.test.ts (jest.json)']);
  const height = (await page.locator('canvas.runs').boundingBox())!.height;
  expect(height).toBeGreaterThan(100);
});

test('names that are markup are shown, and do nothing', async () => {
  const hostile = [
    '<script>window.hacked = 1</script>',
    '</script><script>window.hacked = 1</script>',
    `"><img src=x onerror="window.hacked = 1">`,
    "'; alert(1); //",
    '%DATA% $& $1',
    '\u202eright to left',
    '\u001b[31mred\u0000',
    '<!-- <script>',
    `${'x'.repeat(1_000_000)} end`,
    '',
  ];
  const path = writePage(
    [
      ranFile(
        `${hostile[0]!.replaceAll('/', '')}.test.ts`,
        0,
        hostile.map((name, i) => ({
          name,
          leaks: [
            {
              type: name.slice(0, 100) || 'none',
              noun: name || 'nothing',
              remedy: name,
              place: {
                file: `/shop/${name.slice(0, 80).replaceAll('/', '')}.ts`,
                line: i + 1,
                column: 1,
                function: name,
              },
            },
          ],
        })),
      ),
    ],
    '/shop',
  );
  const page = await openPage(path, { width: 1000 });
  await page.locator('.causes a').first().waitFor();
  for (const cause of await page.locator('.causes a').all()) {
    await cause.click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(1000);
  }
  await page.locator('#search').fill('<script>');
  expect(await page.evaluate('window.hacked')).toBeUndefined();
  expect(await page.locator('img, #app script').count()).toBe(0);
  expect(await page.locator('script').count()).toBe(2);
  await page.locator('#search').fill('');
  const text = (await page.locator('#app').textContent())!;
  expect(text).toContain('<script>window.hacked = 1</script>');
  expect(text).toContain('\\u202eright to left');
  // eslint-disable-next-line no-control-regex
  const raw = [...text.matchAll(/[\u0000\u001b\u202e]/g)].map(({ index }) =>
    text.slice(index - 20, index + 20),
  );
  expect(raw).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(1000);
});

test('a page lets nothing run but its own script, and asks nobody for anything', async () => {
  const path = writePage([ranFile('a.test.ts', 0, [{ name: 'one', leaks: [{}] }])]);
  const page = await openPage(path, { mayComplain: true });
  const policy = await page.locator('meta[http-equiv]').getAttribute('content');
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  for (const [directive, act] of [
    ['require-trusted-types-for', "document.body.innerHTML += '<p>'"],
    ['connect-src', "fetch('https://example.invalid/')"],
    [
      'require-trusted-types-for',
      "document.body.append(Object.assign(document.createElement('script'), { src: 'data:,1' }))",
    ],
    ['img-src', "document.body.append(Object.assign(new Image(), { src: 'https://example.invalid/' }))"],
    ['style-src-attr', "document.body.setAttribute('style', 'color: red')"],
  ]) {
    const blocked = await page.evaluate(`new Promise((done) => {
      addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective), { once: true });
      (async () => { ${act}; })().catch(() => {});
    })`);
    expect([act, blocked]).toEqual([act, directive]);
  }
});
