/** The first tables. The meaning of columns is in ../schema.ts. */
import { type CreateTableBuilder, type Kysely, PostgresAdapter, type RawBuilder, sql } from 'kysely';

type DataType = Parameters<CreateTableBuilder<string>['addColumn']>[1];
type Columns = Readonly<Record<string, `${'text' | 'bigint' | 'double precision'}${'' | ' null'}`>>;

/** Text is ordered by its bytes on both engines: prefixes are ranges, and lists come in the same order. */
function typeOf(text: string, postgres: boolean): DataType {
  if (text === 'text') return postgres ? sql`text collate "C"` : 'text';
  return text === 'bigint' ? 'bigint' : 'double precision';
}

function isPostgres(db: Kysely<unknown>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** A table whose rows have a number of their own, counting up and never used again. */
function numbered(db: Kysely<unknown>, table: string): CreateTableBuilder<string> {
  const builder = db.schema.createTable(table);
  return isPostgres(db)
    ? builder.addColumn('id', 'bigint', (column) => column.primaryKey().generatedByDefaultAsIdentity())
    : builder.addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement());
}

function columns(builder: CreateTableBuilder<string>, list: Columns, postgres: boolean): CreateTableBuilder<string> {
  let built: CreateTableBuilder<string, string> = builder;
  for (const [name, text] of Object.entries(list)) {
    const [type = 'text', optional] = [text.replace(/ null$/, ''), text.endsWith(' null')];
    built = built.addColumn(name, typeOf(type, postgres), (column) => (optional ? column : column.notNull()));
  }
  return built;
}

interface Table {
  readonly id?: 'numbered';
  readonly columns: Columns;
  readonly primaryKey?: readonly [string, ...string[]];
  readonly unique?: readonly (readonly string[])[];
  readonly indexes?: readonly (readonly string[])[];
}

