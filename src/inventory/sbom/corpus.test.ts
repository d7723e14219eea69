/** SBOMs of every format, damaged in every place: what is missing is told. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { askSbom, assertHonest, cuts, type Exception, flips, steps } from '../../../tests/support/corpus.ts';
import { temporaryDirectory } from '../../../tests/support/directory.ts';

const PURLS = ['pkg:npm/left-pad@1.3.0', 'pkg:pypi/requests@2.31.0', 'pkg:cargo/serde@1.0.200'];
const FOUND = PURLS.map((purl) => `${purl} sbom`).sort();

function parts(purl: string): { name: string; version: string } {
  const [, name = '', version = ''] = /\/([^@]+)@(.+)$/.exec(purl) ?? [];
  return { name, version };
}

function cycloneDxJson(specVersion: string): string {
  const components = PURLS.map((purl) => ({ type: 'library', 'bom-ref': purl, ...parts(purl), purl }));
  const dependencies = [{ ref: PURLS[0], dependsOn: [PURLS[1]] }];
  return JSON.stringify({ bomFormat: 'CycloneDX', specVersion, version: 1, components, dependencies }, null, 1);
}

function cycloneDxXml(specVersion: string): string {
  const components = PURLS.map((purl) => {
    const { name, version } = parts(purl);
    return `<component type="library" bom-ref="${purl}"><name>${name}</name><version>${version}</version><purl>${purl}</purl></component>`;
  });
  return `<?xml version="1.0"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/${specVersion}"><components>\n${components.join('\n')}\n</components></bom>`;
}

function spdxJson(spdxVersion: string): string {
  const packages: object[] = PURLS.map((purl, index) => {
    const { name, version } = parts(purl);
    const externalRefs = [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }];
    return { SPDXID: `SPDXRef-${index}`, name, versionInfo: version, downloadLocation: 'NONE', externalRefs };
  });
  packages.push({ SPDXID: 'SPDXRef-root', name: 'root', downloadLocation: 'NONE' });
  const relationships = [
    { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-root' },
  ];
  return JSON.stringify({ spdxVersion, SPDXID: 'SPDXRef-DOCUMENT', name: 'x', packages, relationships }, null, 1);
}

function tagValue(): string {
  const packages = PURLS.map((purl, index) => {
    const { name, version } = parts(purl);
    return `PackageName: ${name}\nSPDXID: SPDXRef-${index}\nPackageVersion: ${version}\nExternalRef: PACKAGE-MANAGER purl ${purl}\n`;
  });
  return `SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\n\n${packages.join('\n')}\nPackageName: root\nSPDXID: SPDXRef-root\n\nRelationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-root\n`;
}

const samples: readonly { readonly name: string; readonly text: string }[] = [
  ...['1.4', '1.5', '1.6', '1.7'].flatMap((version) => [
    { name: `CycloneDX ${version} JSON`, text: cycloneDxJson(version) },
    { name: `CycloneDX ${version} XML`, text: cycloneDxXml(version) },
  ]),
  { name: 'SPDX 2.2 JSON', text: spdxJson('SPDX-2.2') },
  { name: 'SPDX 2.3 JSON', text: spdxJson('SPDX-2.3') },
  { name: 'SPDX 2.3 tag-value', text: tagValue() },
];

/** One letter more or less makes another package. */
function purlsOf(text: string): Exception {
  const ranges = [...text.matchAll(/pkg:[^"<\s]*/g)].map(({ index, 0: purl }) => [index, index + purl.length] as const);
  return { reason: 'package URLs: text has no checksum', ranges };
}

for (const { name, text } of samples) {
  test(`${name}: cut anywhere, flipped anywhere`, async (context) => {
    const file = join(temporaryDirectory(context), 'sbom');
    const bytes = Buffer.from(text);
    writeFileSync(file, bytes);
    const sound = await askSbom(file);
    assert.deepEqual(sound, { packages: FOUND, incomplete: [] });
    await assertHonest(file, askSbom, sound, cuts(bytes, steps(0, text.trimEnd().length, 3)));
    await assertHonest(file, askSbom, sound, flips(bytes, steps(0, bytes.length, 3)), [purlsOf(text)]);
  });
}

test('numbers of things that no document has', async (context) => {
  const file = join(temporaryDirectory(context), 'sbom');
  const purl = PURLS[0];
  const deep = '{"components":['.repeat(5000) + ']}'.repeat(5000);
  const cases: [name: string, text: string, code: string][] = [
    ['nested too deeply', `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[${deep}]}`, 'sbom-too-deep'],
    [
      'elements nested too deeply',
      `<bom xmlns="http://cyclonedx.org/schema/bom/1.6">${'<components><component>'.repeat(5000)}`,
      'sbom-unreadable',
    ],
    [
      'entities',
      '<!DOCTYPE bom [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><bom xmlns="http://cyclonedx.org/schema/bom/1.6">&b;</bom>',
      'sbom-unreadable',
    ],
    ['no components', '{"bomFormat":"CycloneDX","specVersion":"1.6"}', 'sbom-components-missing'],
    ['components that are text', '{"bomFormat":"CycloneDX","specVersion":"1.6","components":"x"}', 'sbom-components-invalid'],
    ['components that are none', '{"bomFormat":"CycloneDX","specVersion":"1.6","components":[null]}', 'sbom-components-invalid'],
    ['no packages', '{"spdxVersion":"SPDX-2.3"}', 'sbom-components-missing'],
    [
      'packages without names',
      `SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nSPDXID: SPDXRef-a\nExternalRef: X purl ${purl}\n`,
      'sbom-components-invalid',
    ],
    [
      'a version of a million digits',
      JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '9'.repeat(1_000_000), components: [] }),
      'sbom-version-unknown',
    ],
    ['a text that does not end', `SPDXVersion: SPDX-2.3\nPackageName: <text>${'x'.repeat(1_000_000)}`, 'sbom-truncated'],
  ];
  for (const [name, text, code] of cases) {
    writeFileSync(file, text);
    const { incomplete } = await askSbom(file);
    assert.ok(incomplete.includes(code), `${name}: ${incomplete}`);
  }
});
