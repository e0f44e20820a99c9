/** Allowances beside the code, and what the run says about those that nothing uses. */
import { describe, expect, test } from 'vitest';
import { runs, useProject } from '../support/e2e.ts';
import { withOptions } from '../support/project.ts';
import { failures, output, type Run } from '../support/run.ts';
import { both, vitest4, type Version } from '../support/install/versions.ts';

function runWith(
  version: Version,
  content: string,
  asyncLeaks: Record<string, unknown> = {},
  args: string[] = [],
): Promise<Run> {
  const config = withOptions(version, asyncLeaks);
  return runs(useProject({ version, files: { 'a.ts': content }, config }), { args });
}

const arm = `const arm = () => setInterval(() => {}, 1000);`;

describe.each(both)('%s', (_name, version) => {
  test('allows by a pragma for the whole file', async () => {
    const content = (pragma: string) => `/**
 * The plugs of the test bench.
 * ${pragma}
 */
${arm}
import { createServer } from 'node:net';
beforeAll(() => { arm(); });
test('arms', () => { arm(); });
test('listens', () => { createServer().listen(0); });
`;
    expect(failures(await runWith(version, content('@allow-lingering Timeout')))).toEqual(['listens']);
    expect(failures(await runWith(version, content('@allow-lingering Timeout TCPSERVERWRAP')))).toEqual([]);
    expect(failures(await runWith(version, content('@allow-lingering')))).toEqual([]);
    expect(failures(await runWith(version, content('@allow-lingering-not Timeout')))).toEqual([
      'arms',
      'listens',
    ]);
  });

  test('allows by the option, and tells the reason', async () => {
    const content = `${arm}\ntest('arms', () => { arm(); });\n`;
    const result = await runWith(version, content, { allow: [{ type: 'Timeout', reason: 'the plugs' }] });
    expect({ exitCode: result.exitCode, failures: failures(result) }).toEqual({ exitCode: 0, failures: [] });
    expect(output(result)).toContain('Allowed to linger: 1 × Timeout (the plugs).');
  });

  const stale = `import { allowLingering } from 'async-leaks';
${arm}
beforeEach(() => { allowLingering('Timeout'); });
test('uses what its hook allows', () => { arm(); });
test('does not', () => {});
test('allows nothing', () => {
  allowLingering({ type: 'TCPWRAP', reason: 'long gone' });
});
test('allows, but fails', () => { allowLingering('WORKER'); throw new Error('ordinary'); });
test.skip('is skipped', () => { allowLingering('UDPWRAP'); });
`;
  // Transformed to CommonJS, the call begins at another column.
  const sentence =
    /allowances? allowed nothing, and would hide the next leak; remove (it|them):\n +allowLingering\(\{ type: 'TCPWRAP', reason: 'long gone' \}\)  a\.ts:7:\d+\n/;

  test('tells of an allowance that nothing used', async () => {
    const result = await runWith(version, stale);
    expect(output(result)).toMatch(sentence);
    expect(output(result).split('allowed nothing').length - 1).toBe(1);
    expect(failures(result)).toEqual(['allows, but fails']);
  });

  test('fails for it with staleAllow: "fail", and says nothing with "off"', async () => {
    const content = stale.replace(`throw new Error('ordinary');`, 'arm; setImmediate(() => {});');
    const failing = await runWith(version, content.replace("'WORKER'", "'Immediate'"), {
      staleAllow: 'fail',
    });
    expect(failures(failing)).toEqual([]);
    expect(output(failing)).toMatch(sentence);
    expect(output(failing)).toMatch(/async-leaks: \d allowances? allowed nothing \(staleAllow: 'fail'\)\.\n/);
    expect(failing.exitCode).toBe(1);
    const off = await runWith(version, content, { staleAllow: 'off' });
    expect(output(off)).not.toContain('allowed nothing');
    expect(off.exitCode).toBe(0);
  });

  test('tells of an unused one of the project only where all of it ran', async () => {
    const content = `test('one', () => {});\ntest('two', () => {});\n`;
    const options = { allow: ['TCPWRAP'] };
    expect(output(await runWith(version, content, options))).toMatch(
      /1 allowance allowed nothing, .*\n +option "allow": 'TCPWRAP'\n/,
    );
    expect(output(await runWith(version, content, options, ['-t', 'one']))).not.toContain('allowed nothing');
  });

  test('mode "warn" says the same and fails nothing', async () => {
    const content = `${arm}\ntest('arms', () => { arm(); });\n`;
    const result = await runWith(version, content, { mode: 'warn' });
    expect({ exitCode: result.exitCode, failures: failures(result) }).toEqual({ exitCode: 0, failures: [] });
    expect(output(result)).toContain('an interval was started in this test, but never cleared (Timeout)');
    expect(output(result)).toContain('Async leaks  1 resource in 1 test, opened at 1 place');
  });

  test('tells what an escaped timer went on doing, and during which tests', async () => {
    const content = `
let fired = 0;
let wake = () => {};
const firedOften = (n: number) => new Promise<void>((resolve) => {
  const least = fired + n;
  wake = () => { if (fired >= least) resolve(); };
});
afterAll(() => {});
test('escapes', () => { setInterval(() => { fired++; wake(); }, 1); });
test('creates a user', async () => { await firedOften(3); });
test('deletes a user', async () => { await firedOften(3); });
`;
    const result = await runWith(version, content);
    expect(failures(result)).toEqual(['escapes']);
    const [, times] =
      /Fired (\d+) times after its test, during "creates a user", "deletes a user"\.\n/.exec(
        output(result),
      ) ?? [];
    expect(Number(times), output(result)).toBeGreaterThanOrEqual(6);
  });

  test('counts what tests left that failed by themselves', async () => {
    const content = `${arm}\ntest('fails', () => { arm(); arm(); throw new Error('ordinary'); });\n`;
    const result = await runWith(version, content);
    expect(output(result)).toMatch(
      /2 resources were left by tests that failed:\n +2 intervals {2}\S*a\.ts:\d+:\d+\n/,
    );
  });

  test('calls nothing stale whose test did not run', async () => {
    const content = (skip: string) => `/** @allow-lingering Timeout */
import { allowLingering } from 'async-leaks';
${arm}
beforeAll(() => { allowLingering({ type: 'Timeout', reason: 'of the hook' }); });
test${skip}('uses it', () => { arm(); });
test('other', () => {});
`;
    for (const result of [
      await runWith(version, content(''), { staleAllow: 'fail' }, ['-t', 'other']),
      await runWith(version, content('.skip'), { staleAllow: 'fail' }),
    ]) {
      expect(output(result)).not.toContain('allowed nothing');
      expect(result.exitCode).toBe(0);
    }
    expect(output(await runWith(version, content('').replace('arm(); });\ntest(', '});\ntest(')))).toContain(
      'allowed nothing',
    );
  });

  test('calls one used that many others of its text go before', async () => {
    const content = `import { allowLingering } from 'async-leaks';
import { createSocket } from 'node:dgram';
${arm}
beforeEach(() => { allowLingering('UDPWRAP'); });
for (let i = 0; i < 60; i++) test('test ' + i, () => {
  allowLingering('Timeout');
  arm();
  if (i === 58) createSocket('udp4').bind();
});
`;
    const result = await runWith(version, content, { staleAllow: 'fail' });
    expect(output(result)).not.toContain('allowed nothing');
    expect({ exitCode: result.exitCode, failures: failures(result) }).toEqual({ exitCode: 0, failures: [] });
  });

  test('gives back what an attempt used that was tried again', async () => {
    const content = `
if (typeof jest !== 'undefined') jest.retryTimes(2);
let attempts = 0;
const known = () => setInterval(() => {}, 1000);
test('flaky', { retry: 2 }, () => {
  known();
  if (attempts++ === 0) setInterval(() => {}, 2000);
});
`;
    const jestContent = content.replace('{ retry: 2 }, ', '');
    const allow = [{ type: 'Timeout', from: 'known', count: 1 }];
    const result = await runWith(version, version.framework === 'jest' ? jestContent : content, { allow });
    expect(failures(result)).toEqual([]);
    expect(output(result)).toContain('Allowed to linger: 1 × Timeout.');
  });

  test('mode "warn" prints past the spies of a test', async () => {
    const spy = version.framework === 'jest' ? 'jest' : 'vi';
    const content = `${arm}
const spied = ${spy}.spyOn(console, 'warn').mockImplementation(() => {});
test('leaks', () => { arm(); });
test('no warning was printed', () => { expect(spied).not.toHaveBeenCalled(); });
`;
    const result = await runWith(version, content, { mode: 'warn' });
    expect(failures(result)).toEqual([]);
    expect(output(result)).toContain('an interval was started in this test, but never cleared (Timeout)');
  });

  test('tells what the timer of a hook went on doing after its suite', async () => {
    const content = `
let fired = 0;
describe('suite', () => {
  beforeAll(() => { setInterval(() => { fired++; }, 1); });
  test('in it', () => {});
});
test('after it', async () => {
  const before = fired;
  while (fired < before + 3) await new Promise((resolve) => setImmediate(resolve));
});
`;
    const result = await runWith(version, content);
    expect(output(result)).toMatch(/Fired \d+ times .*"after it"\.\n/);
  });
});

