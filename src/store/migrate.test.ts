/** Stores of older and newer versions: brought forward with a copy kept, refused, left as they were when it fails. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { newPlace } from '../../tests/support/stores.ts';
import { openStore } from './index.ts';
import type { Migrations } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Engine } from './store.ts';

const LATER: Migrations = {
  '9000-later': {
    async up(db) {
      await db.schema.alterTable('setting').addColumn('note', 'text').execute();
      await sql`update setting set note = 'was ' || value`.execute(db);
    },
  },
};
const FAILING: Migrations = {
  '9000-failing': {
    async up(db) {
      await db.schema.createTable('half').addColumn('a', 'text').execute();
      await sql`delete from setting`.execute(db);
      throw new Error('out of luck');
    },
  },
};

async function withStore(
  place: string,
  migrations: Migrations | undefined,
  work: (open: Opened) => Promise<void>,
): Promise<void> {
  const opened = await openStore(place, migrations);
  assert.ok(opened.ok, opened.ok ? '' : opened.problem.message);
  try {
    await work(opened.value);
  } finally {
    await opened.value.close();
  }
}
type Opened = Extract<Awaited<ReturnType<typeof openStore>>, { ok: true }>['value'];

/** A store as each released version left it, with something in it. */
async function older(place: string, last: string): Promise<void> {
  const names = Object.keys(MIGRATIONS).sort();
  const kept = names.slice(0, names.indexOf(last) + 1);
  const migrations = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => kept.includes(name)));
  await withStore(place, migrations, (store) =>
    store.write(async (tx) => {
      await tx.insertInto('setting').values({ name: 'kept', value: '1' }).execute();
    }),
  );
}

function onPlaces(name: string, check: (place: string, engine: Engine, context: TestContext) => Promise<void>): void {
  for (const engine of ['sqlite', 'postgres'] as const) {
    test(`${engine}: ${name}`, async (context) => {
      const place = await newPlace(context, engine);
      if (place !== undefined) await check(place, engine, context);
    });
  }
}

for (const released of Object.keys(MIGRATIONS)) {
  onPlaces(`from ${released} to a later version, nothing is lost and a copy is kept`, async (place, engine) => {
    await older(place, released);
    await withStore(place, { ...MIGRATIONS, ...LATER }, async (store) => {
      const { rows } = await sql`select name, value, note from setting`.execute(store.read);
      assert.deepEqual(rows, [{ name: 'kept', value: '1', note: 'was 1' }]);
    });
    if (engine === 'postgres') return;
    const due = [...Object.keys(MIGRATIONS).filter((name) => name > released), '9000-later'].sort()[0];
    const copy = `${place}.before-${due}`;
    assert.equal(statSync(copy).mode & 0o777, 0o600);
    const db = new DatabaseSync(copy, { readOnly: true });
    assert.deepEqual({ ...db.prepare('select * from setting').get() }, { name: 'kept', value: '1' });
    db.close();
  });
}

onPlaces('opened again, nothing is migrated and nothing copied', async (place) => {
  for (let time = 0; time < 2; time++) await withStore(place, MIGRATIONS, async () => undefined);
  assert.ok(!existsSync(`${place}.before-0001-first`));
});

onPlaces('what a newer version wrote is refused and not touched', async (place) => {
  await withStore(place, { ...MIGRATIONS, ...LATER }, async () => undefined);
  const opened = await openStore(place);
  assert.ok(!opened.ok);
  assert.equal(opened.problem.code, 'store-newer');
  assert.match(opened.problem.message, /9000-later/);
  await withStore(place, { ...MIGRATIONS, ...LATER }, async () => undefined);
});

onPlaces('a migration that fails changes nothing', async (place) => {
  await older(place, Object.keys(MIGRATIONS).sort().at(-1) ?? '');
  const opened = await openStore(place, { ...MIGRATIONS, ...FAILING });
  assert.ok(!opened.ok);
  assert.equal(opened.problem.code, 'store-migration');
  assert.match(opened.problem.message, /out of luck/);
  await withStore(place, MIGRATIONS, async (store) => {
    assert.equal((await store.read.selectFrom('setting').selectAll().execute()).length, 1);
    const tables = await store.read.introspection.getTables();
    assert.ok(!tables.some(({ name }) => name === 'half'));
  });
});

test('sqlite: a copy that was cut off is made anew, and one that cannot be made keeps the store as it was', async (context) => {
  const place = await newPlace(context, 'sqlite');
  assert.ok(place !== undefined);
  const last = Object.keys(MIGRATIONS).sort().at(-1) ?? '';
  await older(place, last);
  const copy = `${place}.before-9000-later`;
  // What cannot be replaced.
  mkdirSync(join(copy, 'inner'), { recursive: true });
  const opened = await openStore(place, { ...MIGRATIONS, ...LATER });
  assert.equal(opened.ok ? '' : opened.problem.code, 'store-migration');
  await withStore(place, MIGRATIONS, async () => undefined);
  rmSync(copy, { recursive: true });
  // What a process that was killed left.
  writeFileSync(copy, readFileSync(place).subarray(0, 5_000));
  await withStore(place, { ...MIGRATIONS, ...LATER }, async () => undefined);
  const db = new DatabaseSync(copy, { readOnly: true });
  assert.deepEqual({ ...db.prepare('select * from setting').get() }, { name: 'kept', value: '1' });
  assert.deepEqual({ ...db.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' });
  db.close();
});

test('postgres: several that bring an older store forward at once do it once', async (context) => {
  const place = await newPlace(context, 'postgres');
  if (place === undefined) return;
  await older(place, Object.keys(MIGRATIONS).sort().at(-1) ?? '');
  const opened = await Promise.all(Array.from({ length: 4 }, () => openStore(place, { ...MIGRATIONS, ...LATER })));
  const stores = opened.map((one) => {
    assert.ok(one.ok, one.ok ? '' : one.problem.message);
    return one.value;
  });
  for (const store of stores) {
    const { rows } = await sql`select name, value, note from setting`.execute(store.read);
    assert.deepEqual(rows, [{ name: 'kept', value: '1', note: 'was 1' }]);
  }
  await Promise.all(stores.map((store) => store.close()));
});

onPlaces('several that open a new store at once agree', async (place, engine) => {
  const opened = await Promise.all(Array.from({ length: 4 }, () => openStore(place)));
  const good = opened.flatMap((one) => (one.ok ? [one.value] : []));
  assert.equal(good.length, engine === 'sqlite' ? 1 : 4);
  await Promise.all(good.map((store) => store.close()));
});
