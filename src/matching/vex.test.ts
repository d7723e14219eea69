/** VEX: which products a statement is about, and which statement counts when several disagree. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advisoryOf, affectedOf } from '../../tests/support/database.ts';
import { inventoryOf, packageOf } from '../../tests/support/inventory.ts';
import { spent } from '../../tests/support/spent.ts';
import { memoryDatabase } from '../advisories/database/index.ts';
import { matchInventory } from './match.ts';
import { applySuppressions, readIgnoreFile, readVex, type SuppressionRule } from './suppress.ts';

const TODAY = '2024-06-01';

function matchesOf(purl: string) {
  const pkg = packageOf({ type: 'npm', name: 'a', version: '1.0.0', purl });
  const database = memoryDatabase([
    advisoryOf({ id: 'GHSA-1', vulnerabilities: ['CVE-1'], affected: [affectedOf({ name: 'a' })] }),
  ]);
  return matchInventory(inventoryOf([pkg]), database, { today: TODAY }).matches;
}

function rulesOf(...documents: readonly object[]): SuppressionRule[] {
  return documents.flatMap((document, index) => {
    const rules = readVex(Buffer.from(JSON.stringify(document)), `vex${index + 1}.json`);
    assert.ok(rules.ok);
    return rules.value;
  });
}

/** The place of the statement that hides CVE-1, or `stays`, with the codes of what is told. */
function outcome(documents: readonly object[], purl = 'pkg:npm/a@1.0.0'): string {
  const { matches, problems } = applySuppressions(matchesOf(purl), rulesOf(...documents), { today: TODAY });
  return [matches[0]?.suppressed?.rule ?? 'stays', ...problems.map(({ code }) => code)].join(' ');
}

interface Said {
  readonly status: string;
  readonly time?: string;
  readonly product?: string;
}
type Writer = (...statements: readonly Said[]) => object;

/** All with the first statement's time as the document's, where statements have none of their own. */
const openVex: Writer = (...statements) => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  statements: statements.map(({ status, time, product = 'pkg:npm/a@1.0.0' }) => ({
    vulnerability: { name: 'CVE-1' },
    products: [{ '@id': product }],
    status,
    ...(time === undefined ? {} : { timestamp: time }),
  })),
});
const CYCLONEDX_STATES: Readonly<Record<string, string>> = {
  affected: 'exploitable',
  under_investigation: 'in_triage',
  fixed: 'resolved',
};
const cycloneDx: Writer = (...statements) => ({
  bomFormat: 'CycloneDX',
  vulnerabilities: statements.map(({ status, time, product = 'pkg:npm/a@1.0.0' }) => ({
    id: 'CVE-1',
    analysis: { state: CYCLONEDX_STATES[status] ?? status, ...(time === undefined ? {} : { lastUpdated: time }) },
    affects: [{ ref: product }],
  })),
});
const csaf: Writer = (...statements) => ({
  document: { csaf_version: '2.0', tracking: { current_release_date: statements[0]?.time } },
  product_tree: {
    full_product_names: statements.map(({ product = 'pkg:npm/a@1.0.0' }, index) => ({
      product_id: `P${index}`,
      product_identification_helper: { purl: product },
    })),
  },
  vulnerabilities: [
    {
      cve: 'CVE-1',
      product_status: Object.fromEntries(
        statements.map(({ status }, index) => [/affected$/.test(status) ? `known_${status}` : status, [`P${index}`]]),
      ),
    },
  ],
});
const WRITERS: Readonly<Record<string, Writer>> = { OpenVEX: openVex, CycloneDX: cycloneDx, CSAF: csaf };

const OLD = '2024-01-01T00:00:00Z';
const NEW = '2024-02-01T00:00:00+01:00';

