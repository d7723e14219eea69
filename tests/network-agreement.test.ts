/** The analysis and the simulator, written apart from one specification, agree on every corner packet of random networks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assessNetwork } from '../src/network/index.ts';
import { disagreements } from './support/estates/agreement.ts';
import { cornerPackets } from './support/estates/corners.ts';
import { isHonest } from './support/estates/gaps.ts';
import { randomEstate } from './support/estates/random.ts';

/** All of them in CI: about a minute; a part elsewhere. */
const ESTATES = process.env.CI === 'true' ? 10_000 : 1000;
const GAPS = process.env.CI === 'true' ? 1000 : 400;
const PACKETS = 150;

function compare(first: number, count: number, options: { readonly kernel?: boolean }) {
  let [compared, through] = [0, 0];
  const different: string[] = [];
  for (let seed = first; seed < first + count && different.length < 3; seed++) {
    const estate = randomEstate(seed, options);
    const result = disagreements(estate, cornerPackets(estate, { limit: PACKETS }));
    compared += result.compared;
    through += result.through;
    different.push(...result.different.slice(0, 1).map((one) => `seed ${seed}: ${one}`));
  }
  return { compared, through, different };
}

for (const [what, options, count] of [
  ['random networks', {}, ESTATES],
  ['random networks of the kind that Linux can build', { kernel: true }, ESTATES / 5],
] as const) {
  test(`${count} ${what}`, () => {
    const { compared, through, different } = compare(0, count, options);
    assert.deepEqual(different, []);
    assert.ok(compared > count * 30 && through > compared / 50, `${through} of ${compared} packets get through`);
  });
}

test('every witness is replayed, or what is unknown about it is told, in networks with and without gaps', () => {
  let findings = 0;
  for (let seed = 0; seed < 300; seed++) {
    for (const gaps of [false, true]) {
      const assessment = assessNetwork(randomEstate(seed, { gaps }), 'extended');
      findings += assessment.findings.length;
      const failed = assessment.problems.filter(({ code }) => code === 'network-witness-failed');
      assert.deepEqual(failed, [], `seed ${seed}`);
    }
  }
  assert.ok(findings > 10_000, `${findings}`);
});

/** What is missing or cannot be read makes answers unknown: nothing is denied, and nothing is certain, that depends on it. */
for (const [what, isWhole] of [
  ['an estate with gaps: against the simulator on the same estate', false],
  ['an estate with gaps: against the simulator on the estate without them', true],
] as const) {
  test(`${GAPS} times ${what}`, () => {
    const different: string[] = [];
    let [compared, unsure] = [0, 0];
    for (let seed = 0; seed < GAPS && different.length < 3; seed++) {
      const estate = randomEstate(seed, { gaps: true });
      const simulated = isWhole ? randomEstate(seed) : estate;
      const result = disagreements(estate, cornerPackets(simulated, { limit: PACKETS }), {
        simulated,
        isFine: (difference) => {
          if (difference.ours === 'unknown') unsure++;
          return isHonest(estate, difference);
        },
      });
      compared += result.compared;
      different.push(...result.different.slice(0, 1).map((one) => `seed ${seed}: ${one}`));
    }
    assert.deepEqual(different, []);
    // Where the simulator knows, the analysis hardly ever does not.
    assert.ok(compared > GAPS * 60 && (isWhole ? unsure > GAPS / 2 : unsure < compared / 1000), `${unsure} of ${compared}`);
  });
}
