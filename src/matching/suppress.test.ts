import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advisoryOf, affectedOf } from '../../tests/support/database.ts';
import { inventoryOf, packageOf } from '../../tests/support/inventory.ts';
import { memoryDatabase } from '../advisories/database/index.ts';
import type { Match } from '../model/finding.ts';
import { matchInventory } from './match.ts';
import { applySuppressions, readIgnoreFile, readVex, setAsideDevelopment, setAsideUnfixed } from './suppress.ts';

const TODAY = '2024-06-01';

/** Matches of `@acme/web` 1.0.0 (CVE-2024-1, no fix) and `tool` 1.0.0 (GHSA-2, development). */
const MATCHES: readonly Match[] = matchInventory(
  inventoryOf([
    packageOf({ type: 'npm', name: '@acme/web', namespace: '@acme', version: '1.0.0', purl: 'pkg:npm/%40acme/web@1.0.0' }),
    packageOf({
      type: 'npm',
      name: 'tool',
      version: '1.0.0',
      development: true,
      locations: [{ path: 'a/lock' }, { path: 'b/lock' }],
    }),
  ]),
  memoryDatabase([
    advisoryOf({ id: 'GHSA-1', vulnerabilities: ['CVE-2024-1'], affected: [affectedOf({ name: '@acme/web' })] }),
    advisoryOf({ id: 'GHSA-2', affected: [affectedOf({ name: 'tool', ranges: [{ fixed: '2.0.0' }] })] }),
  ]),
  { today: TODAY },
).matches;

/** Ids of what the rules hide. */
function hidden(matches: readonly Match[]): string[] {
  return matches.flatMap(({ id, suppressed }) => (suppressed === undefined ? [] : id));
}

function byFile(text: string) {
  const rules = readIgnoreFile(text, 'ignore.yaml');
  assert.ok(rules.ok, rules.ok ? '' : rules.problem.message);
  return applySuppressions(MATCHES, rules.value, { today: TODAY });
}

const FILES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['- id: CVE-2024-1\n  reason: r\n', ['CVE-2024-1'], []],
  ['- id: GHSA-1\n  reason: by its alias\n', ['CVE-2024-1'], []],
  ['ignore:\n  - package: "@acme/*"\n    reason: r\n', ['CVE-2024-1'], []],
  ['- purl: pkg:npm/tool\n  reason: r\n', ['GHSA-2'], []],
  ['- purl: pkg:npm/tool@1.0.0\n  reason: r\n', ['GHSA-2'], []],
  ['- purl: pkg:npm/tool@1.0.1\n  reason: r\n', [], ['rule-unused']],
  ['- package: tool\n  version: 1.0.0\n  reason: r\n', ['GHSA-2'], []],
  ['- id: GHSA-2\n  path: "*/lock"\n  reason: r\n', ['GHSA-2'], []],
  ['- id: GHSA-2\n  path: a/lock\n  reason: one copy of two\n', [], ['rule-unused']],
  ['- id: CVE-2024-1\n  reason: r\n  expires: 2024-06-01\n', ['CVE-2024-1'], []],
  ['- id: CVE-2024-1\n  reason: r\n  expires: 2024-05-31\n', [], ['rule-expired']],
  ['- id: CVE-1999-1\n  reason: r\n', [], ['rule-unused']],
  ['', [], []],
  ['# nothing yet\n', [], []],
];

for (const [text, ids, codes] of FILES) {
  test(`ignore file ${JSON.stringify(text)}`, () => {
    const { matches, problems } = byFile(text);
    assert.deepEqual([hidden(matches), problems.map(({ code }) => code)], [ids, codes]);
    assert.equal(matches.length, MATCHES.length, 'hidden matches stay');
  });
}

const WRONG: readonly (readonly [string, RegExp])[] = [
  ['- id: CVE-1\n', /ignore.yaml:1: it needs a "reason"/],
  ['- reason: r\n', /it needs "id", or a package/],
  ['- id: CVE-1\n  reason: r\n- id: CVE-2\n  raeson: r\n', /ignore.yaml:3: "raeson" is not a key here; known are id, package/],
  ['- id: CVE-1\n  reason: r\n  expires: soon\n', /YYYY-MM-DD/],
  ['- purl: nonsense\n  reason: r\n', /no package URL/],
  ['- id: [a]\n  reason: r\n', /"id" must be a text/],
  ['- CVE-1\n', /each entry is a map/],
  ['a: b\n', /list of entries/],
  ['- id: "unclosed\n', /ignore.yaml:\d/],
];

for (const [text, says] of WRONG) {
  test(`ignore file ${JSON.stringify(text)} is refused with help`, () => {
    const rules = readIgnoreFile(text, 'ignore.yaml');
    assert.ok(!rules.ok);
    assert.equal(rules.problem.code, 'ignore-file-invalid');
    assert.match(rules.problem.message, says);
  });
}

