import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from '../../../src/network/simulate/index.ts';
import { cornerPackets } from './corners.ts';
import { randomEstate } from './random.ts';

test('a seed gives the same estate and packets each time, another one others', () => {
  const rows = (seed: number, kernel: boolean): string => {
    const estate = randomEstate(seed, { kernel });
    return JSON.stringify([estate.regions[0]?.table('ec2.DescribeRouteTables'), cornerPackets(estate, { limit: 50 })]);
  };
  for (const kernel of [false, true]) {
    assert.equal(rows(5, kernel), rows(5, kernel));
    assert.notEqual(rows(5, kernel), rows(6, kernel));
  }
});

test('random estates with gaps: nothing throws, and unknown is among the outcomes', () => {
  let unknown = 0;
  for (let seed = 0; seed < 60; seed++) {
    const estate = randomEstate(seed, { gaps: true });
    for (const { entry, packet } of cornerPackets(estate, { limit: 60, seed })) {
      if (simulate(estate, entry, packet).forward === 'unknown') unknown++;
    }
  }
  assert.ok(unknown > 100, String(unknown));
});

test('random estates: interesting outcomes of every kind, and nothing that throws', () => {
  for (const kernel of [false, true]) {
    const counts = new Map<string, number>();
    let reachable = 0;
    let total = 0;
    for (let seed = 0; seed < 120; seed++) {
      const estate = randomEstate(seed, { kernel });
      const reached = new Set<string>();
      for (const { entry, packet } of cornerPackets(estate, { limit: 200, seed })) {
        const { forward, reply, interface: id } = simulate(estate, entry, packet);
        const outcome = `${forward} ${reply}`;
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
        const key = `${entry.kind} ${forward} ${reply}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
        if (forward === 'delivered' && reply === 'returned' && id !== undefined) reached.add(id);
      }
      const table = estate.regions[0]?.table('ec2.DescribeNetworkInterfaces');
      total += table?.kind === 'rows' ? table.rows.length : 0;
      reachable += reached.size;
    }
    assert.ok(reachable > total / 3 && reachable < total, `${reachable} of ${total}`);
    for (const outcome of ['delivered returned', 'delivered dropped', 'dropped none']) {
      assert.ok((counts.get(outcome) ?? 0) > 300, outcome);
    }
    for (const kind of kernel
      ? ['internet', 'peering', 'interface']
      : ['internet', 'peering', 'interface', 'vpn-gateway', 'transit-gateway']) {
      assert.ok((counts.get(`${kind} delivered returned`) ?? 0) > 10, kind);
    }
    assert.equal(counts.has('unknown none'), !kernel);
  }
});
