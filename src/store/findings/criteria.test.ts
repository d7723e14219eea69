/** Criteria as SQL against the meaning of criteria on what the API shows, field by field and combined. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FilterCriteria, Finding } from '@aws-sdk/client-inspector2';
import fc from 'fast-check';
import { referencePasses } from '../../../tests/support/finding-reference.ts';
import { anyCriteria, FIELDS, fieldFilters } from '../../../tests/support/random-criteria.ts';
import { writeRandomFindings } from '../../../tests/support/random-findings.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import type { Store } from '../store.ts';
import { apiFinding } from './api-finding.ts';
import { afterPrefix } from './conditions.ts';
import { COVERAGE_FIELDS, FINDING_FIELDS } from './fields.ts';
import { listFindings } from './list.ts';

const ALL = { scope: undefined, sort: undefined, limit: 10_000, after: undefined } as const;

/** By SQL on both engines, and as the store answers: from memory on the embedded one. */
async function findings(store: Store, criteria: FilterCriteria | undefined): Promise<Finding[]> {
  const { rows } = await listFindings(store.read, { ...ALL, criteria });
  const answered = await store.findings.list({ ...ALL, criteria });
  assert.deepEqual(
    answered.rows.map(({ id }) => id),
    rows.map(({ id }) => id),
    `SQL and index differ: ${JSON.stringify(criteria)}`,
  );
  return rows.map(apiFinding);
}

async function agrees(store: Store, all: readonly Finding[], criteria: FilterCriteria): Promise<void> {
  const found = (await findings(store, criteria)).map(({ findingArn }) => findingArn);
  const expected = all.filter((finding) => referencePasses(finding, criteria)).map(({ findingArn }) => findingArn);
  assert.deepEqual(found, expected, JSON.stringify(criteria));
}

onBothEngines('every field and comparison selects what it says', async (store) => {
  await writeRandomFindings(store, 1);
  const all = await findings(store, undefined);
  assert.ok(all.length > 80);
  assert.equal(FIELDS.length, 65);
  for (const field of FIELDS) {
    await fc.assert(
      fc.asyncProperty(fieldFilters(field, all), (criteria) => agrees(store, all, criteria)),
      { numRuns: 12 },
    );
  }
});

onBothEngines('fields are ANDed', async (store) => {
  await writeRandomFindings(store, 2);
  const all = await findings(store, undefined);
  await fc.assert(
    fc.asyncProperty(anyCriteria(all), (criteria) => agrees(store, all, criteria)),
    { numRuns: 150 },
  );
});

test('every field of the model has a place', () => {
  assert.deepEqual(Object.keys(FINDING_FIELDS).sort(), [...FIELDS].sort());
  assert.equal(Object.keys(COVERAGE_FIELDS).length, 32);
});

test('a prefix ends where the next text begins', () => {
  assert.equal(afterPrefix('ab'), 'ac');
  assert.equal(afterPrefix('a\u{10FFFF}'), 'b');
  assert.equal(afterPrefix('\u{10FFFF}'), undefined);
  assert.equal(afterPrefix('\uD7FF'), '\uE000');
  const bytes = (text: string) => Buffer.from(text);
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(text, text, (prefix, rest) => {
      const end = afterPrefix(prefix);
      assert.ok(end === undefined || Buffer.compare(bytes(prefix + rest), bytes(end)) < 0);
    }),
  );
});
