import { expect, test } from 'vitest';

import { masked, shownCommand } from '../../src/resources/secrets.ts';

test.each([
  ['psql --password=hunter2 -h db', 'psql --password=*** -h db'],
  ['tool --api-key abc123 run', 'tool --api-key *** run'],
  ['env DB_PASSWORD=hunter2 node a.js', 'env DB_PASSWORD=*** node a.js'],
  ['node a.js postgres://me:hunter2@db/x', 'node a.js postgres://me:***@db/x'],
  ["curl -H 'Authorization: Bearer abcdefghijkl'", "curl -H 'Authorization: Bearer ***'"],
  ['git clone ghp_0123456789abcdef', 'git clone ***'],
  ["new Client({ password: 'hunter2' })", "new Client({ password: '***' })"],
])('masks a secret in %s', (text, shown) => {
  expect(masked(text)).not.toMatch(/hunter2|abc123|abcdefghijkl|0123456789abcdef/);
  expect(masked(text)).toBe(shown);
});

test.each([
  'node --test-reporter=spec a.test.js',
  'sleep 60',
  '/usr/bin/node node_modules/jest/bin/jest.js --passWithNoTests src',
  'node server.js --port 3000 http://localhost:3000/path',
])('leaves %s alone', (text) => {
  expect(masked(text)).toBe(text);
});

test('cuts what is long', () => {
  const shown = shownCommand(`node ${'x'.repeat(200)}`);
  expect(shown).toHaveLength(80);
  expect(shown).toMatch(/^node x+…$/);
});
