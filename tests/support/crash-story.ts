/** What happens in the tests that kill the engine: inventories come in and the advisories change, always the same. */
import type { TestContext } from 'node:test';
import { sql } from 'kysely';
import type { Arrival } from '../../src/engine/ingest.ts';
import type { Advisory } from '../../src/model/advisory.ts';
import type { Migrations } from '../../src/store/migrate.ts';
import { MIGRATIONS } from '../../src/store/migrations/index.ts';
import { advisoryOf, affectedOf, compiledFile, recordsOf, sourceOf } from './database.ts';
import { inventoryOf, packageOf, systemOf } from './inventory.ts';

export const PLACE = { account: '123456789012', region: 'eu-west-1' };
const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'];
const HOSTS = 8;

function advisory(number: number, name: string, fixed: string | undefined, title: string): Advisory {
  const id = `CVE-2025-${String(number).padStart(4, '0')}`;
  const range = fixed === undefined ? { introduced: '0' } : { introduced: '0', fixed };
  return advisoryOf({
    id: `ADV-${id}-${name}`,
    title,
    vulnerabilities: [id],
    affected: [affectedOf({ name, ranges: [range] })],
  });
}

/** Three databases: new vulnerabilities, other texts, fixes, and what was withdrawn. */
const DATABASES: readonly (readonly Advisory[])[] = [
  [advisory(1, 'alpha', '2.0', 'one'), advisory(2, 'beta', undefined, 'two'), advisory(3, 'gamma', '1.5', 'three')],
  [
    advisory(1, 'alpha', '3.0', 'one, and more'),
    advisory(1, 'delta', '9.0', 'one, and more'),
    advisory(3, 'gamma', '1.5', 'three'),
    advisory(4, 'epsilon', undefined, 'four'),
  ],
  [advisory(2, 'beta', undefined, 'two'), advisory(4, 'epsilon', '2.0', 'four'), advisory(5, 'zeta', undefined, 'five')],
];

/** Compiles the databases; their files. */
export async function compileDatabases(context: TestContext): Promise<readonly string[]> {
  const files: string[] = [];
  for (const [index, advisories] of DATABASES.entries()) {
    const source = sourceOf(`records-${index}.json`, recordsOf(advisories));
    files.push(await compiledFile(context, [source], `2026-01-0${index + 2}T00:00:00Z`));
  }
  return files;
}

/** What a host sends the n-th time: packages go up, come and go. */
function arrival(host: number, time: number): Arrival {
  const packages = NAMES.flatMap((name, index) =>
    (host * 7 + index * 3 + time) % 4 === 0
      ? []
      : [packageOf({ type: 'npm', name, version: `${((host + index + time) % 3) + 1}.0` })],
  );
  return {
    description: { kind: 'host', name: `host-${host}`, machine: `machine-${host}` },
    inventory: inventoryOf(packages, systemOf('debian', '12')),
    place: PLACE,
    origin: 'agent',
    trigger: 'inventory',
  };
}

export type Step =
  | { readonly kind: 'inventory'; readonly arrival: Arrival }
  /** The advisories change; done when everything was matched again. */
  | { readonly kind: 'database'; readonly number: number };

function inventories(time: number): readonly Step[] {
  return Array.from({ length: HOSTS }, (_, host) => ({ kind: 'inventory', arrival: arrival(host, time) }));
}

export const STORY: readonly Step[] = [
  { kind: 'database', number: 0 },
  ...inventories(0),
  { kind: 'database', number: 1 },
  ...inventories(1),
  { kind: 'database', number: 2 },
  ...inventories(2).slice(0, 3),
];

/** A migration that a later version may have: tables and rows change. */
export const NEXT: Migrations = {
  ...MIGRATIONS,
  '9000-next': {
    async up(db) {
      await db.schema.alterTable('setting').addColumn('note', 'text').execute();
      await sql`update setting set note = 'was ' || value`.execute(db);
      await db.schema.createTable('next').addColumn('id', 'bigint').execute();
      await sql`insert into next (id) values (1)`.execute(db);
    },
  },
};
