import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { assessment } from '../../../tests/support/assessment.ts';
import { needShared } from '../../../tests/support/shared.ts';
import type { Inventory, Package } from '../../model/package.ts';
import { writeCycloneDx } from './cyclonedx-write.ts';
import { readSbom } from './read.ts';
import { writeSpdx } from './spdx-write.ts';

function read(source: string | object, name = 'x.json'): Inventory {
  const result = readSbom(new TextEncoder().encode(typeof source === 'string' ? source : JSON.stringify(source)), name);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function failure(source: string): string {
  const result = readSbom(new TextEncoder().encode(source), 'x');
  return result.ok ? 'ok' : result.problem.code;
}

const cycloneDx = (components: unknown, more: object = {}) => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  components,
  ...more,
});
const library = (purl: string, properties: Record<string, string> = {}) => ({
  type: 'library',
  'bom-ref': purl,
  name: 'n',
  purl,
  properties: Object.entries(properties).map(([name, value]) => ({ name, value })),
});
function only(component: object): Package {
  const [pkg] = read(cycloneDx([component])).packages;
  assert.ok(pkg);
  return pkg;
}

test('purls of every ecosystem give the names their tools use', () => {
  const table: readonly [string, string, string][] = [
    ['pkg:npm/%40angular/core@12.0.0', '@angular/core', '12.0.0'],
    ['pkg:maven/org.apache/commons@1.0?type=jar', 'org.apache:commons', '1.0'],
    ['pkg:golang/github.com/a/b@v1.0.0', 'github.com/a/b', 'v1.0.0'],
    ['pkg:composer/guzzlehttp/psr7@1.8.3', 'guzzlehttp/psr7', '1.8.3'],
    ['pkg:swift/github.com/apple/swift-nio@2.41.0', 'github.com/apple/swift-nio', '2.41.0'],
    ['pkg:deb/debian/openssl@1.1.1n-0?epoch=2&distro=debian-11', 'openssl', '2:1.1.1n-0'],
    ['pkg:deb/debian/passwd@1:4.8.1-1?distro=debian-11', 'passwd', '1:4.8.1-1'],
    ['pkg:rpm/redhat/dbus@1.12.8-18.el8?epoch=1&distro=rhel-8.6', 'dbus', '1:1.12.8-18.el8'],
    ['pkg:apk/alpine/musl@1.2.2-r7?distro=3.14.2', 'musl', '1.2.2-r7'],
    ['pkg:pypi/django@4.0', 'django', '4.0'],
  ];
  for (const [purl, name, version] of table) {
    const pkg = only(library(purl));
    assert.deepEqual(
      [pkg.name, pkg.version, pkg.evidence, pkg.locations],
      [name, version, 'installed', [{ path: 'x.json' }]],
      purl,
    );
  }
});

test('names keep the spelling that advisories use', () => {
  const table: readonly [object, string, string][] = [
    [
      { name: 'github.com/Masterminds/semver/v3', purl: 'pkg:golang/github.com/masterminds/semver@v3.1.1#v3' },
      'github.com/Masterminds/semver/v3',
      'pkg:golang/github.com/masterminds/semver/v3@v3.1.1',
    ],
    [
      { name: 'x', purl: 'pkg:golang/github.com/Masterminds/semver@v3.1.1#v3' },
      'github.com/Masterminds/semver/v3',
      'pkg:golang/github.com/Masterminds/semver/v3@v3.1.1',
    ],
    [
      { name: 'x', purl: 'pkg:golang/google.golang.org/genproto@v0.1.0#googleapis/api' },
      'google.golang.org/genproto',
      'pkg:golang/google.golang.org/genproto@v0.1.0',
    ],
    [{ name: 'JSONStream', purl: 'pkg:npm/jsonstream@1' }, 'JSONStream', 'pkg:npm/jsonstream@1'],
    [
      { group: 'com.Example', name: 'Lib', purl: 'pkg:maven/com.example/lib@1' },
      'com.Example:Lib',
      'pkg:maven/com.example/lib@1',
    ],
    [{ name: 'other', purl: 'pkg:npm/a@1' }, 'a', 'pkg:npm/a@1'],
  ];
  for (const [component, name, purl] of table) {
    const pkg = only({ type: 'library', ...component });
    assert.deepEqual([pkg.name, pkg.purl], [name, purl]);
  }
});

