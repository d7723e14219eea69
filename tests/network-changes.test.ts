/** What `explain` proposes to open a closed port does open it, all of it together and nothing less, on random networks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Estate } from '../src/estate/estate.ts';
import { explainReachability } from '../src/network/explain/index.ts';
import type { ExplainedWay } from '../src/network/explain/question.ts';
import { interpret } from '../src/network/interpret/index.ts';
import type { Entry } from '../src/network/packet.ts';
import { simulate } from '../src/network/simulate/index.ts';
import { changed, NEW_ADDRESS } from './support/estates/changes.ts';
import { randomEstate } from './support/estates/random.ts';

function entryOf({ kind, id }: ExplainedWay['source']): Entry | undefined {
  if (kind === 'internet') return { kind };
  if (kind === 'peering' || kind === 'vpn-gateway') return { kind, id };
  return kind === 'transit-gateway' ? { kind, attachment: id } : undefined;
}

type Leg = NonNullable<ReturnType<typeof simulate>['legs']>[number];

function flat(legs: readonly Leg[]): readonly Leg[] {
  return legs.flatMap((leg) => [leg, ...flat(leg.legs ?? [])]);
}

/** How the packet fares that was tried: `open` there and back, through a load balancer where the way leads so, `unknown`, or `closed`. */
function fate(estate: Estate, { source, packet, interface: eni, through }: ExplainedWay, changes: readonly string[]) {
  const entry = entryOf(source);
  const after = changed(estate, changes);
  if (entry === undefined || packet === undefined || after === undefined) return undefined;
  const published = changes.some((change) => change.startsWith('associate a public address'));
  const sent = published ? { ...packet, destination: NEW_ADDRESS } : packet;
  const trip = simulate(after, entry, sent);
  const trips = through === undefined ? [trip] : flat(trip.legs ?? []).filter((leg) => leg.interface === eni);
  if (trips.some((one) => one.forward === 'delivered' && one.interface === eni && one.reply === 'returned')) return 'open';
  const isUnknown = [trip, ...trips].some(({ forward, reply }) => forward === 'unknown' || reply === 'unknown');
  return isUnknown ? 'unknown' : 'closed';
}

/** All of them in CI. */
const ESTATES = process.env.CI === 'true' ? 100 : 10;

test('the changes together open it, and none of them can be left out', () => {
  const count = { open: 0, unknown: 0, skipped: 0, several: 0 };
  for (let seed = 0; seed < ESTATES; seed++) {
    const estate = randomEstate(seed);
    const network = interpret(estate);
    for (const { id: target } of network.interfaces.values()) {
      for (const [port, protocol] of [
        [22, 'tcp'],
        [53, 'udp'],
      ] as const) {
        const answer = explainReachability(network, { target, port, protocol });
        assert.ok(answer.ok);
        for (const way of answer.value.ways) {
          const { changes, verdict } = way;
          if (verdict !== 'closed') continue;
          assert.ok(way.blockedBy !== undefined && way.packet !== undefined);
          if (changes === undefined) continue;
          const told = `seed ${seed}, ${target}:${port}/${protocol} from ${way.source.id} ${way.packet.source}: ${changes.join('; ')}`;
          const together = fate(estate, way, changes);
          if (together === undefined) count.skipped++;
          else {
            if (together === 'closed') assert.fail(told);
            count[together]++;
            if (changes.length > 1) count.several++;
          }
          // By another subnet of an attachment it may be less.
          const same = answer.value.ways.filter(({ source, address }) => source.id === way.source.id && address === way.address);
          const isLeast = same.every((other) => other.verdict === 'closed' && (other.changes?.length ?? 9) >= changes.length);
          // Through a load balancer it may be more than is needed: a leg of another node may get through with less.
          if (together !== 'open' || !isLeast || changes.length > 4 || way.through !== undefined) continue;
          for (const left of changes)
            assert.notEqual(
              fate(
                estate,
                way,
                changes.filter((one) => one !== left),
              ),
              'open',
              `without "${left}" ${told}`,
            );
        }
      }
    }
  }
  assert.ok(count.open > 5 * ESTATES && count.several > 2 * ESTATES && count.skipped < count.open / 2, JSON.stringify(count));
});
