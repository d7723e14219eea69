import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines, nameVersions } from '../../../../tests/support/cataloger.ts';
import { flipped, truncations } from '../../../../tests/support/damage.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { npmLock } from './index.ts';

const VERSION_3 = JSON.stringify({
  name: 'app',
  lockfileVersion: 3,
  packages: {
    '': {
      name: 'app',
      version: '1.0.0',
      workspaces: ['libs/*'],
      dependencies: { a: '1', tool: 'npm:@acme/tool@2' },
      devDependencies: { t: '*' },
    },
    'libs/one': {
      name: '@app/one',
      version: '0.1.0',
      dependencies: { a: '2', there: 'file:../../there' },
      devDependencies: { t: '*' },
    },
    'libs/two': { version: '0.2.0' },
    'libs/one/node_modules/a': { version: '2.0.0', license: 'ISC', resolved: 'https://registry.npmjs.org/a/-/a-2.0.0.tgz' },
    'node_modules/@app/one': { resolved: 'libs/one', link: true },
    'node_modules/two': { resolved: 'libs/two', link: true },
    'node_modules/there': { resolved: 'there', link: true },
    there: { version: '3.0.0' },
    'node_modules/a': {
      version: '1.0.0',
      dependencies: { b: '*', two: '*' },
      optionalDependencies: { none: '*' },
      hasInstallScript: true,
    },
    'node_modules/a/node_modules/b': { version: '1.5.0', inBundle: true },
    'node_modules/b': { version: '2.0.0', dev: true, peerDependencies: { a: '*' } },
    'node_modules/t': { version: '9.9.9', dev: true, dependencies: { b: '2', m: '*' } },
    'node_modules/m': { version: '1.0.0', devOptional: true },
    'node_modules/tool': { name: '@acme/tool', version: '2.1.0' },
    'node_modules/ghost': { optional: true, peer: true },
    'node_modules/git': { version: '1.0.0', resolved: 'git+ssh://git@github.com/x/git.git#abc' },
    'node_modules/bare': { resolved: 'git+ssh://git@github.com/x/bare.git#def' },
  },
});

test('version 3: workspaces, links, aliases, nesting, marks', async () => {
  assert.deepEqual(lines(await catalog(npmLock, { 'package-lock.json': VERSION_3 })), [
    '@acme/tool 2.1.0 direct',
    '@app/one 0.1.0 root -> a@2.0.0 t@9.9.9 there@3.0.0',
    'a 1.0.0 direct -> b@1.5.0 two@0.2.0',
    'a 2.0.0 direct',
    'app 1.0.0 root -> %40acme/tool@2.1.0 a@1.0.0 t@9.9.9',
    'b 1.5.0',
    'b 2.0.0 dev -> a@1.0.0',
    'bare',
    'git 1.0.0',
    'm 1.0.0',
    't 9.9.9 direct dev -> b@2.0.0 m@1.0.0',
    'there 3.0.0 direct',
    'two 0.2.0 root',
  ]);
});

test('a package of unknown version is told by its source', async () => {
  const { packages } = await catalog(npmLock, { 'package-lock.json': VERSION_3 });
  const bare = packages.find(({ draft }) => draft.name === 'bare');
  assert.equal(bare?.draft.purl, 'pkg:npm/bare?vcs_url=git%2Bssh%3A%2F%2Fgit%40github.com%2Fx%2Fbare.git%23def');
  assert.deepEqual(packages.find(({ draft }) => draft.version === '2.0.0' && draft.name === 'a')?.draft.licenses, ['ISC']);
});

test('version 2 is read by its packages', async () => {
  const lock = { ...JSON.parse(VERSION_3), lockfileVersion: 2, dependencies: { other: { version: '1.0.0' } } };
  const own = { 'npm-shrinkwrap.json': JSON.stringify(lock) };
  assert.deepEqual(lines(await catalog(npmLock, own)), lines(await catalog(npmLock, { 'package-lock.json': VERSION_3 })));
});

const VERSION_1 = JSON.stringify({
  name: 'app',
  version: '1.0.0',
  lockfileVersion: 1,
  requires: true,
  dependencies: {
    a: {
      version: '1.0.0',
      requires: { b: '^1', c: '*' },
      dependencies: { b: { version: '1.5.0', bundled: true, requires: { c: '*' } } },
    },
    b: { version: '2.0.0', dev: true },
    c: { version: 'npm:@acme/c@3.0.0-rc.1' },
    g: { version: 'github:user/g#0123', from: 'github:user/g' },
    f: { version: 'file:../f' },
  },
});