test('the source package, by every convention', () => {
  const rpm = 'pkg:rpm/rhel/openssl-libs@1.1.1k-6.el8?arch=x86_64&epoch=1&distro=rhel-8.6';
  const table: readonly [string, string, Record<string, string>, Package['source']][] = [
    [
      'trivy',
      rpm,
      {
        'aquasecurity:trivy:SrcName': 'openssl',
        'aquasecurity:trivy:SrcVersion': '1.1.1k',
        'aquasecurity:trivy:SrcRelease': '6.el8',
        'aquasecurity:trivy:SrcEpoch': '1',
      },
      { name: 'openssl' },
    ],
    [
      'trivy, other version',
      rpm,
      { 'aquasecurity:trivy:SrcName': 'openssl', 'aquasecurity:trivy:SrcVersion': '1.1.1' },
      { name: 'openssl', version: '1.1.1' },
    ],
    ['purl upstream, rpm', `${rpm}&upstream=openssl-1.1.1k-6.el8.src.rpm`, {}, { name: 'openssl' }],
    [
      'purl upstream, rpm, other version',
      `${rpm}&upstream=openssl-1.1.1k-5.el8.src.rpm`,
      {},
      { name: 'openssl', version: '1.1.1k-5.el8' },
    ],
    [
      'purl upstream, deb',
      'pkg:deb/debian/libssl3@3.0.1?upstream=openssl%403.0.0&distro=debian-12',
      {},
      { name: 'openssl', version: '3.0.0' },
    ],
    ['purl upstream, apk', 'pkg:apk/alpine/libssl3@3.0.1-r0?upstream=openssl&distro=alpine-3.18', {}, { name: 'openssl' }],
    [
      'syft',
      'pkg:deb/debian/libssl3@3.0.1?distro=debian-12',
      { 'syft:metadata:source': 'openssl', 'syft:metadata:sourceVersion': '3.0.1' },
      { name: 'openssl' },
    ],
    ['none', 'pkg:deb/debian/bash@5.2?distro=debian-12', {}, undefined],
  ];
  for (const [name, purl, properties, expected] of table)
    assert.deepEqual(only(library(purl, properties)).source, expected, name);
});

test('places, layers, modules and marks of other writers', () => {
  const purl = 'pkg:npm/a@1';
  assert.deepEqual(
    only(
      library(purl, {
        'syft:location:0:path': '/srv/b',
        'syft:location:0:layerID': 'sha256:1',
        'syft:location:1:path': '/srv/a',
      }),
    ).locations,
    [{ path: 'srv/a' }, { path: 'srv/b', layer: 'sha256:1' }],
  );
  assert.deepEqual(
    only(library(purl, { 'aquasecurity:trivy:FilePath': 'app/package.json', 'aquasecurity:trivy:LayerDiffID': 'sha256:2' }))
      .locations,
    [{ path: 'app/package.json', layer: 'sha256:2' }],
  );
  assert.deepEqual(only(library(purl, { 'amazon:inspector:sbom_generator:source_path': '/srv/x' })).locations, [
    { path: 'srv/x' },
  ]);
  assert.equal(only(library(purl, { 'cdx:npm:package:development': 'true' })).development, true);
  const module = 'pkg:rpm/rhel/nodejs@16?distro=rhel-8.6';
  assert.equal(only(library(module, { 'aquasecurity:trivy:Modularitylabel': 'nodejs:16:1:abc' })).modularity, 'nodejs:16:1:abc');
  assert.equal(only(library(`${module}&rpmmod=nodejs:16`)).modularity, 'nodejs:16');
});

