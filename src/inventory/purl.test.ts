import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PackageURL } from 'packageurl-js';
import { type PurlParts, parsePurl, purlOf } from './purl.ts';

const EXAMPLES: readonly [PurlParts, string][] = [
  [{ type: 'npm', namespace: '@angular', name: 'core', version: '12.3.1' }, 'pkg:npm/%40angular/core@12.3.1'],
  [{ type: 'pypi', name: 'Django_Rest', version: '1.0+local' }, 'pkg:pypi/django-rest@1.0+local'],
  [
    { type: 'maven', namespace: 'org.apache.logging.log4j', name: 'log4j-core', version: '2.14.1' },
    'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
  ],
  [
    { type: 'golang', namespace: 'github.com/Masterminds', name: 'semver', version: 'v3.1.1+incompatible' },
    'pkg:golang/github.com/Masterminds/semver@v3.1.1+incompatible',
  ],
  [
    { type: 'deb', namespace: 'debian', name: 'openssl', version: '1:1.1~a', qualifiers: { distro: 'debian-12', arch: 'amd64' } },
    'pkg:deb/debian/openssl@1:1.1~a?arch=amd64&distro=debian-12',
  ],
  [
    { type: 'rpm', namespace: 'Fedora', name: 'curl', version: '7.50', qualifiers: { epoch: '', upstream: 'a b+c~d.src.rpm' } },
    'pkg:rpm/fedora/curl@7.50?upstream=a%20b%2Bc%7Ed.src.rpm',
  ],
  [
    { type: 'cocoapods', name: 'GoogleUtilities', version: '7.5.2', subpath: 'NSData+zlib' },
    'pkg:cocoapods/GoogleUtilities@7.5.2#NSData%2Bzlib',
  ],
];

test('canonical purls', () => {
  for (const [parts, expected] of EXAMPLES) {
    assert.equal(purlOf(parts), expected);
    const again = parsePurl(expected);
    assert.ok(again);
    assert.equal(purlOf(again), expected);
  }
});

const TYPES = [
  'npm',
  'pypi',
  'maven',
  'golang',
  'deb',
  'rpm',
  'apk',
  'gem',
  'nuget',
  'cargo',
  'composer',
  'hex',
  'generic',
  'bitnami',
];
const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 }).filter((value) => value.trim() === value);
const parts = fc.record({
  type: fc.constantFrom(...TYPES),
  namespace: text.filter((value) => !value.includes('/')),
  name: text.filter((value) => !value.includes('/')),
  version: text.filter((value) => !value.startsWith('v')),
  qualifiers: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_.-]{0,6}$/), text, { maxKeys: 4, noNullPrototype: true }),
});

test('writes what packageurl-js writes', () => {
  fc.assert(
    fc.property(parts, (value) => {
      const reference = new PackageURL(value.type, value.namespace, value.name, value.version, value.qualifiers, undefined);
      // The reference prints a lone `?` for an empty qualifier object.
      assert.equal(purlOf(value), reference.toString().replace(/\?$/, ''));
    }),
    { numRuns: 300 },
  );
});

test('reading a written purl gives its parts back', () => {
  fc.assert(
    fc.property(parts, (value) => {
      const purl = purlOf(value);
      const read = parsePurl(purl);
      assert.ok(read);
      assert.equal(purlOf(read), purl);
      assert.equal(read.version, value.version);
    }),
    { numRuns: 300 },
  );
});

test('reads what other writers write', () => {
  assert.deepEqual(parsePurl('pkg:npm/@scope/name@1.0.0'), { type: 'npm', namespace: '@scope', name: 'name', version: '1.0.0' });
  assert.deepEqual(parsePurl('pkg:npm/@scope/name'), { type: 'npm', namespace: '@scope', name: 'name' });
  assert.deepEqual(parsePurl('pkg://Gem/rails@7'), { type: 'gem', name: 'rails', version: '7' });
  assert.deepEqual(parsePurl('pkg:deb/a%zz@1?x=%'), { type: 'deb', name: 'a%zz', version: '1', qualifiers: { x: '%' } });
  for (const wrong of ['', 'pkg:', 'pkg:npm', 'pkg:npm/', 'http://x/y', 'pkg:npm/%20', 'npm/x'])
    assert.equal(parsePurl(wrong), undefined, wrong);
});

test('never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => void parsePurl(`pkg:${value}`)),
    { numRuns: 300 },
  );
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => purlOf({ type: 'generic', name: value }).startsWith('pkg:')));
  assert.equal(purlOf({ type: 'npm', name: 'x\ud800' }), 'pkg:npm/x%EF%BF%BD');
});
