import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import fc from 'fast-check';
import { assessment } from '../../../tests/support/assessment.ts';
import type { Inventory, OperatingSystem, Package, PackageType, Target } from '../../model/package.ts';
import type { Problem } from '../../model/problem.ts';
import { purlOf } from '../purl.ts';
import { CYCLONEDX_VERSIONS, type CycloneDxVersion } from './cyclonedx-document.ts';
import { writeCycloneDx } from './cyclonedx-write.ts';
import { identityOf } from './facts.ts';
import { readSbom } from './read.ts';
import { writeSpdx } from './spdx-write.ts';

const requireHere = createRequire(import.meta.url);

function schema(name: string) {
  return JSON.parse(
    readFileSync(
      requireHere.resolve(`@cyclonedx/cyclonedx-library/package.json`).replace('package.json', `res/schema/${name}`),
      'utf8',
    ),
  );
}

/** ajv-formats is CommonJS whose default export node and TypeScript see at different depths. */
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;

function cycloneDxValidator(version: CycloneDxVersion): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  addFormats(ajv);
  // Formats of the CycloneDX schemas that ajv-formats does not have.
  ajv.addFormat('idn-email', /@/);
  ajv.addFormat('iri-reference', (value) => URL.canParse(value, 'http://base.example/'));
  for (const name of ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json', 'cryptography-defs.SNAPSHOT.schema.json']) {
    const { $id: _, ...rest } = schema(name);
    ajv.addSchema(rest, `http://cyclonedx.org/schema/${name}`);
  }
  return ajv.compile(schema(`bom-${version}.SNAPSHOT.schema.json`));
}

const text = (input: Iterable<string>) => [...input].join('');
const bytes = (source: string) => new TextEncoder().encode(source);
const validators = new Map(CYCLONEDX_VERSIONS.map((version) => [version, cycloneDxValidator(version)]));

function assertValid(validate: ValidateFunction | undefined, document: string): void {
  assert.ok(validate);
  validate(JSON.parse(document));
  assert.deepEqual(validate.errors ?? [], []);
}

const spdxSchema = JSON.parse(readFileSync(new URL('testdata/spdx-2.3.schema.json', import.meta.url), 'utf8'));
const spdxAjv = new Ajv({ strict: false, allErrors: true });
addFormats(spdxAjv);
const spdxValid = spdxAjv.compile(spdxSchema);

/** Any text, odd characters included, that XML can carry. */
const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'abz09-_.+:/@%&<>"\' \n\t\r]é😀{}[]#?='), minLength: 1, maxLength: 12 }),
  fc.constantFrom('</text>', ']]>', 'SPDXID: x\nPackageName: y', '__proto__', 'MIT'),
);
const word = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._+-]{0,10}$/);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** Without undefined values: absent and undefined are the same fact. */
function compact<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

const location = fc.record({ path: anyText, layer: optional(word), createdBy: optional(anyText) }).map(compact);
const types: PackageType[] = [
  'deb',
  'rpm',
  'apk',
  'npm',
  'pypi',
  'maven',
  'golang',
  'cargo',
  'gem',
  'composer',
  'generic',
  'githubactions',
];
const pkg = fc
  .record({
    type: fc.constantFrom(...types),
    namespace: optional(word),
    name: word,
    // What the package calls itself may differ from its purl.
    written: fc.record({
      name: optional(anyText),
      version: optional(fc.oneof(anyText, fc.constant(''))),
      namespace: optional(fc.constant('')),
    }),
    version: fc.oneof(word, fc.constant('')),
    evidence: fc.constantFrom('installed' as const, 'declared' as const),
    architecture: optional(word),
    source: optional(fc.record({ name: anyText, version: optional(anyText) })),
    vendor: optional(anyText),
    repository: optional(anyText),
    modularity: optional(anyText),
    licenses: optional(
      fc.array(fc.oneof(fc.constantFrom('MIT', 'GPL-2.0+', 'MIT OR Apache-2.0', 'Public Domain'), word), {
        minLength: 1,
        maxLength: 3,
      }),
    ),
    locations: fc.array(location, { maxLength: 3 }),
    root: optional(fc.constant(true)),
    direct: optional(fc.constant(true)),
    development: optional(fc.constant(true)),
    ownedBy: optional(fc.array(anyText, { minLength: 1, maxLength: 2 })),
    foundBy: word,
  })
  .map(({ written, ...rest }): Package => {
    const purl = purlOf({ ...rest, qualifiers: { arch: rest.architecture } });
    const told = identityOf(purl);
    assert.ok(told !== undefined && !('unknown' in told));
    const namespace = written.namespace === '' ? undefined : told.namespace;
    return compact({ ...rest, purl, namespace, name: written.name ?? told.name, version: written.version ?? told.version });
  });

