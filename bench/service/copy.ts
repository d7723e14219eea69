/** Fast loading of PostgreSQL: COPY through psql, with indexes and keys made afterwards. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import pg from 'pg';
import { copyIntoEmbedded, loadingEmbedded } from './copy-embedded.ts';

export function isPostgres(address: string): boolean {
  return /^postgres(?:ql)?:/.test(address);
}

type Value = string | number | null | undefined;

function field(value: Value): string {
  if (value === null || value === undefined) return '\\N';
  if (typeof value === 'number') return String(value);
  return value.replace(/[\\\n\r\t]/g, (one) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' })[one] ?? one);
}

export interface Copy {
  /** A row as COPY writes it. */
  line(text: string): void;
  row(values: readonly Value[]): void;
  /** Waits until what was given is on its way. */
  flush(): Promise<void>;
  end(): Promise<void>;
}

/** Into PostgreSQL, or into the embedded store at a path. */
export function copyInto(address: string, table: string, columns: readonly string[]): Copy {
  if (!isPostgres(address)) return copyIntoEmbedded(address, table, columns);
  const list = columns.map((column) => `"${column}"`).join(', ');
  const child = spawn('psql', [address, '-q', '-v', 'ON_ERROR_STOP=1', '-c', `copy ${table} (${list}) from stdin`], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit');
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    const text = `${lines.join('\n')}\n`;
    lines = [];
    if (!child.stdin.write(text)) await once(child.stdin, 'drain');
  };
  return {
    line: (text) => lines.push(text),
    row: (values) => lines.push(values.map(field).join('\t')),
    flush,
    async end() {
      await flush();
      child.stdin.end();
      const [code] = await ended;
      if (code !== 0) throw new Error(`loading ${table} failed`);
    },
  };
}

/** Runs work on tables without their keys and indexes, and makes those again. */
export async function withoutIndexes(address: string, tables: readonly string[], work: () => Promise<void>): Promise<void> {
  if (!isPostgres(address)) return loadingEmbedded(address, work);
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    const keys = await client.query<{ table: string; name: string; definition: string }>(
      `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
       from pg_constraint where contype in ('p', 'u') and conrelid::regclass::text = any($1)`,
      [tables],
    );
    const names = keys.rows.map(({ name }) => name);
    const indexes = await client.query<{ name: string; definition: string }>(
      'select indexname as name, indexdef as definition from pg_indexes where tablename = any($1) and indexname <> all($2)',
      [tables, names],
    );
    for (const { name } of indexes.rows) await client.query(`drop index "${name}"`);
    for (const { table, name } of keys.rows) await client.query(`alter table ${table} drop constraint "${name}"`);
    await work();
    for (const { table, name, definition } of keys.rows) {
      await client.query(`alter table ${table} add constraint "${name}" ${definition}`);
    }
    for (const { definition } of indexes.rows) await client.query(definition);
    for (const table of tables) {
      const numbered = await client.query<{ name: string | null }>(
        `select case when exists (select 1 from information_schema.columns where table_name = $1 and column_name = 'id')
           then pg_get_serial_sequence($1, 'id') end as name`,
        [table],
      );
      const sequence = numbered.rows[0]?.name;
      if (sequence) await client.query(`select setval('${sequence}', coalesce((select max(id) from ${table}), 0) + 1)`);
      await client.query(`vacuum analyze ${table}`);
    }
  } finally {
    await client.end();
  }
}
