/** No package is passed over in silence: it is judged, or the reader is told why not, with a count. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advisoryOf, affectedOf } from '../../tests/support/database.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { memoryDatabase } from '../advisories/database/index.ts';
import { queriesFor } from '../advisories/streams/index.ts';
import type { OperatingSystem, Package, PackageType } from '../model/package.ts';
import { PACKAGE_TYPES } from '../model/package.ts';
import { matchInventory } from './match.ts';

const DEBIAN = systemOf('debian', '12');

/** Code, effect and message of what is told; the database speaks of the streams only. */
function told(packages: readonly Package[], streams: readonly string[], os?: OperatingSystem): string[] {
  const affected = streams.map((stream) => affectedOf({ stream, name: 'other' }));
  const database = memoryDatabase(affected.length === 0 ? [] : [advisoryOf({ id: 'X-1', affected })]);
  const { problems } = matchInventory(inventoryOf(packages, os), database, { today: '2024-01-01' });
  return problems.map(({ code, effect, message }) => `${effect} ${code}: ${message}`);
}

function named(type: PackageType, names: readonly string[], over: Partial<Package> = {}): Package[] {
  return names.map((name) => packageOf({ type, name, version: '1.0.0', ...over }));
}

const CASES: readonly (readonly [
  name: string,
  packages: readonly Package[],
  streams: readonly string[],
  os: OperatingSystem | undefined,
  told: readonly RegExp[],
])[] = [
  ['covered', named('npm', ['a']), ['npm'], undefined, []],
  [
    'no source covers Conan',
    named('conan', ['zlib', 'curl']),
    [],
    undefined,
    [/^notice match-unsupported-type: 2 packages \(curl, zlib\) of a kind/],
  ],
  [
    'no source covers CocoaPods',
    named('cocoapods', ['A']),
    [],
    undefined,
    [/^notice match-unsupported-type: 1 package \(A\) of a kind/],
  ],
  ['no source covers a program', named('generic', ['tool']), [], undefined, [/^notice match-unsupported-type: 1 package/]],
  ['jars without a group', named('maven', ['a']), ['Maven'], undefined, [/^notice match-unsupported-type: 1 package/]],
  [
    'many are counted',
    named('conan', ['a', 'b', 'c', 'd', 'e', 'f', 'g']),
    [],
    undefined,
    [/7 packages \(a, b, c, d, e and 2 more\)/],
  ],
  [
    'an export that is not in the database',
    named('npm', ['a', 'b']),
    ['PyPI'],
    undefined,
    [/^incomplete match-stream-missing: .* npm: 2 packages/],
  ],
  ['a program that nobody has spoken of yet', named('generic', ['openssl']), [], undefined, [/^notice match-stream-missing/]],
  [
    'a release that is not in the database',
    named('deb', ['a']),
    ['debian/11'],
    DEBIAN,
    [/^incomplete match-stream-missing: .* debian\/12/],
  ],
  [
    'a channel says nothing of what is affected',
    named('rpm', ['a']),
    ['rhel/9/eus-9.2'],
    systemOf('rhel', '9.2'),
    [/^incomplete match-stream-missing: .* rhel\/9:/],
  ],
  [
    'no os-release',
    named('deb', ['a']),
    [],
    undefined,
    [/^incomplete match-system-unknown/, /^incomplete match-unknown-distribution/],
  ],
  ['another distribution', named('deb', ['a']), [], systemOf('kali', '1'), [/^incomplete match-unknown-distribution: 1 package/]],
  [
    'no version',
    named('npm', ['a'], { version: '' }),
    ['npm'],
    undefined,
    [/^notice match-no-version: 1 package \(a\) without a version/],
  ],
  ['a version of blanks', named('npm', ['a'], { version: ' ' }), ['npm'], undefined, [/^notice match-no-version/]],
  [
    'another vendor',
    named('deb', ['a'], { vendor: 'Docker <support@docker.com>' }),
    ['debian/12'],
    DEBIAN,
    [/^notice match-third-party: 1 package/],
  ],
  ['keys of rpm are no packages', named('rpm', ['gpg-pubkey']), [], systemOf('rhel', '9'), []],
  ['the project itself needs no version', named('npm', ['a'], { version: '', root: true }), ['npm'], undefined, []],
];

for (const [name, packages, streams, os, expected] of CASES) {
  test(`coverage: ${name}`, () => {
    const lines = told(packages, streams, os);
    assert.equal(lines.length, expected.length, lines.join('\n'));
    for (const [index, pattern] of expected.entries()) assert.match(lines[index] ?? '', pattern);
  });
}

test('every kind of package, with and without version and system, is judged or told', () => {
  for (const type of PACKAGE_TYPES)
    for (const os of [undefined, DEBIAN, systemOf('rhel', '9.2'), systemOf('alpine', '3.19.1'), systemOf('nobody', '1')])
      for (const version of ['1.0.0', '', 'not one', '0', '~'])
        for (const name of ['a', 'g:a', 'openssl', 'github.com/a/b']) {
          const pkg = packageOf({ type, name, version });
          const queries = queriesFor(pkg, os);
          if (queries.kind === 'none' && queries.silent) continue;
          const lines = told([pkg], [], os);
          assert.ok(lines.length > 0, `${type} ${name} ${version} on ${os?.id}`);
        }
});
