import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Estate } from '../src/estate/estate.ts';
import { cornerPackets } from './support/estates/corners.ts';
import { kernelEstate } from './support/kernel/estates.ts';
import { judge } from './support/kernel/judge.ts';
import { Lab, whyNoLab } from './support/kernel/lab.ts';
import { type Experiment, experimentOn } from './support/kernel/probes.ts';
import { skipOrFail } from './support/shared.ts';

const TOPOLOGIES = Number(process.env.VEDETTE_TEST_KERNEL ?? (process.env.CI === 'true' ? 1000 : 60));
const PROBES = 100;
/** Topologies that stand at once in each process: they share the wait for what does not come. */
const BATCH = 10;
const PROCESSES = 2;
/** Milliseconds without any event after which what has not come is lost. */
const SILENCE = 100;
/** Where that contradicts, for everything once more: TCP has then asked a second time. */
const PATIENCE = 2500;

interface Case {
  readonly seed: number;
  readonly estate: Estate;
  readonly experiment: Experiment;
}

test(`the kernel agrees with the simulator and the analysis on ${TOPOLOGIES} random topologies`, async (context) => {
  const reason = whyNoLab();
  if (reason !== undefined) return skipOrFail(context, reason);
  const tally = new Map<string, number>();
  const disagreements: string[] = [];
  let asymmetric = 0;
  let unknown = 0;
  let next = 0;
  const batch = (): Case[] => {
    const seeds = Array.from({ length: Math.min(BATCH, TOPOLOGIES - next) }, () => next++);
    return seeds.map((seed) => {
      const estate = kernelEstate(seed);
      return { seed, estate, experiment: experimentOn(estate, cornerPackets(estate, { limit: 3 * PROBES, seed }), PROBES) };
    });
  };
  const work = async (lab: Lab): Promise<void> => {
    for (let cases = batch(); cases.length > 0; cases = batch()) {
      const outcomes = await lab.run(
        cases.map(({ experiment }) => experiment.plan),
        SILENCE,
      );
      for (const [index, { seed, estate, experiment }] of cases.entries()) {
        const first = outcomes[index];
        assert.ok(first);
        let judged = judge(estate, experiment.probes, first);
        if (judged.disagreements.length > 0) {
          const [again] = await lab.run([experiment.plan], PATIENCE);
          assert.ok(again);
          judged = judge(estate, experiment.probes, again);
        }
        for (const [key, count] of judged.tally) tally.set(key, (tally.get(key) ?? 0) + count);
        disagreements.push(...judged.disagreements.map(({ what }) => `seed ${seed}: ${what}`));
        asymmetric += judged.asymmetric;
        unknown += judged.unknown;
      }
    }
  };
  const labs = Array.from({ length: PROCESSES }, () => new Lab());
  try {
    await Promise.all(labs.map(work));
  } finally {
    for (const lab of labs) lab.close();
  }
  const counted = [...tally].sort().map(([key, count]) => `${key} ${count}`);
  context.diagnostic(`${counted.join(', ')}; ${asymmetric} with replies that take another way, ${unknown} unknown`);
  assert.deepEqual(disagreements.slice(0, 5), [], `${disagreements.length} of them`);
  for (const kind of ['internet', 'peering', 'interface', 'vpn-gateway']) {
    for (const fate of ['tcp two-way', 'tcp blocked', 'udp two-way', 'udp one-way', 'udp blocked']) {
      assert.ok(
        (tally.get(`${kind} ${fate}`) ?? 0) >= TOPOLOGIES / 20,
        `${kind} ${fate} is hardly ever seen: ${counted.join(', ')}`,
      );
    }
  }
});