test('the operating system, from components and purls', () => {
  const system = (name: string, version: string, properties: object[] = []) => ({
    type: 'operating-system',
    name,
    version,
    properties,
  });
  const table: readonly [unknown, string][] = [
    [[system('amazon', '2 (Karoo)')], 'amzn 2'],
    [[system('amazon', '2023.1.20230628 (Amazon Linux)')], 'amzn 2023'],
    [[system('debian', '12.5'), library('pkg:deb/debian/a@1?distro=debian-12.5')], 'debian 12'],
    [[system('redhat', '9.2')], 'rhel 9.2'],
    [[system('suse linux enterprise server', '15.5')], 'sles 15.5'],
    [[library('pkg:rpm/opensuse/a@1?distro=opensuse-leap-15.6')], 'opensuse-leap 15.6'],
    [[library('pkg:apk/alpine/a@1?distro=3.19.1')], 'alpine 3.19.1'],
    [[library('pkg:deb/ubuntu/a@1?distro=ubuntu-22.04')], 'ubuntu 22.04'],
  ];
  for (const [components, expected] of table) {
    const { target, problems } = read(cycloneDx(components));
    assert.equal(`${target.os?.id} ${target.os?.versionId}`, expected);
    assert.deepEqual(problems, []);
  }
  const codes = (components: unknown) => read(cycloneDx(components)).problems.map(({ code, effect }) => `${code} ${effect}`);
  assert.deepEqual(codes([library('pkg:deb/debian/a@1')]), ['sbom-system-unknown incomplete']);
  assert.deepEqual(codes([library('pkg:deb/debian/a@1?distro=debian-12'), library('pkg:deb/debian/b@1?distro=debian-11')]), [
    'sbom-systems-mixed incomplete',
  ]);
});

test('what cannot be matched is counted, containers of packages are not', () => {
  const { packages, problems } = read(
    cycloneDx([
      { type: 'library', name: 'vendored-zlib', version: '1.2' },
      { type: 'library', name: 'odd', purl: 'not a purl' },
      library('pkg:luarocks/lpeg@1'),
      library('pkg:alpm/arch/pacman@6'),
      { type: 'file', name: 'a.txt' },
      { type: 'application', name: 'package-lock.json', properties: [{ name: 'aquasecurity:trivy:Class', value: 'lang-pkgs' }] },
      library('pkg:oci/image@sha256:00'),
      library('pkg:npm/a@1'),
      null,
    ]),
  );
  assert.deepEqual(
    packages.map((pkg) => pkg.purl),
    ['pkg:npm/a@1'],
  );
  assert.deepEqual(
    problems.map(({ code, effect }) => [code, effect]),
    [
      ['sbom-components-invalid', 'incomplete'],
      ['sbom-component-without-purl', 'incomplete'],
      ['sbom-purl-invalid', 'incomplete'],
      ['sbom-type-unknown', 'incomplete'],
    ],
  );
  assert.match(problems[3]?.message ?? '', /^2 components .*: alpm, luarocks\.$/);
});

test('nested components, duplicates and dependencies', () => {
  const nested = {
    ...library('pkg:maven/g/outer@1'),
    components: [{ ...library('pkg:maven/g/inner@1'), components: [library('pkg:npm/a@1')] }],
  };
  const { packages } = read(
    cycloneDx([nested, library('pkg:npm/a@1')], {
      metadata: { component: { type: 'container', name: 'image', components: [library('pkg:npm/b@1')] } },
      dependencies: [
        { ref: 'pkg:maven/g/outer@1', dependsOn: ['pkg:npm/a@1', 'pkg:npm/a@1', 'missing', 'pkg:maven/g/outer@1'] },
        { ref: 'pkg:npm/a@1', dependsOn: ['pkg:maven/g/outer@1'] },
      ],
    }),
  );
  assert.deepEqual(
    packages.map((pkg) => [pkg.purl, pkg.dependsOn]),
    [
      ['pkg:maven/g/inner@1', undefined],
      ['pkg:maven/g/outer@1', ['pkg:npm/a@1']],
      ['pkg:npm/a@1', ['pkg:maven/g/outer@1']],
      ['pkg:npm/b@1', undefined],
    ],
  );
});

test('CycloneDX XML, with a prefix and CDATA', () => {
  const source = `<?xml version="1.0"?><c:bom xmlns:c="http://cyclonedx.org/schema/bom/1.5"><c:components><c:component type="library" bom-ref="r">
    <c:name>a</c:name><c:licenses><c:license><c:id>MIT</c:id></c:license></c:licenses><c:purl><![CDATA[pkg:npm/a@1]]></c:purl>
    <c:components><c:component type="library"><c:name>b</c:name><c:purl>pkg:npm/b@2</c:purl></c:component></c:components></c:component></c:components>
    <c:dependencies><c:dependency ref="r"/></c:dependencies></c:bom>`;
  const { packages, problems } = read(source);
  assert.deepEqual(
    packages.map((pkg) => [pkg.purl, pkg.licenses]),
    [
      ['pkg:npm/a@1', ['MIT']],
      ['pkg:npm/b@2', undefined],
    ],
  );
  assert.deepEqual(problems, []);
});

