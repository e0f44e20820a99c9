/** Several projects in one run of Vitest: what is checked in each, and what the run says about all of them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { type Project, withPlugin } from '../../support/project.ts';
import { output, environment, type Run, run } from '../../support/run.ts';
import { vitest4 } from '../../support/install/versions.ts';

const leaking = `test('leaks', () => { setInterval(() => {}, 1000); });\n`;
const closing = `test('closes', () => { clearInterval(setInterval(() => {}, 1000)); });\n`;
const reporter = ['--reporter=default', '--reporter=async-leaks/vitest/reporter'];

const useConfig = (settings: string, files: Record<string, string>, plugin?: string) =>
  useProject({
    version: vitest4,
    files: {
      ...files,
      'vitest.config.mjs': `import asyncLeaks from 'async-leaks/vitest/plugin';
export default { plugins: [${plugin === undefined ? '' : `asyncLeaks(${plugin})`}], test: { globals: true, ${settings} } };\n`,
    },
  });
const read = (project: Project, file: string) => JSON.parse(readFileSync(join(project.folder, file), 'utf8'));
const failures = ({ tests }: Run) => tests.filter(({ state }) => state === 'failed').map(({ file }) => file);

describe('the reporter without the setup file', () => {
  const provide = `provide: { asyncLeaks: { outputFile: 'leaks.json', allow: ['TCPWRAP'] } }`;

  test('says so, and counts nothing', async () => {
    const project = useConfig(`include: ['*.ts'], ${provide}`, { 'a.ts': leaking, 'b.ts': closing });
    const result = await run(project, { args: reporter });
    expect(output(result).split('async-leaks: ').slice(1)).toEqual([
      expect.stringMatching(
        /^no test is checked: add "async-leaks\/vitest" to setupFiles, or use the plugin\.\n/,
      ),
    ]);
    expect(read(project, 'leaks.json')).toMatchObject({ files: 0, leaks: [] });
    const off = await run(project, { args: reporter, env: { ASYNC_LEAKS: 'off' } });
    expect(output(off)).not.toContain('async-leaks:');
  });

  test('says in which project', async () => {
    const projects = ['a', 'b'].map(
      (name) =>
        `{ test: { name: '${name}', globals: true, include: ['${name}.ts'], ${provide}, setupFiles: [${name === 'a' ? `'async-leaks/vitest'` : ''}] } }`,
    );
    const project = useConfig(`projects: [${projects.join(',')}]`, { 'a.ts': closing, 'b.ts': leaking });
    const result = await run(project, { args: reporter });
    expect(output(result)).toContain('async-leaks: project "b" is not checked: add "async-leaks/vitest"');
    expect(output(result).split('async-leaks: ')).toHaveLength(2);
    expect(read(project, 'leaks.json').files).toBe(1);
  });
});

test('counts no file whose tests did not run under --bail, and no type test', async () => {
  const files = {
    'a.ts': `test('fails', () => { throw new Error('its own'); });\n`,
    'b.ts': closing,
    'c.test-d.ts': `import { test } from 'vitest';\ntest('types', () => {});\n`,
    'tsconfig.json': `{ "compilerOptions": { "noEmit": true, "skipLibCheck": true, "module": "nodenext" }, "include": ["c.test-d.ts"] }`,
  };
  const ordered = `include: ['?.ts'], maxWorkers: 1, sequence: { sequencer: class { shard(f) { return f; } sort(f) { return f.toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1)); } } }`;
  const options = `{ outputFile: 'leaks.json', allow: ['TCPWRAP'] }`;
  const bailing = useConfig(ordered, files, options);
  const bailed = await run(bailing, { args: ['--bail=1', '--no-isolate'] });
  expect(bailed.tests.map(({ state }) => state)).not.toContain('passed');
  expect(read(bailing, 'leaks.json').files).toBe(1);
  expect(output(bailed)).not.toContain('allowed nothing');

  const types = useConfig(`${ordered}, typecheck: { enabled: true }`, files, options);
  const typed = await run(types, { args: ['b.ts', 'c.test-d.ts'] });
  expect(typed.tests.map(({ name }) => name).toSorted(), output(typed)).toEqual(['closes', 'types']);
  expect(read(types, 'leaks.json').files).toBe(1);
  expect(output(typed)).not.toContain('async-leaks:');
});

describe('the option allow', () => {
  const projects = `projects: ['a', 'b'].map((name) => ({ extends: true, test: { name, include: [name + '.ts'] } }))`;

  test('is stale only where no project uses it, and then once', async () => {
    const options = `{ allow: ['Timeout', 'TCPWRAP'] }`;
    const result = await run(useConfig(projects, { 'a.ts': leaking, 'b.ts': closing }, options));
    expect(output(result)).toContain('1 allowance allowed nothing');
    expect(output(result).split(`option "allow": 'TCPWRAP'`)).toHaveLength(2);
    expect(result.exitCode).toBe(0);
  });

  test('is stale though there are tests still to be written, and types', async () => {
    const files = {
      'a.ts': `${closing}test.todo('more');\n`,
      'b.ts': `test.todo('all of it');\n`,
      'c.test-d.ts': `import { test } from 'vitest';\ntest('types', () => {});\n`,
      'tsconfig.json': `{ "compilerOptions": { "noEmit": true, "skipLibCheck": true, "module": "nodenext" }, "include": ["c.test-d.ts"] }`,
    };
    const settings = `include: ['?.ts'], typecheck: { enabled: true }`;
    const result = await run(useConfig(settings, files, `{ allow: ['TCPWRAP'] }`));
    expect(output(result)).toContain('1 allowance allowed nothing');
    expect(output(result)).toContain(`option "allow": 'TCPWRAP'`);
  });
});

describe('paths', () => {
  const inner = (name: string) =>
    withPlugin(`name: '${name}', include: ['*.ts']`, `{ baseline: 'known.json', outputFile: 'leaks.json' }`);

  test('are relative to the root of the run, in each project', async () => {
    const project = useConfig(
      `projects: ['packages/*', { extends: true, root: './inline', test: { name: 'c', include: ['*.ts'] } }]`,
      {
        'packages/a/a.ts': leaking,
        'packages/a/vitest.config.mjs': inner('a'),
        'packages/b/b.ts': leaking,
        'packages/b/vitest.config.mjs': inner('b'),
        'inline/c.ts': leaking,
      },
      `{ baseline: 'known.json', outputFile: 'leaks.json' }`,
    );
    const recorded = await run(project, { env: { ASYNC_LEAKS: 'update' } });
    expect(recorded.exitCode, output(recorded)).toBe(0);
    expect(read(project, 'known.json').leaks.map(({ file }: { file: string }) => file)).toEqual([
      'inline/c.ts',
      'packages/a/a.ts',
      'packages/b/b.ts',
    ]);
    expect(read(project, 'leaks.json')).toMatchObject({ files: 3, root: project.folder });
    for (const file of ['known.json', 'leaks.json'])
      for (const folder of ['inline', 'packages/a', 'packages/b'])
        expect(existsSync(join(project.folder, folder, file))).toBe(false);
    const tolerant = await run(project);
    expect(failures(tolerant)).toEqual([]);
    expect(output(tolerant)).toContain('Tolerated 3 known leaks of known.json.');
  });

  test('are shown relative to --root', async () => {
    const project = useProject({
      version: vitest4,
      files: {
        'sub/a.ts': leaking,
        'sub/vitest.config.mjs': inner('a'),
      },
    });
    const result = await run(project, { args: ['--root', 'sub'] });
    expect(output(result)).toMatch(/ interval, every 1000 ms\s+a\.ts:1:23/);
    expect(output(result)).not.toContain('sub/a.ts:1:23');
  });
});

describe('ASYNC_LEAKS=update', () => {
  const extending = (name: string, options: string) =>
    `{ extends: true, test: { name: '${name}', include: ['${name}.ts'], provide: { asyncLeaks: ${options} } } }`;

  test('records where there is a baseline, also with mode "off", and fails elsewhere as ever', async () => {
    const projects = [
      extending('a', `{ baseline: 'a.json' }`),
      extending('b', '{}'),
      extending('c', `{ baseline: 'c.json', mode: 'off' }`),
      extending('d', `{ mode: 'off' }`),
    ];
    const files = { 'a.ts': leaking, 'b.ts': leaking, 'c.ts': leaking, 'd.ts': leaking };
    const project = useConfig(`projects: [${projects.join(',')}]`, files, '{}');
    const result = await run(project, { env: { ASYNC_LEAKS: 'update' } });
    expect(failures(result), output(result)).toEqual(['b.ts']);
    expect(read(project, 'a.json').leaks).toHaveLength(1);
    expect(read(project, 'c.json').leaks).toHaveLength(1);
  });
});

describe('the setup file without the reporter', () => {
  const files = { 'a.ts': closing };
  const use = (asyncLeaks: object) =>
    useProject({ version: vitest4, files, config: { provide: { asyncLeaks } } });
  const advice = 'without the reporter: use the plugin, or add "async-leaks/vitest/reporter" to reporters.\n';

  test('says what is missing', async () => {
    const stale = await run(use({ staleAllow: 'fail', allow: ['TCPWRAP'] }));
    expect(output(stale)).toContain(`async-leaks: staleAllow: 'fail' fails nothing ${advice}`);
    const both = await run(use({ staleAllow: 'fail', outputFile: 'leaks.json' }));
    expect(output(both)).toContain(
      `async-leaks: outputFile is not written, and staleAllow: 'fail' fails nothing ${advice}`,
    );
  });

  test('refuses ASYNC_LEAKS=update', async () => {
    const result = await run(use({}), { env: { ASYNC_LEAKS: 'update' } });
    expect(output(result)).toContain('async-leaks: ASYNC_LEAKS=update needs the reporter: use the plugin');
    expect(result.exitCode).toBe(1);
  });

  test('says nothing where tests are only listed', async () => {
    const project = useConfig(`include: ['a.ts']`, files, `{ outputFile: 'leaks.json' }`);
    const child = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'list'], {
      cwd: project.folder,
      env: environment(),
      encoding: 'utf8',
    });
    expect(child.stdout + child.stderr).toBe('a.ts > closes\n');
  });
});
