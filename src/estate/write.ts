/** Writing snapshot directories. Each file appears whole or not at all, so that what is there can be kept after an interruption. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CALLS, type Call } from './calls.ts';
import type { Estate, Row, Table } from './estate.ts';
import { cliName, DESCRIPTION_FILE, describePlace, encodeThing, everyCall, pathOf, type TablePlace } from './names.ts';

/** Tables of more rows are written one row per line, as they come. */
const MANY_ROWS = 2000;
const ENDINGS = ['json', 'jsonl', 'error.json', 'error'] as const;

/** Receives the rows of one answer, then its end. */
export interface TableSink {
  add(rows: readonly Row[]): void;
  /** All rows were added: the table appears in the snapshot. */
  complete(): void;
  /** The call ended with an error, which is recorded instead of rows. */
  fail(code: string, message: string): void;
  /** Nothing is recorded. Harmless after `complete` and `fail`. */
  abandon(): void;
}

/** Makes the directory of a snapshot with its description. Throws what the file system answers. */
export function createSnapshot(directory: string): void {
  // Snapshots tell an attacker a great deal.
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, DESCRIPTION_FILE);
  if (existsSync(file)) return;
  const temporary = join(directory, `.${DESCRIPTION_FILE}.tmp`);
  writeFileSync(temporary, `${JSON.stringify({ schemaVersion: 1 })}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}

/** Names under which an answer may be there already. */
function olderNames(directory: string, place: TablePlace): string[] {
  const { name, service } = CALLS[place.call];
  const folder = join(directory, place.account, place.region, service);
  const stems = [name, cliName(name)].map((one) =>
    place.thing === undefined ? join(folder, one) : join(folder, one, encodeThing(place.thing)),
  );
  return stems.flatMap((stem) => ENDINGS.map((ending) => `${stem}.${ending}`));
}

class FileSink implements TableSink {
  readonly #directory: string;
  readonly #place: TablePlace;
  readonly #call: Call;
  readonly #stem: string;
  readonly #temporary: string;
  #rows: Row[] = [];
  #lines: number | undefined;

  constructor(directory: string, place: TablePlace) {
    this.#directory = directory;
    this.#place = place;
    this.#call = CALLS[place.call];
    this.#stem = join(directory, pathOf(place));
    // Always the same name: what an interrupted run left is written over by the next.
    this.#temporary = join(dirname(this.#stem), `.${encodeThing(place.thing ?? this.#call.name)}.tmp`);
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) this.#rows.push(row);
    if (this.#rows.length > MANY_ROWS) this.#spill();
  }

  #spill(): void {
    mkdirSync(dirname(this.#stem), { recursive: true, mode: 0o700 });
    this.#lines ??= openSync(this.#temporary, 'w', 0o600);
    writeSync(this.#lines, this.#rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    this.#rows = [];
  }

  complete(): void {
    if (this.#lines !== undefined) {
      this.#spill();
      this.#close();
      this.#publish('jsonl');
      return;
    }
    const { rows, single } = this.#call;
    if (single === true && this.#rows.length > 1) throw new Error(`${describePlace(this.#place)} has more than one row`);
    this.#write('json', { [rows]: single === true ? (this.#rows[0] ?? null) : this.#rows });
  }

  fail(code: string, message: string): void {
    this.abandon();
    this.#write('error.json', { code, message });
  }

  abandon(): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    if (this.#lines !== undefined) closeSync(this.#lines);
    this.#lines = undefined;
  }

  #write(ending: 'json' | 'error.json', document: unknown): void {
    mkdirSync(dirname(this.#stem), { recursive: true, mode: 0o700 });
    writeFileSync(this.#temporary, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
    this.#publish(ending);
  }

  /** What is older goes first: two files of one answer would contradict each other, none is merely not there. */
  #publish(ending: (typeof ENDINGS)[number]): void {
    const file = `${this.#stem}.${ending}`;
    for (const older of olderNames(this.#directory, this.#place)) if (older !== file) rmSync(older, { force: true });
    renameSync(this.#temporary, file);
  }
}

/** Opens the place of one answer in a snapshot. Its methods throw what the file system answers. */
export function openTable(directory: string, place: TablePlace): TableSink {
  return new FileSink(directory, place);
}

function writeTable(directory: string, place: TablePlace, table: Table): void {
  if (table.kind === 'absent') return;
  const sink = openTable(directory, place);
  if (table.kind === 'failed') {
    sink.fail(table.code, table.message);
    return;
  }
  sink.add(table.rows);
  sink.complete();
}

/** Writes a whole estate as a snapshot directory. Throws what the file system answers. */
export function writeEstate(directory: string, estate: Estate): void {
  createSnapshot(directory);
  for (const one of estate.regions) {
    const { account, region } = one;
    for (const [call, { per }] of everyCall()) {
      if (per === undefined) writeTable(directory, { account, region, call }, one.table(call));
      else for (const [thing, table] of one.tables(call)) writeTable(directory, { account, region, call, thing }, table);
    }
  }
}