test('version 1: nesting, aliases, sources without versions; package.json tells what is direct', async () => {
  assert.deepEqual(lines(await catalog(npmLock, { 'x/package-lock.json': VERSION_1 })), [
    '@acme/c 3.0.0-rc.1',
    'a 1.0.0 -> %40acme/c@3.0.0-rc.1 b@1.5.0',
    'app 1.0.0 root',
    'b 1.5.0 -> %40acme/c@3.0.0-rc.1',
    'b 2.0.0 dev',
    'f',
    'g',
  ]);
  const manifest = JSON.stringify({ name: 'my-app', dependencies: { a: '1', c: '*' }, devDependencies: { b: '2' } });
  const told = await catalog(npmLock, { 'x/package-lock.json': VERSION_1, 'x/package.json': manifest });
  assert.deepEqual(
    lines(told).filter((line) => /root|direct/.test(line)),
    [
      '@acme/c 3.0.0-rc.1 direct',
      'a 1.0.0 direct -> %40acme/c@3.0.0-rc.1 b@1.5.0',
      'b 2.0.0 direct dev',
      'my-app root -> %40acme/c@3.0.0-rc.1 a@1.0.0 b@2.0.0',
    ],
  );
});

test('the fixture gives the packages that the peer reports', async (t) => {
  const directory = needShared(t, 'fixtures/lockfiles');
  if (directory === undefined) return;
  const result = await catalog(npmLock, { 'package-lock.json': readFileSync(`${directory}/npm/package-lock.json`) });
  const [expected] = JSON.parse(readFileSync(`${directory}/expected-trivy/npm.json`, 'utf8'));
  // The peer leaves out packages for development by default.
  const needed = { ...result, packages: result.packages.filter(({ draft }) => !draft.development) };
  const listed = expected.packages.map((pkg: Record<string, string>) => `${pkg.name} ${pkg.version}`);
  assert.deepEqual(nameVersions(needed), listed.sort());
  assert.deepEqual(
    lines(result).filter((line) => line.endsWith(' dev')),
    ['z-lock 1.0.0 dev'],
  );
});

test('broken input gives problems, never exceptions', async () => {
  const run = (source: string) => catalog(npmLock, { 'package-lock.json': source });
  const code = async (source: string) => (await run(source)).problems[0]?.code;
  assert.equal(await code('{"packages": {'), 'document-unreadable');
  assert.equal(await code('[]'), 'document-unexpected');
  assert.equal(await code('{"name": "x"}'), 'document-unexpected');
  assert.equal(
    await code('{"packages": {"node_modules/a": 1, "node_modules/b c": {"version": "1.0.0"}}}'),
    'document-entries-invalid',
  );
  const odd = {
    packages: {
      '': { dependencies: { ['__proto__']: '1', constructor: '1', loop: '1' } },
      'node_modules/constructor': { version: '1.0.0', dependencies: { constructor: '1' } },
      'node_modules/loop': { link: true, resolved: 'node_modules/pool' },
      'node_modules/pool': { link: true, resolved: 'node_modules/loop' },
      'node_modules/number': { version: 3 },
      'node_modules/long': { version: '1'.repeat(300) },
      [`${'node_modules/a/'.repeat(500)}b`]: { version: '1.0.0' },
    },
  };
  const proto = JSON.stringify(odd).replace('"packages":{', '"packages":{"node_modules/__proto__":{"version":"6.0.0"},');
  assert.deepEqual(lines(await run(proto)), ['__proto__ 6.0.0 direct', 'constructor 1.0.0 direct', 'long', 'number']);
  const nested = `${'{"dependencies":{"a":'.repeat(20_000)}{}${'}}'.repeat(20_000)}`;
  assert.equal((await run(nested)).problems[0]?.effect, 'incomplete');
});

test('damaged lock files never throw', async () => {
  for (const source of [VERSION_3, VERSION_1]) {
    for (const cut of truncations(source, '{}[],:')) {
      const { problems } = await catalog(npmLock, { 'package-lock.json': cut });
      assert.equal(problems[0]?.effect, 'incomplete', cut);
    }
    await fc.assert(
      fc.asyncProperty(
        flipped(source, '"{}[]:,0a/'),
        async (bytes) => void (await catalog(npmLock, { 'package-lock.json': bytes })),
      ),
      { numRuns: 150 },
    );
  }
  await fc.assert(
    fc.asyncProperty(fc.json(), async (json) => {
      await catalog(npmLock, { 'package-lock.json': `{"packages":${json}}`, 'package.json': json });
      await catalog(npmLock, {
        'package-lock.json': `{"dependencies":{"a":${json}}}`,
        'package.json': `{"dependencies":${json}}`,
      });
    }),
  );
});
