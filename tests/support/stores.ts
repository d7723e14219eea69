/** Stores for tests that must hold on both engines. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStore } from '../../src/store/index.ts';
import type { Migrations } from '../../src/store/migrate.ts';
import type { Engine, Store } from '../../src/store/store.ts';
import { temporaryDirectory } from './directory.ts';
import { atEnd } from './end.ts';
import { needPostgres } from './postgres.ts';

/** A place for a new store of an engine; undefined when the test was skipped. */
export async function newPlace(context: TestContext, engine: Engine): Promise<string | undefined> {
  return engine === 'sqlite' ? join(temporaryDirectory(context), 'data', 'vedette.db') : await needPostgres(context);
}

/** Opens a store and closes it when the test ends. */
export async function openFor(context: TestContext, place: string, migrations?: Migrations): Promise<Store> {
  const opened = await openStore(place, migrations);
  assert.ok(opened.ok, opened.ok ? '' : opened.problem.message);
  atEnd(context, () => opened.value.close());
  return opened.value;
}

/** One test for each engine, with an empty store. */
export function onBothEngines(name: string, check: (store: Store, context: TestContext, place: string) => Promise<void>): void {
  for (const engine of ['sqlite', 'postgres'] as const) {
    test(`${engine}: ${name}`, async (context) => {
      const place = await newPlace(context, engine);
      if (place === undefined) return;
      await check(await openFor(context, place), context, place);
    });
  }
}
