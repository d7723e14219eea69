/** Damaged snapshots: never a crash, never a circle without end, and every report can still be written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleEstate } from '../examples/estate/make.ts';
import type { Estate } from '../src/estate/estate.ts';
import { assessNetwork } from '../src/network/index.ts';
import { namesOf } from '../src/reports/network/names.ts';
import { NETWORK_FORMATS } from '../src/reports/network/registry.ts';
import { damagedEstate } from './support/estates/damaged.ts';
import { randomEstate } from './support/estates/random.ts';

function survives(estate: Estate, what: string): { readonly problems: number; readonly findings: number } {
  try {
    const assessment = assessNetwork(estate, 'extended');
    const regions = estate.regions.map(({ account, region }) => ({ account, region }));
    const tool = { name: 'vedette', version: '0' } as const;
    const report = { tool, name: 'damaged', regions, profile: 'extended', assessment, names: namesOf(estate) } as const;
    for (const { render, id } of NETWORK_FORMATS) {
      const written = [...render(report, { color: false, width: 100, limit: 5, evidence: 1 })].join('');
      assert.ok(written.length > 0, id);
    }
    for (const { code, message } of assessment.problems) assert.ok(code !== '' && message !== '' && message.length < 2000);
    // What the two disagree on is told as unknown and incomplete: rows that are damaged may be read either way.
    const mistaken = assessment.problems.filter(({ code }) => code === 'network-witness-failed');
    assert.ok(mistaken.every(({ effect }) => effect === 'incomplete') && (mistaken.length === 0 || !assessment.summary.complete));
    return { problems: assessment.problems.length, findings: assessment.findings.length };
  } catch (error) {
    throw new Error(what, { cause: error });
  }
}

const RANDOM = process.env.CI === 'true' ? 1000 : 150;

test(`${RANDOM} random estates with damage are assessed and told in every format`, () => {
  let [told, found] = [0, 0];
  for (let seed = 0; seed < RANDOM; seed++) {
    const { problems, findings } = survives(damagedEstate(randomEstate(seed), seed), `seed ${seed}`);
    if (problems > 0) told++;
    found += findings;
  }
  assert.ok(told > RANDOM / 10 && found > RANDOM, `${told} ${found}`);
});

test('the example estate with damage is assessed and told in every format', () => {
  const estate = exampleEstate();
  for (let seed = 0; seed < 3; seed++) survives(damagedEstate(estate, seed), `seed ${seed}`);
});
