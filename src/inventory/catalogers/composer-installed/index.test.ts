import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { composerInstalled } from './index.ts';

const PATH = 'srv/app/vendor/composer/installed.json';
const PACKAGES = [
  { name: 'acme/http', version: '7.4.4', require: { 'acme/client': '^1' } },
  { name: 'acme/client', version: '1.0.0', license: 'MIT' },
];

test('both layouts', async () => {
  const expected = ['acme/client 1.0.0', 'acme/http 7.4.4 -> acme/client@1.0.0'];
  assert.deepEqual(lines(await catalog(composerInstalled, { [PATH]: JSON.stringify(PACKAGES) })), expected);
  const second = { packages: PACKAGES, dev: true, 'dev-package-names': ['acme/client'] };
  assert.deepEqual(lines(await catalog(composerInstalled, { [PATH]: JSON.stringify(second) })), [
    'acme/client 1.0.0 dev',
    expected[1],
  ]);
});

test('broken input gives problems, never exceptions', async () => {
  const code = async (source: string) => (await catalog(composerInstalled, { [PATH]: source })).problems[0]?.code;
  assert.equal(await code('['), 'document-unreadable');
  assert.equal(await code('{}'), 'document-unexpected');
  assert.equal(await code('[1]'), 'document-entries-invalid');
  await fc.assert(fc.asyncProperty(fc.json(), async (json) => void (await catalog(composerInstalled, { [PATH]: json }))));
});
