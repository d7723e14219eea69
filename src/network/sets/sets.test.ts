/** Sets against the plain thing: arrays of booleans. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { constant, elementary, merge, overlay, partAt, restrict } from './partition.ts';
import { PortPool } from './ports.ts';
import { contains, intersect, pairs, type Spans, subtract, union, unionAll } from './spans.ts';

const SIZE = 24;
const spans = fc
  .array(fc.tuple(fc.nat(SIZE), fc.nat(SIZE)), { maxLength: 6 })
  .map((list) => unionAll(list.map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)));
const points = (set: Spans<number>) => Array.from({ length: SIZE }, (_, index) => contains(set, index));

function assertCanonical(set: Spans<number>): void {
  for (let index = 1; index < set.length; index++) assert.ok((set[index - 1] ?? 0) < (set[index] ?? 0), set.join());
  assert.equal(set.length % 2, 0);
}

test('union, intersection and difference are those of the points', () => {
  fc.assert(
    fc.property(spans, spans, (a, b) => {
      const [inA, inB] = [points(a), points(b)];
      for (const [set, rule] of [
        [union(a, b), (x: boolean, y: boolean) => x || y],
        [intersect(a, b), (x: boolean, y: boolean) => x && y],
        [subtract(a, b), (x: boolean, y: boolean) => x && !y],
      ] as const) {
        assertCanonical(set);
        assert.deepEqual(
          points(set),
          inA.map((x, index) => rule(x, inB[index] ?? false)),
        );
      }
      assert.deepEqual(unionAll([...pairs(b), ...pairs(a)]), [...union(a, b)]);
    }),
  );
});

test('bigints are points as well', () => {
  const half = 1n << 127n;
  assert.deepEqual(subtract([0n, 1n << 128n], [half, half + 1n]), [0n, half, half + 1n, 1n << 128n]);
});

const partition = fc
  .array(fc.tuple(spans, fc.nat(3)), { maxLength: 4 })
  .map((list) => list.reduce((all, [set, value]) => merge(all, constant(set, value), Math.max), constant<number, number>([], 0)));

test('overlay and merge hold at each point what they hold there', () => {
  fc.assert(
    fc.property(partition, partition, spans, (a, b, set) => {
      const both = overlay(a, b, (x, y) => (x === y ? undefined : x * 10 + y));
      const either = merge(a, b, (x, y) => Math.max(x, y));
      const within = restrict(a, set);
      for (let point = 0; point < SIZE; point++) {
        const [x, y] = [partAt(a, point)?.value, partAt(b, point)?.value];
        assert.equal(partAt(both, point)?.value, x === undefined || y === undefined || x === y ? undefined : x * 10 + y);
        assert.equal(partAt(either, point)?.value, x === undefined ? y : y === undefined ? x : Math.max(x, y));
        assert.equal(partAt(within, point)?.value, contains(set, point) ? x : undefined);
      }
      for (const result of [both, either, within])
        for (const [index, part] of result.entries()) {
          const next = result[index + 1];
          assert.ok(part.from < part.to && (next === undefined || part.to <= next.from));
          assert.ok(next === undefined || part.to < next.from || part.value !== next.value, 'touching parts differ');
        }
    }),
  );
});

test('elementary spans cut at every end', () => {
  assert.deepEqual(
    elementary([
      [0, 10],
      [5, 20],
      [5, 6],
    ]),
    [
      [0, 5],
      [5, 6],
      [6, 10],
      [10, 20],
    ],
  );
});

test('equal port sets are one', () => {
  const pool = new PortPool();
  assert.equal(pool.union(pool.range(1, 5), pool.range(6, 9)), pool.range(1, 9));
  assert.equal(pool.intersect(pool.all, pool.range(22, 22)), pool.range(22, 22));
  assert.equal(pool.subtract(pool.range(1, 9), pool.range(0, 9)), pool.none);
});
