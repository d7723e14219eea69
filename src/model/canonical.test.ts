import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from './canonical.ts';

/** The same members, the last ones first. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, one]) => [name, turned(one)]),
  );
}

test('the order of members says nothing, and what is read from the text is the value', () => {
  const object = fc.object({ maxDepth: 2, maxKeys: 40, key: fc.string({ maxLength: 3, unit: 'binary' }) });
  fc.assert(
    fc.property(object, (value) => {
      const text = canonicalJson(value);
      assert.equal(canonicalJson(turned(value)), text);
      assert.equal(text, canonicalJson(JSON.parse(text)));
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('members of few and of many names are in the order of their code units; undefined ones are left out', () => {
  assert.equal(canonicalJson({ b: [{ z: 1, a: null }], a: undefined, B: 'x' }), '{"B":"x","b":[{"a":null,"z":1}]}');
  const many = Array.from({ length: 100 }, (_, index) => [`n${(index * 37) % 100}`, index] as const);
  const text = canonicalJson(Object.fromEntries(many));
  assert.deepEqual(Object.keys(JSON.parse(text)), many.map(([name]) => name).sort());
});
