import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackageDraft } from './cataloger.ts';
import { draftGraph, reachable } from './draft-graph.ts';

const draft = (name: string, marks: Partial<PackageDraft> = {}): PackageDraft => ({
  purl: `pkg:gem/${name}@1`,
  type: 'gem',
  name,
  version: '1',
  ...marks,
});

test('the same package said twice: marks add up, development only when both say so', () => {
  const graph = draftGraph();
  graph.add(draft('a', { development: true }), 'a');
  graph.add(draft('a', { development: true, direct: true, dependsOn: ['pkg:gem/z@1'] }), 'other');
  graph.add(draft('b', { development: true }), 'b');
  graph.add(draft('b'), 'b');
  graph.edge('pkg:gem/a@1', 'b');
  graph.edge('pkg:gem/a@1', 'other');
  graph.edge('pkg:gem/b@1', 'unknown');
  assert.deepEqual(graph.drafts(), [
    draft('a', { dependsOn: ['pkg:gem/b@1', 'pkg:gem/z@1'], direct: true, development: true }),
    draft('b'),
  ]);
});

test('reachable over cycles and through long chains', () => {
  const chain = Array.from({ length: 50_000 }, (_, index) =>
    draft(`p${index}`, { dependsOn: [`pkg:gem/p${index + 1}@1`, 'pkg:gem/p0@1'] }),
  );
  assert.equal(reachable(chain, ['pkg:gem/p0@1']).size, 50_001);
  assert.deepEqual([...reachable(chain, [])], []);
});