test('SPDX of other writers', () => {
  const source = `SPDXVersion: SPDX-2.3
DocumentName: d
SPDXID: SPDXRef-DOCUMENT
PackageName: image
SPDXID: SPDXRef-DocumentRoot-Image-x
PrimaryPackagePurpose: CONTAINER
PackageName: libssl3
SPDXID: SPDXRef-Package-deb-libssl3
PackageVersion: 3.0.1
PackageComment: <text>PackageName: not a package
over lines</text>
PackageSourceInfo: acquired package info from DPKG DB: /var/lib/dpkg/status
PackageLicenseDeclared: NOASSERTION
ExternalRef: SECURITY cpe23Type cpe:2.3:a:openssl:openssl:3.0.1:*:*:*:*:*:*:*
ExternalRef: PACKAGE-MANAGER purl pkg:deb/debian/libssl3@3.0.1?distro=debian-12&upstream=openssl
PackageName: a
SPDXID: SPDXRef-Package-npm-a
ExternalRef: PACKAGE-MANAGER purl pkg:npm/a@1
FileName: ./x
SPDXID: SPDXRef-File-x
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-DocumentRoot-Image-x
Relationship: SPDXRef-Package-deb-libssl3 DEPENDENCY_OF SPDXRef-Package-npm-a
`;
  const { packages, problems, target } = read(source);
  assert.deepEqual(problems, []);
  assert.equal(target.os?.id, 'debian');
  assert.deepEqual(
    packages.map((pkg) => [pkg.purl, pkg.source?.name, pkg.locations[0]?.path, pkg.dependsOn]),
    [
      ['pkg:deb/debian/libssl3@3.0.1?distro=debian-12&upstream=openssl', 'openssl', 'var/lib/dpkg/status', undefined],
      ['pkg:npm/a@1', undefined, 'x.json', ['pkg:deb/debian/libssl3@3.0.1?distro=debian-12&upstream=openssl']],
    ],
  );
});

test('the fixtures of one image in three formats give the packages that the peer finds in it', (t) => {
  const directory = needShared(t, 'fixtures/sbom');
  if (directory === undefined) return;
  const [expected] = JSON.parse(readFileSync(`${directory}/expected-centos-7.json`, 'utf8'));
  const wanted = new Set(
    expected.vulnerabilities.map((found: Record<string, string>) => `${found.name} ${found.installedVersion}`),
  );
  for (const name of ['centos-7-cyclonedx.json', 'centos-7-spdx.json', 'centos-7-spdx.txt']) {
    const { packages, problems, target } = read(readFileSync(`${directory}/${name}`, 'utf8'), name);
    assert.deepEqual(new Set(packages.map((pkg) => `${pkg.name} ${pkg.version}`)), wanted, name);
    assert.deepEqual([target.os?.id, target.os?.versionId, problems], [expected.type, '7.6.1810', []], name);
    assert.ok(packages.every((pkg) => pkg.locations[0]?.layer?.startsWith('sha256:89169d87')));
  }
});

test('in-toto statements carry a document', () => {
  const { packages } = read({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://cyclonedx.org/bom',
    predicate: cycloneDx([library('pkg:npm/a@1')]),
  });
  assert.equal(packages.length, 1);
});

test('a document that was cut off is never taken for a complete one', () => {
  const sources = [
    [...writeCycloneDx(assessment)].join(''),
    [...writeCycloneDx(assessment, { format: 'xml' })].join(''),
    [...writeSpdx(assessment)].join(''),
    [...writeSpdx(assessment, { format: 'tag-value' })].join(''),
  ];
  for (const source of sources) {
    const whole = source.trimEnd();
    for (let end = 1; end < whole.length; end += 97) {
      const result = readSbom(new TextEncoder().encode(whole.slice(0, end)), 'x');
      assert.ok(
        !result.ok || result.value.problems.some((problem) => problem.code === 'sbom-truncated'),
        whole.slice(0, end).slice(-200),
      );
    }
  }
});