describe('Vitest, by meta', () => {
  test('calls none stale that some test of its suite uses', async () => {
    const content = `${arm}
describe('with a daemon', { meta: { allowLingering: 'Timeout' } }, () => {
  test('starts it', () => { arm(); });
  test('pure', () => {});
});
describe('without', { meta: { allowLingering: 'Timeout' } }, () => { test('pure too', () => {}); });
`;
    const result = await runWith(vitest4, content);
    expect(output(result)).not.toContain('of "with a daemon"');
    expect(output(result)).toContain(`meta.allowLingering of "without": 'Timeout'`);
  });

  test('allows for a test, or for the tests of a suite', async () => {
    const content = `${arm}
test('its test', { meta: { allowLingering: 'Timeout' } }, () => { arm(); });
test('an object', { meta: { allowLingering: { type: 'Timeout', count: 1 } } }, () => { arm(); });
test('several', { meta: { allowLingering: ['TCPWRAP', 'Timeout'] } }, () => { arm(); });
test('everything', { meta: { allowLingering: true } }, () => { arm(); });
describe('suite', { meta: { allowLingering: 'Timeout' } }, () => { test('in a suite', () => { arm(); }); });
test('another type', { meta: { allowLingering: 'TCPWRAP' } }, () => { arm(); });
test('none', () => { arm(); });
`;
    expect(failures(await runWith(vitest4, content, { staleAllow: 'off' }))).toEqual([
      'another type',
      'none',
    ]);
  });

  test('fails the test with a sentence for what it does not understand', async () => {
    const content = `test('wrong', { meta: { allowLingering: 42 } }, () => {});\ntest('right', () => {});\n`;
    const result = await runWith(vitest4, content);
    expect(failures(result)).toEqual(['wrong']);
    expect(output(result)).toContain('TypeError: meta.allowLingering: expected a resource type');
  });
});