const os: fc.Arbitrary<OperatingSystem> = fc
  .record({
    id: word,
    versionId: fc.oneof(word, fc.constant('')),
    prettyName: anyText,
    idLike: optional(fc.array(word)),
    codename: optional(word),
    kernelRelease: optional(word),
    proServices: optional(fc.array(word)),
    cpe: optional(anyText),
  })
  .map(compact);
const target: fc.Arbitrary<Target> = fc
  .record({
    kind: fc.constantFrom(
      'image' as const,
      'host' as const,
      'rootfs' as const,
      'lambda' as const,
      'sbom' as const,
      'project' as const,
    ),
    name: anyText,
    digest: optional(word),
    architecture: optional(word),
    os: optional(os),
  })
  .map(compact);
const problem: fc.Arbitrary<Problem> = fc
  .record({
    code: word,
    message: anyText,
    effect: fc.constantFrom('incomplete' as const, 'notice' as const),
    path: optional(anyText),
    layer: optional(word),
  })
  .map(compact);
const inventory: fc.Arbitrary<Inventory> = fc
  .record({
    target,
    packages: fc.uniqueArray(pkg, { maxLength: 6, selector: (each) => each.purl }),
    problems: fc.array(problem, { maxLength: 2 }),
    edges: fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 8 }),
  })
  .map(({ edges, packages, ...rest }) => {
    const sorted = packages.sort((a, b) => (a.purl < b.purl ? -1 : 1));
    const linked = sorted.map((each, index) => {
      const targets = edges.flatMap(([from, to]) => (from === index && to !== index ? (sorted[to]?.purl ?? []) : []));
      return targets.length === 0 ? each : { ...each, dependsOn: [...new Set(targets)].sort() };
    });
    return { ...rest, packages: linked };
  });

test('written and read back, an inventory is the same in every format, and every JSON validates', () => {
  fc.assert(
    fc.property(inventory, fc.constantFrom(...CYCLONEDX_VERSIONS), (before, specVersion) => {
      const json = text(writeCycloneDx(before, { specVersion }));
      assertValid(validators.get(specVersion), json);
      const spdx = text(writeSpdx(before));
      assertValid(spdxValid, spdx);
      const written = {
        json,
        xml: text(writeCycloneDx(before, { specVersion, format: 'xml' })),
        spdx,
        tagValue: text(writeSpdx(before, { format: 'tag-value' })),
      };
      for (const [name, document] of Object.entries(written))
        assert.deepEqual(readSbom(bytes(document), 'x'), { ok: true, value: before }, name);
    }),
    { numRuns: 150 },
  );
});

test('an assessment validates with its vulnerabilities in every version, and reads back as its inventory', () => {
  const { target: about, packages, problems } = assessment;
  for (const specVersion of CYCLONEDX_VERSIONS) {
    const json = text(writeCycloneDx(assessment, { specVersion, timestamp: '2026-01-02T03:04:05Z' }));
    assertValid(validators.get(specVersion), json);
    const document = JSON.parse(json);
    assert.equal(document.vulnerabilities.length, assessment.vulnerabilities.length);
    assert.equal(document.metadata.timestamp, '2026-01-02T03:04:05Z');
    const suppressed = assessment.vulnerabilities.filter((found) => found.suppressed !== undefined).length;
    assert.equal(
      document.vulnerabilities.filter((found: { analysis?: unknown }) => found.analysis !== undefined).length,
      suppressed,
    );
    const refs = new Set(document.components.map((component: { 'bom-ref': string }) => component['bom-ref']));
    for (const found of document.vulnerabilities) for (const affected of found.affects) assert.ok(refs.has(affected.ref));
    for (const format of ['json', 'xml'] as const) {
      const back = readSbom(bytes(text(writeCycloneDx(assessment, { specVersion, format }))), 'x');
      assert.deepEqual(back, { ok: true, value: { target: about, packages, problems } });
    }
  }
  assertValid(spdxValid, text(writeSpdx(assessment)));
});

test('the same inventory gives the same bytes, another one another serial number', () => {
  const serial = (document: string) => JSON.parse(document).serialNumber;
  const first = text(writeCycloneDx(assessment));
  assert.equal(text(writeCycloneDx(structuredClone(assessment))), first);
  assert.notEqual(serial(text(writeCycloneDx({ ...assessment, packages: assessment.packages.slice(1) }))), serial(first));
  assert.match(serial(first), /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(text(writeSpdx(assessment)), text(writeSpdx(structuredClone(assessment))));
});

test('a version beyond the schema limit stays readable', () => {
  const version = '1'.repeat(5000);
  const long: Package = {
    purl: 'pkg:gem/a@1',
    type: 'gem',
    name: 'a',
    version,
    evidence: 'installed',
    locations: [],
    foundBy: 'x',
  };
  const before: Inventory = { target: { kind: 'image', name: 'i' }, packages: [long], problems: [] };
  const json = text(writeCycloneDx(before));
  assertValid(validators.get('1.6'), json);
  assert.deepEqual(readSbom(bytes(json), 'x'), { ok: true, value: before });
});