const TABLES: Readonly<Record<string, Table>> = {
  setting: { columns: { name: 'text', value: 'text' }, primaryKey: ['name'] },
  access_key: {
    columns: {
      id: 'text',
      account: 'text',
      name: 'text',
      role: 'text',
      secret: 'text',
      session_digest: 'text null',
      expires_at: 'bigint null',
      created_at: 'bigint',
      disabled: 'bigint',
    },
    primaryKey: ['id'],
  },
  account: {
    columns: {
      id: 'text',
      name: 'text null',
      admin: 'text null',
      relationship: 'text null',
      status: 'text',
      configuration: 'text',
      created_at: 'bigint',
      updated_at: 'bigint',
    },
    primaryKey: ['id'],
  },
  resource: {
    id: 'numbered',
    columns: {
      uid: 'text',
      account: 'text',
      region: 'text',
      type: 'text',
      name: 'text',
      platform: 'text null',
      details: 'text',
      tags: 'text',
      component: 'text null',
      repository: 'text null',
      registry: 'text null',
      pushed_at: 'bigint null',
      target: 'text',
      origin: 'text',
      scan_mode: 'text null',
      status_code: 'text',
      status_reason: 'text',
      inventory_digest: 'text null',
      units: 'text',
      inventory_at: 'bigint null',
      scanned_at: 'bigint null',
      problems: 'text',
      exposure: 'text null',
      network_at: 'bigint null',
      network_reason: 'text null',
      first_seen_at: 'bigint',
      updated_at: 'bigint',
      removed_at: 'bigint null',
    },
    unique: [['account', 'region', 'uid']],
    indexes: [['uid'], ['type', 'id'], ['name'], ['exposure'], ['network_at']],
  },
  resource_attribute: {
    columns: { resource_id: 'bigint', name: 'text', value: 'text', number: 'double precision null' },
    primaryKey: ['name', 'value', 'resource_id'],
    indexes: [['resource_id'], ['name', 'number', 'resource_id']],
  },
  unit: {
    id: 'numbered',
    columns: { digest: 'text', data: 'text', lot: 'text', system: 'bigint', pending: 'bigint' },
    unique: [['digest']],
  },
  unit_name: {
    columns: { stream: 'text', name: 'text', unit_id: 'bigint' },
    primaryKey: ['stream', 'name', 'unit_id'],
    indexes: [['unit_id']],
  },
  occurrence: { columns: { unit_id: 'bigint', resource_id: 'bigint' }, primaryKey: ['unit_id', 'resource_id'] },
  detail: {
    id: 'numbered',
    columns: {
      digest: 'text',
      type: 'text',
      key: 'text',
      vulnerability: 'text null',
      title: 'text',
      severity: 'bigint',
      score: 'double precision null',
      epss: 'double precision null',
      vendor_severity: 'text null',
      source: 'text null',
      fix: 'text null',
      exploit: 'text null',
      protocol: 'text null',
      port_begin: 'bigint null',
      port_end: 'bigint null',
      data: 'text',
    },
    unique: [['digest']],
    indexes: [['key'], ['vulnerability'], ['title']],
  },
  detail_package: {
    columns: {
      detail_id: 'bigint',
      unit_id: 'bigint',
      name: 'text',
      version: 'text',
      epoch: 'bigint null',
      release: 'text null',
      architecture: 'text null',
      path: 'text null',
      layer: 'text null',
      lambda_layer: 'text null',
      manager: 'text null',
    },
    indexes: [['detail_id'], ['name', 'version', 'detail_id'], ['unit_id'], ['layer', 'detail_id']],
  },
  detail_value: {
    columns: { detail_id: 'bigint', name: 'text', value: 'text' },
    primaryKey: ['name', 'value', 'detail_id'],
    indexes: [['detail_id']],
  },
  vulnerability_text: { columns: { vulnerability: 'text', text: 'text' }, primaryKey: ['vulnerability'] },
  finding: {
    id: 'numbered',
    columns: {
      arn: 'text',
      account: 'text',
      region: 'text',
      resource_id: 'bigint',
      detail_id: 'bigint',
      key: 'text',
      vulnerability: 'text null',
      generation: 'bigint',
      type: 'text',
      status: 'text',
      filter_id: 'bigint null',
      severity: 'bigint',
      score: 'double precision null',
      epss: 'double precision null',
      fix: 'text null',
      exploit: 'text null',
      title: 'text',
      source: 'text null',
      vendor_severity: 'text null',
      protocol: 'text null',
      resource_type: 'text',
      component: 'text null',
      repository: 'text null',
      registry: 'text null',
      pushed_at: 'bigint null',
      adjustments: 'text null',
      first_observed_at: 'bigint',
      last_observed_at: 'bigint',
      updated_at: 'bigint',
      closed_at: 'bigint null',
      closed_by: 'text null',
    },
    unique: [['resource_id', 'key', 'generation']],
    indexes: [['detail_id']],
  },
  filter: {
    id: 'numbered',
    columns: {
      arn: 'text',
      account: 'text',
      name: 'text',
      action: 'text',
      criteria: 'text',
      description: 'text null',
      reason: 'text null',
      created_at: 'bigint',
      updated_at: 'bigint',
    },
    unique: [['arn'], ['account', 'name']],
  },
  tag: { columns: { arn: 'text', key: 'text', value: 'text' }, primaryKey: ['arn', 'key'] },
  triage: {
    columns: {
      resource_id: 'bigint',
      key: 'text',
      status: 'text',
      reason: 'text null',
      owner: 'text null',
      expires_at: 'bigint null',
      changed_at: 'bigint',
      changed_by: 'text',
    },
    primaryKey: ['resource_id', 'key'],
  },
  triage_event: {
    id: 'numbered',
    columns: { resource_id: 'bigint', key: 'text', at: 'bigint', by: 'text', value: 'text' },
    indexes: [['resource_id', 'key']],
  },
  assessment: {
    id: 'numbered',
    columns: {
      resource_id: 'bigint null',
      trigger: 'text',
      database: 'text null',
      started_at: 'bigint',
      duration_ms: 'bigint',
      units: 'bigint',
      created: 'bigint',
      changed: 'bigint',
      closed: 'bigint',
      problem: 'text null',
    },
    indexes: [['resource_id', 'id'], ['started_at']],
  },
  target: {
    id: 'numbered',
    columns: {
      account: 'text',
      name: 'text',
      kind: 'text',
      configuration: 'text',
      secrets: 'text null',
      enabled: 'bigint',
      created_at: 'bigint',
    },
    unique: [['account', 'name']],
  },
  outbox: {
    id: 'numbered',
    columns: {
      target_id: 'bigint',
      ordering: 'text',
      kind: 'text',
      payload: 'text',
      created_at: 'bigint',
      attempts: 'bigint',
      next_at: 'bigint',
      lease_until: 'bigint null',
      state: 'text',
      error: 'text null',
    },
    indexes: [
      ['target_id', 'state', 'next_at', 'id'],
      ['target_id', 'ordering', 'state', 'id'],
    ],
  },
  job: {
    id: 'numbered',
    columns: {
      kind: 'text',
      payload: 'text',
      unique_key: 'text null',
      state: 'text',
      run_at: 'bigint',
      attempts: 'bigint',
      lease_until: 'bigint null',
      error: 'text null',
      created_at: 'bigint',
    },
    indexes: [
      ['kind', 'state', 'run_at', 'id'],
      ['kind', 'unique_key'],
    ],
  },
  report: {
    columns: {
      id: 'text',
      account: 'text',
      kind: 'text',
      format: 'text',
      destination: 'text',
      criteria: 'text',
      status: 'text',
      error_code: 'text null',
      error_message: 'text null',
      created_at: 'bigint',
      finished_at: 'bigint null',
    },
    primaryKey: ['id'],
    indexes: [['account', 'kind', 'created_at']],
  },
  advisory_part: { columns: { built_at: 'text', part: 'bigint', data: 'text' }, primaryKey: ['built_at', 'part'] },
  document: {
    columns: { kind: 'text', account: 'text', key: 'text', value: 'text', created_at: 'bigint', updated_at: 'bigint' },
    primaryKey: ['kind', 'account', 'key'],
  },
};