for (const [name, write] of Object.entries(WRITERS)) {
  for (const settled of ['not_affected', 'fixed']) {
    for (const other of ['affected', 'under_investigation']) {
      const pair = (mine: string | undefined, theirs: string | undefined) => [
        write({ status: settled, ...(mine === undefined ? {} : { time: mine }) }),
        write({ status: other, ...(theirs === undefined ? {} : { time: theirs }) }),
      ];
      test(`${name}: ${settled} against ${other}: the newest statement counts, in doubt the one that hides nothing`, () => {
        assert.match(outcome(pair(NEW, OLD)), /^vex1\.json: (?:statement|vulnerability) 1$/);
        assert.match(outcome(pair(NEW, OLD).reverse()), /^vex2\.json: (?:statement|vulnerability) 1$/);
        for (const [mine, theirs] of [
          [OLD, NEW],
          [OLD, OLD],
          [undefined, OLD],
          [NEW, undefined],
          [undefined, undefined],
          [NEW, 'soon'],
        ])
          assert.equal(outcome(pair(mine, theirs)), 'stays vex-conflict', `${mine} ${theirs}`);
      });
    }
  }
  test(`${name}: two statements in one document`, () => {
    assert.equal(
      outcome([write({ status: 'not_affected', time: OLD }, { status: 'affected', time: OLD })]),
      'stays vex-conflict',
    );
  });
  test(`${name}: statements about other products or versions contradict nothing`, () => {
    const settled = write({ status: 'not_affected', time: OLD });
    assert.doesNotMatch(outcome([settled, write({ status: 'affected', time: NEW, product: 'pkg:npm/b@1.0.0' })]), /stays/);
    assert.doesNotMatch(outcome([settled, write({ status: 'affected', time: NEW, product: 'pkg:npm/a@2.0.0' })]), /stays/);
    assert.match(outcome([settled, write({ status: 'affected', time: NEW, product: 'pkg:npm/a' })]), /stays/);
  });
  test(`${name}: products by package URL`, () => {
    const RPM = 'pkg:rpm/rhel/a@1-1.el9?arch=x86_64&distro=rhel-9.2';
    for (const [product, purl, hides] of [
      ['pkg:npm/a', 'pkg:npm/a@1.0.0', true],
      ['pkg:npm/A@1.0.0', 'pkg:npm/a@1.0.0', true],
      ['pkg:npm/a@1.0.1', 'pkg:npm/a@1.0.0', false],
      ['pkg:npm/%40s/a@1.0.0', 'pkg:npm/a@1.0.0', false],
      ['pkg:pypi/A_b', 'pkg:pypi/a-b@1.0.0', true],
      ['pkg:rpm/redhat/a@1-1.el9', RPM, true],
      ['pkg:rpm/redhat/a@1-1.el9?arch=x86_64', RPM, true],
      ['pkg:rpm/redhat/a@1-1.el9?arch=src', RPM, false],
      ['pkg:rpm/redhat/a@1-1.el9?epoch=1', RPM, false],
      ['pkg:rpm/fedora/a@1-1.el9', RPM, false],
      ['pkg:oci/app@sha256:12', 'pkg:npm/a@1.0.0', false],
      ['https://example.com/app', 'pkg:npm/a@1.0.0', false],
    ] as const)
      assert.equal(outcome([write({ status: 'fixed', product })], purl) !== 'stays', hides, `${product} for ${purl}`);
  });
}

test('a qualifier that the package does not state counts against hiding, not against keeping', () => {
  const settled = openVex({ status: 'not_affected', time: OLD });
  const kept = openVex({ status: 'affected', time: NEW, product: 'pkg:npm/a@1.0.0?repository_url=x' });
  assert.equal(outcome([settled, kept]), 'stays vex-conflict');
});

test('OpenVEX: last_updated, then the statement’s time, then the document’s', () => {
  const later = { ...openVex({ status: 'affected', time: OLD }), timestamp: NEW };
  assert.equal(outcome([openVex({ status: 'fixed', time: '2024-01-15' }), later]), 'vex1.json: statement 1');
  const inherited = { ...openVex({ status: 'affected' }), timestamp: NEW };
  assert.equal(outcome([openVex({ status: 'fixed', time: '2024-01-15' }), inherited]), 'stays vex-conflict');
});

