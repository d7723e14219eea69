/** Texts on vulnerabilities: shown with every finding, kept once, and following the advisories without being a change. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { advisoryOf, affectedOf, compiledFile, recordsOf, sourceOf } from '../../tests/support/database.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { onBothEngines } from '../../tests/support/stores.ts';
import { type FileDatabase, openDatabase } from '../advisories/database/index.ts';
import type { Advisory } from '../model/advisory.ts';
import { ok } from '../model/problem.ts';
import { apiFinding } from '../store/findings/api-finding.ts';
import type { Store } from '../store/index.ts';
import { assessor } from './assessor/assessor.ts';
import { activate } from './fleet.ts';
import { matcher } from './matcher.ts';
import { forget } from './retention.ts';
import { refreshTexts, textsAreOld } from './texts.ts';

const TODAY = '2026-01-10';
const START = Date.parse(`${TODAY}T00:00:00Z`);
const DAY = 24 * 60 * 60 * 1000;
const ALL = { scope: undefined, criteria: undefined, sort: undefined, limit: 100, after: undefined } as const;

function advisory(id: string, description: string | undefined, name = 'left') {
  const affected = [affectedOf({ name, ranges: [{ introduced: '0', fixed: '2.0' }] })];
  const text = description === undefined ? {} : { description };
  return advisoryOf({ id: `ADV-${id}`, vulnerabilities: [id], title: 'The first sentence.', affected, ...text });
}

async function built(context: TestContext, day: number, advisories: readonly Advisory[]): Promise<FileDatabase> {
  const source = sourceOf('records.json', recordsOf(advisories));
  const opened = openDatabase(await compiledFile(context, [source], `2026-01-${String(day).padStart(2, '0')}T00:00:00Z`));
  assert.ok(opened.ok);
  context.after(() => opened.value.close());
  return opened.value;
}

function arrival(name: string, packages: readonly string[]) {
  const list = packages.map((one) => packageOf({ type: 'npm', name: one, version: '1.0' }));
  return {
    description: { kind: 'host' as const, name },
    inventory: inventoryOf(list, systemOf('debian', '12')),
    place: { account: '123456789012', region: 'eu-west-1' },
    origin: 'push',
    trigger: 'inventory' as const,
  };
}

/** What lists show, as JSON and as objects. */
async function shown(store: Store): Promise<readonly string[]> {
  const objects = (await store.findings.list(ALL)).rows.map((row) => apiFinding(row).description ?? '');
  const { json } = await store.findings.listJson(ALL);
  const texts: { description: string }[] = JSON.parse(Buffer.from(json).toString());
  assert.deepEqual(
    texts.map(({ description }) => description),
    objects,
  );
  return objects;
}

onBothEngines('a finding says all; a text that changes is no change of the finding', async (store, context) => {
  const older = await built(context, 1, [advisory('CVE-2025-0001', undefined), advisory('CVE-2025-0002', 'Two, at length.')]);
  const newer = await built(context, 2, [
    advisory('CVE-2025-0001', 'One. All of it.'),
    advisory('CVE-2025-0002', 'Two, in other words.'),
  ]);
  let database = older;
  let now = START;
  const work = assessor({ store, matcher: async () => ok(matcher(database, TODAY)), clock: () => now });
  await activate(store, undefined, older);
  for (const name of ['web', 'mail']) assert.ok((await work.ingest(arrival(name, ['left']))).ok);
  const two = (text: string) => [text, text];
  assert.deepEqual((await shown(store)).toSorted(), [...two('The first sentence.'), ...two('Two, at length.')]);
  assert.equal((await store.read.selectFrom('vulnerability_text').selectAll().execute()).length, 1, 'once, not for each finding');

  const rows = () =>
    store.read.selectFrom('finding').select(['id', 'detail_id', 'updated_at', 'last_observed_at']).orderBy('id').execute();
  const before = await rows();
  now += DAY;
  assert.equal((await activate(store, older, newer))?.units, 0, 'nothing has to be matched again');
  assert.equal(await textsAreOld(store.read), true);
  await refreshTexts(store, older);
  assert.equal(await textsAreOld(store.read), true, 'a database that is not in use brings nothing up to date');
  database = newer;
  assert.ok((await work.rematch()).ok);
  assert.equal(await textsAreOld(store.read), false);
  assert.deepEqual((await shown(store)).toSorted(), [...two('One. All of it.'), ...two('Two, in other words.')]);
  assert.deepEqual(await rows(), before);
  const again = await work.ingest(arrival('web', ['left']));
  assert.ok(again.ok);
  assert.deepEqual(again.value.changes, { created: [], updated: [], closed: [], reopened: [] });
});

onBothEngines('a text that is not known any more stays; one that nothing refers to goes', async (store, context) => {
  const older = await built(context, 1, [advisory('CVE-2025-0001', 'One.'), advisory('CVE-2025-0002', 'Two.', 'right')]);
  const newer = await built(context, 2, [advisory('CVE-2025-0001', undefined), advisory('CVE-2025-0002', 'Two.', 'right')]);
  let database = older;
  let now = START;
  const work = assessor({ store, matcher: async () => ok(matcher(database, TODAY)), clock: () => now });
  await activate(store, undefined, older);
  assert.ok((await work.ingest(arrival('web', ['left', 'right']))).ok);
  assert.deepEqual((await shown(store)).toSorted(), ['One.', 'Two.']);
  await activate(store, older, newer);
  database = newer;
  assert.ok((await work.rematch()).ok);
  assert.deepEqual((await shown(store)).toSorted(), ['One.', 'Two.']);
  assert.ok((await work.ingest(arrival('web', ['left']))).ok);
  now += 30 * DAY;
  await forget(store, 0, now);
  const left = await store.read.selectFrom('vulnerability_text').select('vulnerability').execute();
  assert.deepEqual(left, [{ vulnerability: 'CVE-2025-0001' }]);
});

onBothEngines('more vulnerabilities than are looked at in one step', async (store, context) => {
  const ids = Array.from({ length: 1001 }, (_, index) => `CVE-2025-${10_000 + index}`);
  const older = await built(
    context,
    1,
    ids.map((id) => advisory(id, undefined)),
  );
  const newer = await built(
    context,
    2,
    ids.map((id) => advisory(id, `All about ${id}.`)),
  );
  await activate(store, undefined, older);
  const work = assessor({ store, matcher: async () => ok(matcher(older, TODAY)), clock: () => START });
  assert.ok((await work.ingest(arrival('web', ['left']))).ok);
  await activate(store, older, newer);
  await refreshTexts(store, newer);
  const rows = await store.read.selectFrom('vulnerability_text').selectAll().orderBy('vulnerability').execute();
  assert.deepEqual(
    rows.map(({ text }) => text),
    ids.map((id) => `All about ${id}.`),
  );
});