/**
 * Every order the API lists findings in; the id makes it total. A change of a finding costs what its indexes cost, so they leave out the
 * rows that lists find by the id alone: those without a value, and those of the common one (findings/list.ts). The embedded store
 * lists from its index in memory and needs none of them.
 */
const SORTED_BY: Readonly<Record<string, RawBuilder<boolean> | undefined>> = {
  account: undefined,
  type: sql`type <> 'PACKAGE_VULNERABILITY'`,
  severity: undefined,
  first_observed_at: undefined,
  last_observed_at: undefined,
  status: undefined,
  resource_type: undefined,
  pushed_at: sql`pushed_at is not null`,
  repository: sql`repository is not null`,
  registry: sql`registry is not null`,
  protocol: sql`protocol is not null`,
  component: undefined,
  vulnerability: undefined,
  source: undefined,
  score: undefined,
  vendor_severity: undefined,
  epss: sql`epss is not null`,
};

/** PostgreSQL's indexes for lists. Ids count up, so their pages would be left full: with room in them, changes do not split them. */
async function sortFindings(db: Kysely<unknown>): Promise<void> {
  // A hash of the text instead of the text: ARNs are long, in no order, and made of what another key holds unique.
  await db.schema.createIndex('finding_by_arn').on('finding').column('arn').using('hash').execute();
  for (const [column, rows] of Object.entries(SORTED_BY)) {
    const name = sql.ref(`finding_sorted_by_${column}`);
    const where = rows === undefined ? sql`` : sql`where ${rows}`;
    await sql`create index ${name} on finding (${sql.ref(column)}, id) with (fillfactor = 75) ${where}`.execute(db);
  }
}

/** Changes that the index in memory can fall behind before it has to load everything again. */
const CHANGES_KEPT = 200_000;

/** SQLite's numbered changes of findings and resources (`finding_change`). */
async function followChanges(db: Kysely<unknown>): Promise<void> {
  await sql`create table finding_change (seq integer primary key autoincrement, resource integer not null, row_id integer not null)`.execute(
    db,
  );
  for (const [resource, table] of ['finding', 'resource'].entries()) {
    for (const [event, row] of [
      ['insert', 'new'],
      ['update', 'new'],
      ['delete', 'old'],
    ] as const) {
      await sql`create trigger ${sql.ref(`${table}_${event}_change`)} after ${sql.raw(event)} on ${sql.table(table)} begin
        insert into finding_change (resource, row_id) values (${sql.lit(resource)}, ${sql.ref(`${row}.id`)}); end`.execute(db);
    }
  }
  await sql`create trigger finding_change_trim after insert on finding_change when new.seq % 4096 = 0 begin
    delete from finding_change where seq <= new.seq - ${sql.lit(CHANGES_KEPT)}; end`.execute(db);
}

/** Makes everything. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [name, table] of Object.entries(TABLES)) {
    const start = table.id === 'numbered' ? numbered(db, name) : db.schema.createTable(name);
    let builder: CreateTableBuilder<string, string> = columns(start, table.columns, isPostgres(db));
    if (table.primaryKey !== undefined) builder = builder.addPrimaryKeyConstraint(`${name}_key`, [...table.primaryKey]);
    for (const [index, unique] of (table.unique ?? []).entries()) {
      builder = builder.addUniqueConstraint(`${name}_unique_${index}`, [...unique]);
    }
    // SQLite: a table with a key of its own needs no hidden row number beside it.
    const withoutRowid = table.primaryKey !== undefined && !isPostgres(db);
    await (withoutRowid ? builder.modifyEnd(sql`without rowid`) : builder).execute();
    for (const index of table.indexes ?? []) {
      await db.schema
        .createIndex(`${name}_by_${index.join('_')}`)
        .on(name)
        .columns([...index])
        .execute();
    }
  }
  await db.schema.createIndex('unit_waiting').on('unit').columns(['lot', 'id']).where(sql.ref('pending'), '>', 0).execute();
  if (isPostgres(db)) await sortFindings(db);
  else {
    await db.schema.createIndex('finding_by_arn').on('finding').column('arn').unique().execute();
    await db.schema.createIndex('finding_sorted_by_account').on('finding').columns(['account', 'id']).execute();
    await followChanges(db);
  }
}
