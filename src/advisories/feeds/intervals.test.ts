import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileRange, inRange, isProblem } from '../../versions/range.ts';
import { schemes } from '../../versions/registry.ts';
import { type AffectedVersions, comparison, everything, type Interval, meet, within, without } from './intervals.ts';

const { gem } = schemes;

function contains({ ranges, unaffectedVersions = [] }: AffectedVersions, version: string): boolean {
  const key = gem.key(version);
  assert.ok(key.ok);
  if (unaffectedVersions.includes(version)) return false;
  return ranges.some((range) => {
    const bounds = compileRange(gem, range);
    assert.ok(!isProblem(bounds));
    return inRange(key.value, { ...range, ...bounds });
  });
}

function holds({ low, high }: Interval, version: string): boolean {
  const order = (other: string) => {
    const compared = gem.compare(version, other);
    assert.ok(compared.ok);
    return compared.value;
  };
  const above = low === undefined || order(low.version) > 0 || (low.inclusive && order(low.version) === 0);
  return above && (high === undefined || order(high.version) < 0 || (high.inclusive && order(high.version) === 0));
}

const versions = fc.integer({ min: 1, max: 9 }).map(String);
const bounds = fc.record({ version: versions, inclusive: fc.boolean() });
const intervals = fc.array(
  fc
    .tuple(fc.option(bounds, { nil: undefined }), fc.option(bounds, { nil: undefined }))
    .map(([low, high]): Interval => ({ ...(low && { low }), ...(high && { high }) })),
  { maxLength: 4 },
);
/** Between any two bounds there is a version to probe with. */
const PROBES = Array.from({ length: 10 }, (_, index) => [`${index}`, `${index}.5`]).flat();

test('within and without agree with testing every interval by itself', () => {
  fc.assert(
    fc.property(intervals, intervals, (affected, safe) => {
      const inside = within(affected, gem);
      const rest = without(affected, safe, gem);
      for (const probe of PROBES) {
        const expected = affected.some((interval) => holds(interval, probe));
        assert.equal(contains(inside, probe), expected);
        assert.equal(contains(rest, probe), expected && !safe.some((interval) => holds(interval, probe)));
      }
    }),
    { numRuns: 300 },
  );
});

test('without: what is not safe', () => {
  const parse = (text: string) => {
    const interval = comparison(text);
    assert.ok(interval);
    return interval;
  };
  assert.deepEqual(without([everything()], [parse('>= 4.3.3'), parse('< 4.0.0')], gem), {
    ranges: [{ introduced: '4.0.0', fixed: '4.3.3' }],
  });
  assert.deepEqual(without([everything()], [parse('<= 1.0')], gem), {
    ranges: [{ introduced: '1.0' }],
    unaffectedVersions: ['1.0'],
  });
  assert.deepEqual(without([everything()], [parse('> 2.0')], gem), { ranges: [{ lastAffected: '2.0' }] });
  assert.deepEqual(without([everything()], [], gem), { ranges: [{}] });
  assert.deepEqual(without([everything()], [everything()], gem), { ranges: [] });
  assert.throws(() => without([everything()], [parse('>= !')], gem), /not a version/);
});

test('meet keeps the tighter bounds', () => {
  const all = ['>= 1', '> 1', '< 3', '<= 2'].map(comparison).filter((interval) => interval !== undefined);
  assert.deepEqual(meet(all, gem), { low: { version: '1', inclusive: false }, high: { version: '2', inclusive: true } });
});
