import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { composerLock } from './index.ts';

const LOCK = JSON.stringify({
  packages: [
    {
      name: 'Acme/Http',
      version: 'v7.4.4',
      license: ['MIT'],
      require: { php: '>=7', 'psr/http-client-implementation': '*', 'acme/missing': '*' },
    },
    { name: 'acme/client', version: '1.0.0', provide: { 'psr/http-client-implementation': '1.0' } },
  ],
  'packages-dev': [{ name: 'acme/test', version: 'dev-main', require: { 'acme/client': '*' } }],
});

test('composer.lock with composer.json', async () => {
  const manifest = JSON.stringify({
    name: 'me/app',
    require: { 'acme/http': '^7', php: '*' },
    'require-dev': { 'acme/test': '*' },
  });
  assert.deepEqual(lines(await catalog(composerLock, { 'composer.lock': LOCK, 'composer.json': manifest })), [
    'acme/client 1.0.0',
    'acme/http v7.4.4 direct -> acme/client@1.0.0',
    'acme/test dev-main direct dev -> acme/client@1.0.0',
    'me/app root -> acme/http@v7.4.4 acme/test@dev-main',
  ]);
});

test('the fixture gives the packages and relations that the peer reports', async (t) => {
  const directory = needShared(t, 'fixtures/lockfiles');
  if (directory === undefined) return;
  const read = (name: string) => readFileSync(`${directory}/${name}`, 'utf8');
  const result = await catalog(composerLock, {
    'composer.lock': read('composer/composer.lock'),
    'composer.json': read('composer/composer.json'),
  });
  const [expected] = JSON.parse(read('expected-trivy/composer.lock.json'));
  const relation = (draft: { direct?: boolean }) => (draft.direct ? 'direct' : 'indirect');
  const shown = result.packages.map(({ draft }) => `${draft.name} ${draft.version} ${relation(draft)}`);
  assert.deepEqual(
    shown.sort(),
    expected.packages.map((pkg: Record<string, string>) => `${pkg.name} ${pkg.version} ${pkg.relationship}`),
  );
});

test('broken input gives problems, never exceptions', async () => {
  const code = async (source: string) => (await catalog(composerLock, { 'composer.lock': source })).problems[0]?.code;
  assert.equal(await code('{"packages": ['), 'document-unreadable');
  assert.equal(await code('[]'), 'document-unexpected');
  assert.equal(await code('{"packages": [null, {"name": 1}]}'), 'document-entries-invalid');
  assert.equal((await catalog(composerLock, { 'composer.json': '{' })).problems[0]?.effect, 'notice');
  const hostile =
    '{"packages":[{"name":"__proto__","version":"1","require":{"__proto__":"1","constructor":"1"},"license":{"a":1}}]}';
  assert.deepEqual(lines(await catalog(composerLock, { 'composer.lock': hostile })), ['__proto__ 1']);
  await fc.assert(
    fc.asyncProperty(
      fc.json(),
      async (json) => void (await catalog(composerLock, { 'composer.lock': `{"packages":[${json}]}`, 'composer.json': json })),
    ),
  );
});