test('what is no SBOM fails with a code', () => {
  const table: Record<string, string> = {
    '': 'sbom-unknown-format',
    hello: 'sbom-unknown-format',
    '{': 'sbom-unreadable',
    '[]': 'sbom-unknown-format',
    '{"predicateType": 1, "predicate": null}': 'sbom-unknown-format',
    '<a/>': 'sbom-unknown-format',
    '<bom': 'sbom-unreadable',
    '<!DOCTYPE b [<!ENTITY x "y">]><bom>&x;</bom>': 'sbom-unreadable',
    '{"spdxVersion": "SPDX-9"}': 'sbom-version-unknown',
    '{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}': 'sbom-version-unknown',
    [`${'<bom>'.repeat(100_000)}`]: 'sbom-unreadable',
    [`${'['.repeat(100_000)}`]: 'sbom-unreadable',
  };
  for (const [source, code] of Object.entries(table)) assert.equal(failure(source), code, source.slice(0, 80));
  assert.equal(read(cycloneDx({})).problems[0]?.code, 'sbom-components-invalid');
  assert.equal(read({ spdxVersion: 'SPDX-2.3', packages: 'x' }).problems[0]?.code, 'sbom-components-invalid');
  assert.equal(read({ bomFormat: 'CycloneDX' }).problems[0]?.code, 'sbom-version-unknown');
});

test('components nested without end are cut off visibly', () => {
  let component: object = library('pkg:npm/deepest@1');
  for (let depth = 0; depth < 1000; depth++)
    component = { type: 'library', name: 'x', purl: `pkg:npm/p${depth}@1`, components: [component] };
  const { problems, packages } = read(cycloneDx([component]));
  assert.deepEqual(
    problems.map((problem) => problem.code),
    ['sbom-too-deep'],
  );
  assert.equal(packages.length, 201);
});

test('forged facts cannot break anything', () => {
  const facts = (properties: Record<string, string>) => only(library('pkg:npm/a@1', properties));
  assert.equal(facts({ 'vedette:evidence': 'installed', 'vedette:type': '__proto__' }).foundBy, 'sbom');
  const forged = {
    metadata: {
      properties: [
        { name: 'vedette:target', value: '{"kind":"image","name":"i","os":{"id":1}}' },
        { name: 'vedette:problem', value: '{"code":1}' },
      ],
    },
  };
  const { target, problems } = read(cycloneDx([], forged));
  assert.deepEqual(target, { kind: 'image', name: 'i' });
  assert.deepEqual(
    problems.map((problem) => problem.code),
    ['sbom-facts-invalid'],
  );
});

test('truncated, flipped and random documents never throw', () => {
  const sources = [
    [...writeCycloneDx(assessment)].join(''),
    [...writeCycloneDx(assessment, { format: 'xml' })].join(''),
    [...writeSpdx(assessment)].join(''),
    [...writeSpdx(assessment, { format: 'tag-value' })].join(''),
  ];
  for (const source of sources) {
    const bytes = new TextEncoder().encode(source);
    for (let end = 0; end < bytes.length; end += 211) readSbom(bytes.subarray(0, end), 'x');
    for (let at = 0; at < bytes.length; at += 389) {
      const broken = Uint8Array.from(bytes);
      broken[at] = (broken[at] ?? 0) ^ 0x11;
      readSbom(broken, 'x');
    }
  }
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      for (const document of [
        {
          bomFormat: 'CycloneDX',
          specVersion: '1.6',
          components: [a, { purl: b, properties: [a, { name: 'vedette:target', value: b }], licenses: a, components: b }],
          metadata: b,
          dependencies: [a, { ref: b, dependsOn: a }],
        },
        {
          spdxVersion: 'SPDX-2.3',
          packages: [
            a,
            { externalRefs: [b, { referenceType: 'purl', referenceLocator: a }], annotations: b, attributionTexts: a },
          ],
          relationships: [a, b],
          annotations: a,
        },
      ])
        read(document);
    }),
    { numRuns: 200 },
  );
});

test('a hundred thousand components', () => {
  const many = Array.from({ length: 100_000 }, (_, index) => ({
    type: 'library',
    'bom-ref': `${index}`,
    name: 'x',
    purl: `pkg:npm/p${index}@1.0.0`,
  }));
  assert.equal(read(cycloneDx(many)).packages.length, 100_000);
});