const WEB = 'pkg:npm/%40acme/web@1.0.0';
const OPENVEX = (over: object) => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  statements: [{ vulnerability: { name: 'CVE-2024-1' }, products: [{ '@id': WEB }], ...over }],
});
const CYCLONEDX = (state: string, ref: string) => ({
  bomFormat: 'CycloneDX',
  components: [{ 'bom-ref': 'web', purl: WEB, name: 'web' }],
  vulnerabilities: [{ id: 'CVE-2024-1', analysis: { state, justification: 'code_not_reachable' }, affects: [{ ref }] }],
});
const CSAF = (status: object) => ({
  document: { category: 'csaf_vex', csaf_version: '2.0' },
  product_tree: { branches: [{ branches: [{ product: { product_id: 'P1', product_identification_helper: { purl: WEB } } }] }] },
  vulnerabilities: [
    { cve: 'CVE-2024-1', product_status: status, flags: [{ label: 'component_not_present', product_ids: ['P1'] }] },
  ],
});

const DOCUMENTS: readonly (readonly [string, object, boolean, RegExp?])[] = [
  [
    'OpenVEX not_affected',
    OPENVEX({ status: 'not_affected', justification: 'component_not_present' }),
    true,
    /component_not_present/,
  ],
  ['OpenVEX fixed', OPENVEX({ status: 'fixed' }), true],
  ['OpenVEX affected', OPENVEX({ status: 'affected' }), false],
  ['OpenVEX under_investigation', OPENVEX({ status: 'under_investigation' }), false],
  ['OpenVEX by alias', OPENVEX({ status: 'fixed', vulnerability: { name: 'X-1', aliases: ['GHSA-1'] } }), true],
  ['OpenVEX of another version', OPENVEX({ status: 'fixed', products: [{ '@id': 'pkg:npm/%40acme/web@2.0.0' }] }), false],
  ['OpenVEX of every version', OPENVEX({ status: 'fixed', products: ['pkg:npm/%40acme/web'] }), true],
  [
    'OpenVEX by subcomponent',
    OPENVEX({ status: 'fixed', products: [{ '@id': 'pkg:oci/app@sha256:1', subcomponents: [{ '@id': WEB }] }] }),
    true,
  ],
  ['OpenVEX of a product without purl', OPENVEX({ status: 'fixed', products: [{ '@id': 'https://example/app' }] }), false],
  ['OpenVEX without products', OPENVEX({ status: 'fixed', products: [] }), false],
  ['CycloneDX not_affected', CYCLONEDX('not_affected', 'web'), true, /code_not_reachable/],
  ['CycloneDX by BOM-Link', CYCLONEDX('false_positive', `urn:cdx:1/1#${WEB}`), true],
  ['CycloneDX exploitable', CYCLONEDX('exploitable', 'web'), false],
  ['CSAF known_not_affected', CSAF({ known_not_affected: ['P1'] }), true, /component_not_present/],
  ['CSAF fixed', CSAF({ fixed: ['P1'] }), true],
  ['CSAF known_affected', CSAF({ known_affected: ['P1'] }), false],
];

for (const [name, document, hides, reason] of DOCUMENTS) {
  test(`VEX: ${name} ${hides ? 'hides' : 'hides nothing'}`, () => {
    const rules = readVex(Buffer.from(JSON.stringify(document)), 'vex.json');
    assert.ok(rules.ok);
    const { matches, problems } = applySuppressions(MATCHES, rules.value, { today: TODAY });
    assert.deepEqual([hidden(matches), problems], [hides ? ['CVE-2024-1'] : [], []]);
    if (reason !== undefined) assert.match(matches[0]?.suppressed?.reason ?? '', reason);
  });
}

test('VEX: what is none is refused, and hostile documents never throw', () => {
  for (const text of ['', '{}', '[]', 'null', '{"@context": 1}', '<bom/>']) {
    const rules = readVex(Buffer.from(text), 'vex.json');
    assert.ok(!rules.ok);
    assert.equal(rules.problem.code, 'vex-unreadable');
  }
  fc.assert(
    fc.property(fc.json(), (json) => {
      for (const kind of ['"@context":"https://openvex.dev/ns","statements"', '"bomFormat":"CycloneDX","vulnerabilities"'])
        readVex(Buffer.from(`{${kind}:[${json}]}`), 'x');
      readVex(Buffer.from(`{"document":{"csaf_version":"2.0"},"product_tree":${json},"vulnerabilities":[${json}]}`), 'x');
    }),
    { numRuns: 100 },
  );
});

test('only-fixed and development set aside what they say, and nothing that is hidden already', () => {
  assert.deepEqual(hidden(setAsideUnfixed(MATCHES)), ['CVE-2024-1']);
  assert.deepEqual(hidden(setAsideDevelopment(MATCHES)), ['GHSA-2']);
  const { matches } = byFile('- id: CVE-2024-1\n  reason: first\n');
  assert.equal(setAsideUnfixed(matches)[0]?.suppressed?.by, 'ignore-file');
});
