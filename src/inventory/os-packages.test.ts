import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distributionPurl, osPackageDraft, sourceOf } from './os-packages.ts';
import { ownedPaths } from './ownership.ts';

const DEBIAN = { id: 'debian', versionId: '12', prettyName: 'Debian' };

test('the distribution becomes the namespace of its packages, and of nothing else', () => {
  for (const [purl, expected] of [
    ['pkg:deb/openssl@3.0.11-1~deb12u2?arch=amd64', 'pkg:deb/debian/openssl@3.0.11-1~deb12u2?arch=amd64&distro=debian-12'],
    ['pkg:deb/gcc@4:12.2.0-3?arch=amd64', 'pkg:deb/debian/gcc@4:12.2.0-3?arch=amd64&distro=debian-12'],
    ['pkg:rpm/perl-Errno@1.30-4?arch=x86_64&epoch=1', 'pkg:rpm/debian/perl-Errno@1.30-4?arch=x86_64&distro=debian-12&epoch=1'],
    ['pkg:deb/ubuntu/openssl@3', 'pkg:deb/ubuntu/openssl@3'],
    ['pkg:npm/lodash@4.17.21', 'pkg:npm/lodash@4.17.21'],
    ['nonsense', 'nonsense'],
  ] as const) {
    assert.equal(distributionPurl(purl, DEBIAN), expected);
  }
  assert.equal(distributionPurl('pkg:deb/a@1', undefined), 'pkg:deb/a@1');
  assert.equal(
    distributionPurl('pkg:deb/a@1', { id: 'debian', versionId: '', prettyName: '' }),
    'pkg:deb/debian/a@1?distro=debian',
  );
});

test('an epoch of zero is none; others are in the version and in the purl', () => {
  const facts = { type: 'rpm', name: 'a', version: '1-1' } as const;
  assert.deepEqual(osPackageDraft({ ...facts, epoch: 0 }), { purl: 'pkg:rpm/a@1-1', type: 'rpm', name: 'a', version: '1-1' });
  assert.deepEqual(osPackageDraft({ ...facts, epoch: 2 }), {
    purl: 'pkg:rpm/a@1-1?epoch=2',
    type: 'rpm',
    name: 'a',
    version: '2:1-1',
  });
});

test('a source is told where it differs', () => {
  const own = { name: 'a', version: '1' };
  assert.equal(sourceOf(undefined, undefined, own), undefined);
  assert.equal(sourceOf('a', '1', own), undefined);
  assert.deepEqual(sourceOf('a', '2', own), { name: 'a', version: '2' });
  assert.deepEqual(sourceOf('b', '1', own), { name: 'b' });
});

test('owned paths: only those that matter, under both names of merged folders', () => {
  const mayMatter = (path: string): boolean => path.endsWith('.so') || path === 'usr/bin/node';
  assert.deepEqual(
    ownedPaths(['/.', '', '/lib/a.so', './usr/lib/b.so', '/bin/node', '/usr/share/doc', '/lib/a.so'], { mayMatter }),
    ['lib/a.so', 'usr/bin/node', 'usr/lib/a.so', 'usr/lib/b.so'],
  );
});
