/** The starter set: what ships with Vedette is read like any mirror, is ours in every sentence, and agrees with the sources. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect } from '../../../tests/support/feed.ts';
import { needShared } from '../../../tests/support/shared.ts';
import type { Advisory } from '../../model/advisory.ts';
import { STREAM_FAMILIES } from '../streams/index.ts';
import { updateSources } from '../update/index.ts';
import { osv } from './osv/index.ts';
import { feeds } from './registry.ts';
import { starterDirectory } from './starter.ts';

const root = starterDirectory();

async function read() {
  const { sources } = await updateSources({ mirror: root, directory: join(root, 'unused'), feeds, now: () => new Date(0) });
  const outputs = [];
  for (const { feed, file, absolutePath } of sources) outputs.push(await collect(feed.parse(file, absolutePath)));
  return {
    advisories: outputs.flatMap(({ advisories }) => advisories),
    facts: outputs.flatMap(({ facts }) => facts),
    problems: outputs.flatMap(({ problems }) => problems),
  };
}

test('starter set: every record is read, 150 vulnerabilities and more, over every family of streams that has a feed', async () => {
  const { advisories, facts, problems } = await read();
  assert.deepEqual(problems, []);
  const ids = new Set(advisories.flatMap(({ vulnerabilities }) => vulnerabilities));
  assert.ok(ids.size >= 150, String(ids.size));
  const covered = new Set(advisories.flatMap(({ affected }) => affected.map(({ stream }) => stream.split('/')[0])));
  const missing = STREAM_FAMILIES.filter(({ id, feeds: from }) => from.length > 0 && !covered.has(id)).map(({ id }) => id);
  assert.deepEqual(missing, []);
  assert.ok(facts.some(({ kev }) => kev !== undefined));
  assert.ok(facts.some(({ epss }) => epss !== undefined));
});

function byPlace(advisories: readonly Advisory[]): Map<string, string[]> {
  const places = new Map<string, string[]>();
  for (const { id, affected } of advisories) {
    for (const { stream, name, ranges } of affected) {
      const fixed = ranges.flatMap((range) => range.fixed ?? range.lastAffected ?? []);
      places.set(`${id} ${stream} ${name}`, [...(places.get(`${id} ${stream} ${name}`) ?? []), ...fixed].sort());
    }
  }
  return places;
}

test('starter set: its facts are those of the sources, its sentences are not', async (context) => {
  const mirror = needShared(context, 'osv');
  if (mirror === undefined) return;
  for (const ecosystem of readdirSync(join(root, 'osv'))) {
    const path = `osv/${ecosystem}/all.zip`;
    const upstream = await collect(osv.parse({ path, streams: [] }, join(mirror, ecosystem, 'all.zip')));
    const list = `osv/${ecosystem}/all.json`;
    const own = await collect(osv.parse({ path: list, streams: [] }, join(root, list)));
    const known = new Map(upstream.advisories.map((advisory) => [advisory.id, advisory]));
    const theirs = byPlace(upstream.advisories);
    for (const [place, fixed] of byPlace(own.advisories)) {
      const all = theirs.get(place);
      assert.ok(all !== undefined, `${place} is not in the source`);
      assert.deepEqual(
        fixed.filter((version) => !all.includes(version)),
        [],
        place,
      );
    }
    for (const { id, title } of own.advisories) {
      assert.ok(title !== undefined && title.length > 15, id);
      assert.notEqual(title, known.get(id)?.title, id);
    }
  }
});

test('starter set: small enough to ship', () => {
  const size = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
  assert.ok(size < 600_000, String(size));
});
