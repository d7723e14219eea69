/** The walk finds what sorting everything finds, however few findings it looks at together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CODES, Columns, severityOfCode, statusOfCode } from './columns.ts';
import type { SortKeys } from './keys.ts';
import type { Selection } from './scan.ts';
import { first } from './walk.ts';

const ENTRIES = 6;
const KEYS = [0, 1, 2, 2, 5, Number.NaN];
const key = fc.constantFrom(...KEYS);
const entries = fc.array(key, { minLength: ENTRIES, maxLength: ENTRIES });
const bytes = fc.array(fc.constantFrom(0, 1, 1, 1, 1, 1, 1, 1), { minLength: ENTRIES, maxLength: ENTRIES });

const finding = fc.record({
  code: fc.constantFrom(...CODES),
  detail: fc.nat(ENTRIES - 1),
  resource: fc.nat(ENTRIES - 1),
  score: key,
  gone: fc.constantFrom(false, false, false, true),
});

const filter = fc.record({
  detail: bytes,
  resource: bytes,
  code: fc.oneof(fc.subarray([...CODES], { minLength: 1 }), fc.constant([...CODES])),
  only: fc.option(fc.uniqueArray(fc.nat(60)), { freq: 1, nil: undefined }),
  leastUpdated: fc.option(fc.nat(40), { freq: 1, nil: undefined }),
});

const order = fc.record({
  by: fc.constantFrom('id', 'score', 'detail', 'resource', 'code'),
  entries,
  descending: fc.boolean(),
  limit: fc.integer({ min: 1, max: 6 }),
  /** A cursor's key, which need not be one that there is, and its id. */
  after: fc.option(fc.record({ value: fc.constantFrom(null, -1, 0, 1, 1.5, 2, 5), id: fc.nat(100) }), { nil: undefined }),
  block: fc.integer({ min: 1, max: 9 }),
});

function columnsOf(findings: readonly (typeof finding extends fc.Arbitrary<infer T> ? T : never)[]): Columns {
  const columns = new Columns();
  for (const [position, { code, detail, resource, score }] of findings.entries()) {
    const row = { id: 2 * position + 1, status: statusOfCode(code), severity: severityOfCode(code), score, updated_at: position };
    columns.put({ ...row, first_observed_at: 0, last_observed_at: 0 }, detail, resource);
  }
  for (const [position, { gone }] of findings.entries()) if (gone) columns.remove(2 * position + 1);
  return columns;
}

test('the first of an order are those that sorting everything finds', () => {
  let pagesOfSeveralBlocks = 0;
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 60, size: 'max' }), filter, order, (findings, pass, wanted) => {
      const columns = columnsOf(findings);
      const least = pass.leastUpdated;
      const selection: Selection = {
        detail: Uint8Array.from(pass.detail),
        resource: Uint8Array.from(pass.resource),
        code: Uint8Array.from({ length: 256 }, (_, code) => (pass.code.includes(code) ? 1 : 0)),
        only: pass.only?.filter((position) => position < findings.length).sort((a, b) => a - b),
        rows: least === undefined ? [] : [(list, count) => keep(list, count, (at) => (columns.updated[at] ?? 0) >= least)],
        never: false,
      };
      const keys = Float64Array.from({ length: 256 }, (_, entry) => wanted.entries[entry % ENTRIES] ?? Number.NaN);
      const sort: SortKeys | undefined =
        wanted.by === 'id'
          ? undefined
          : {
              keys: wanted.by === 'score' ? columns.score : keys.subarray(0, wanted.by === 'code' ? 256 : ENTRIES),
              index: wanted.by === 'score' ? undefined : columns[wanted.by],
              keyOf: Number,
              valueOf: () => null,
            };
      const sign = wanted.descending ? -1 : 1;
      const keyOf = (at: number): number => {
        const raw = sort === undefined ? 0 : sign * (sort.keys[sort.index === undefined ? at : (sort.index[at] ?? 0)] ?? 0);
        return Number.isNaN(raw) ? Number.POSITIVE_INFINITY : raw;
      };
      const { after } = wanted;
      const from =
        after === undefined || sort === undefined ? 0 : after.value === null ? Number.POSITIVE_INFINITY : sign * after.value;
      const expected = findings
        .map((_, position) => position)
        .filter(
          (at) =>
            selection.code[columns.code[at] ?? 0] === 1 &&
            selection.detail[columns.detail[at] ?? 0] === 1 &&
            selection.resource[columns.resource[at] ?? 0] === 1 &&
            (selection.only?.includes(at) ?? true) &&
            (least === undefined || at >= least),
        )
        .filter(
          (at) =>
            after === undefined || keyOf(at) > from || (keyOf(at) === from && sign * ((columns.id[at] ?? 0) - after.id) > 0),
        )
        .sort((a, b) => (keyOf(a) === keyOf(b) ? sign * (a - b) : keyOf(a) < keyOf(b) ? -1 : 1))
        .slice(0, wanted.limit);
      if (expected.length === wanted.limit && findings.length > 2 * wanted.block) pagesOfSeveralBlocks += 1;
      assert.deepEqual([...first(columns, selection, { ...wanted, sort }, wanted.block)], expected);
    }),
    { numRuns: 3000 },
  );
  assert.ok(pagesOfSeveralBlocks > 100, `pages of several blocks: ${pagesOfSeveralBlocks}`);
});

function keep(list: Uint32Array, count: number, passes: (at: number) => boolean): number {
  const kept = list.subarray(0, count).filter(passes);
  list.set(kept);
  return kept.length;
}
