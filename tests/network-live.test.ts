/** Following a change gives exactly what looking at everything again gives, on random networks and random edits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Estate } from '../src/estate/estate.ts';
import { type Options, openings } from '../src/network/analyse.ts';
import { changeBetween, changeOfRows } from '../src/network/change.ts';
import type { Exposure } from '../src/network/exposure.ts';
import { assessNetwork, assessNetworks } from '../src/network/index.ts';
import { interpret } from '../src/network/interpret/index.ts';
import { LiveNetwork } from '../src/network/live.ts';
import { randomEdit } from './support/estates/edits.ts';
import { diceOf, randomEstate } from './support/estates/random.ts';

const ESTATES = process.env.CI === 'true' ? 1000 : 60;
const EDITS = 6;

function fresh(estate: Estate, options: Options): Exposure[] {
  return Array.from(openings(interpret(estate), options), ({ exposure }) => exposure);
}

function current(live: LiveNetwork): Exposure[] {
  return live.interfaces.flatMap((id) => Array.from(live.openingsInto(id), ({ exposure }) => exposure));
}

function byId(exposures: readonly Exposure[]): string[] {
  return exposures.map((one) => JSON.stringify(one)).sort();
}

for (const [what, kind] of [
  ['random networks', { gaps: false }],
  ['random networks with gaps', { gaps: true }],
] as const) {
  test(`${ESTATES} ${what}, ${EDITS} edits each: followed and fresh are equal`, () => {
    const seen = { edits: 0, opened: 0, closed: 0, changed: 0, looked: 0, all: 0 };
    for (let seed = 0; seed < ESTATES; seed++) {
      const dice = diceOf(seed + 1_000_000);
      const asked = { oneWay: dice.chance(0.5), privateLink: dice.chance(0.5) };
      let estate = randomEstate(seed, kind);
      const live = new LiveNetwork(interpret(estate), asked);
      let before = fresh(estate, asked);
      for (let count = 0; count < EDITS; count++) {
        const edit = randomEdit(estate, dice);
        if (edit === undefined) continue;
        const network = interpret(estate);
        const ofRows = changeOfRows(network, edit.before, edit.after);
        const change = changeBetween(network, interpret(edit.estate));
        assert.ok(change !== undefined, `seed ${seed}`);
        if (ofRows !== undefined && !kind.gaps) assert.deepEqual(ofRows, change, `seed ${seed}`);
        const result = live.reassess(change);
        const after = fresh(edit.estate, asked);
        const place = `seed ${seed}, edit ${count} of ${edit.call}`;
        assert.deepEqual(current(live), after, place);
        const old = new Set(byId(before));
        const now = new Set(byId(after));
        const told = { closed: byId([...result.closed, ...result.changed.map((one) => one.before)]) };
        const opened = byId([...result.opened, ...result.changed.map((one) => one.after)]);
        assert.deepEqual(told.closed, [...old].filter((one) => !now.has(one)).sort(), place);
        assert.deepEqual(opened, [...now].filter((one) => !old.has(one)).sort(), place);
        seen.edits++;
        seen.opened += result.opened.length;
        seen.closed += result.closed.length;
        seen.changed += result.changed.length;
        seen.looked += result.interfaces.length;
        seen.all += live.interfaces.length;
        estate = edit.estate;
        before = after;
      }
    }
    assert.ok(Math.min(seen.opened, seen.closed, seen.changed) > seen.edits / 40, JSON.stringify(seen));
    assert.ok(seen.looked < seen.all * 0.7, JSON.stringify(seen));
  });
}

test('two snapshots assessed together are as each by itself, whether the second can be followed or not', () => {
  for (let seed = 0; seed < 40; seed++) {
    const dice = diceOf(seed + 2_000_000);
    const before = randomEstate(seed, { gaps: seed % 3 === 0 });
    const after = seed % 10 === 0 ? randomEstate(seed + 1) : (randomEdit(before, dice)?.estate ?? before);
    const profile = dice.chance(0.5) ? 'inspector-v2' : 'extended';
    const each = [assessNetwork(before, profile), assessNetwork(after, profile)];
    assert.deepEqual(assessNetworks(before, after, profile), each, `seed ${seed}`);
  }
});