test('OpenVEX: subcomponents, by their ids or purls, and never the product around them', () => {
  const inside = (parts: readonly unknown[]) => ({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    statements: [
      { vulnerability: 'CVE-1', status: 'not_affected', products: [{ '@id': 'pkg:npm/a@1.0.0', subcomponents: parts }] },
    ],
  });
  assert.equal(outcome([inside([{ identifiers: { purl: 'pkg:npm/a@1.0.0' } }])]), 'vex1.json: statement 1');
  assert.equal(outcome([inside(['pkg:npm/a'])]), 'vex1.json: statement 1');
  assert.equal(outcome([inside([{ '@id': 'pkg:npm/b' }])]), 'stays');
  assert.equal(outcome([inside([{ '@id': 'urn:part' }])]), 'stays');
});

test('CycloneDX: versions narrow what is settled, and not what is kept', () => {
  const narrowed = (state: string, versions: readonly object[]) => ({
    bomFormat: 'CycloneDX',
    vulnerabilities: [{ id: 'CVE-1', analysis: { state }, affects: [{ ref: 'pkg:npm/a', versions }] }],
  });
  const hides = (versions: readonly object[]) => outcome([narrowed('not_affected', versions)]) !== 'stays';
  assert.equal(hides([{ version: '1.0.0', status: 'unaffected' }]), true);
  assert.equal(hides([{ version: '1.0.0' }]), true);
  assert.equal(hides([{ version: '1.0.0', status: 'affected' }]), false);
  assert.equal(hides([{ version: '2.0.0', status: 'unaffected' }]), false);
  assert.equal(hides([{ range: 'vers:npm/<2.0.0', status: 'unaffected' }]), false);
  const exploitable = narrowed('exploitable', [{ range: 'vers:npm/<2.0.0' }]);
  assert.equal(outcome([cycloneDx({ status: 'not_affected' }), exploitable]), 'stays vex-conflict');
});

test('CSAF: versions of branches, ranges of versions, and products inside of products', () => {
  const tree = (branch: object, more: object = {}) => ({
    document: { csaf_version: '2.0' },
    product_tree: { branches: [{ ...branch }], ...more },
    vulnerabilities: [{ cve: 'CVE-1', product_status: { known_not_affected: ['P'] } }],
  });
  const product = { product_id: 'P', product_identification_helper: { purl: 'pkg:npm/a' } };
  const hides = (branch: object, more?: object) => outcome([tree(branch, more)]) !== 'stays';
  assert.equal(hides({ category: 'product_name', name: 'a', product }), true);
  assert.equal(hides({ category: 'product_version', name: '1.0.0', product }), true);
  assert.equal(hides({ category: 'product_version', name: '2.0.0', product }), false);
  assert.equal(hides({ category: 'product_version', name: 'a', product }), true);
  assert.equal(hides({ category: 'product_version_range', name: 'vers:npm/<2', product }), false);
  const part = { category: 'product_version', name: '1.0.0', product: { ...product, product_id: 'A' } };
  const relationships = [{ product_reference: 'A', full_product_name: { product_id: 'P' } }];
  assert.equal(hides(part, { relationships }), true);
  assert.equal(hides({ ...part, name: '2.0.0' }, { relationships }), false);
});

test('the user’s own rules hide whatever VEX says', () => {
  const file = readIgnoreFile('- id: CVE-1\n  reason: r\n', 'ignore.yaml');
  assert.ok(file.ok);
  const rules = [...file.value, ...rulesOf(openVex({ status: 'affected', time: NEW }))];
  assert.equal(
    applySuppressions(matchesOf('pkg:npm/a@1.0.0'), rules, { today: TODAY }).matches[0]?.suppressed?.by,
    'ignore-file',
  );
});

test('documents that contradict themselves thousands of times take no time to speak of', async () => {
  const statements = Array.from({ length: 40_000 }, (_, index) => ({
    status: index % 2 === 0 ? 'fixed' : 'affected',
    time: OLD,
  }));
  const cost = await spent(() => assert.equal(outcome([openVex(...statements)]), 'stays vex-conflict'));
  assert.ok(cost < 5000, `${cost} ms`);
});
