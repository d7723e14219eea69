/** What a worker hands over: records of one feed file as a few flat arrays, cheap to transfer and to merge. */
import type { Advisory } from '../../model/advisory.ts';
import type { PartialFacts } from '../feed.ts';
import { ByteWriter } from './bytes.ts';
import { INCLUSIVE, STATUSES } from './format.ts';
import type { StreamKeys } from './keys.ts';
import { packFacts, packHead, writeExtras, writeVersion } from './records.ts';
import { encodeRow } from './row.ts';
import { WordList } from './words.ts';

/** Byte strings one after another; `ends[i]` is where the i-th ends. */
export interface Table {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
}

/** Words per row of `Chunk.rows`: group, head, status and names and number of ranges, extras + 1, first range. */
export const CHUNK_ROW = 5;

export interface Chunk {
  /** `stream\nname`, UTF-8. */
  readonly groups: Table;
  readonly versions: Table;
  readonly extras: Table;
  /** Packed heads; several records of the file may share an id. */
  readonly heads: Table;
  readonly facts: Table;
  /** Descriptions, each once. */
  readonly prose: Table;
  /** By head, and by record of facts: description + 1, or 0. */
  readonly headProse: Uint32Array<ArrayBuffer>;
  readonly factsProse: Uint32Array<ArrayBuffer>;
  readonly rows: Uint32Array<ArrayBuffer>;
  /** Two words each, as in the file but with version numbers of this chunk. */
  readonly ranges: Uint32Array<ArrayBuffer>;
}

class TableWriter {
  readonly #bytes = new ByteWriter(65_536);
  readonly #ends = new WordList();
  readonly #known = new Map<string, number>();

  /** Number of the byte string; equal ones share it. */
  intern(bytes: Buffer): number {
    const key = bytes.toString('latin1');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.#ends.length);
    return this.add(bytes);
  }

  add(bytes: Buffer): number {
    this.#bytes.raw(bytes);
    this.#ends.push(this.#bytes.length);
    return this.#ends.length - 1;
  }

  take(): Table {
    const table = { bytes: this.#bytes.copy(), ends: this.#ends.copy() };
    this.#bytes.clear();
    this.#ends.clear();
    this.#known.clear();
    return table;
  }

  get size(): number {
    return this.#bytes.length;
  }
}

/** Chunks are handed over at about this many rows or bytes: large enough to share texts, small enough to bound a worker. */
const CHUNK_ROWS = 100_000;
const CHUNK_BYTES = 8 << 20;

export class ChunkBuilder {
  readonly #groups = new TableWriter();
  readonly #versions = new TableWriter();
  readonly #extras = new TableWriter();
  readonly #heads = new TableWriter();
  readonly #facts = new TableWriter();
  readonly #prose = new TableWriter();
  readonly #headProse = new WordList();
  readonly #factsProse = new WordList();
  readonly #rows = new WordList();
  readonly #ranges = new WordList();
  readonly #scratch = new ByteWriter();
  readonly #keys: StreamKeys;
  /** Bounds without a key so far. */
  uncomparable = 0;

  constructor(keys: StreamKeys) {
    this.#keys = keys;
  }

  #scratched(write: (out: ByteWriter) => void): Buffer {
    this.#scratch.clear();
    write(this.#scratch);
    return this.#scratch.view();
  }

  #version(text: string | undefined, key: string | undefined): number {
    if (text === undefined) return 0;
    return this.#versions.intern(this.#scratched((out) => writeVersion(out, text, key))) + 1;
  }

  #described(description: string | undefined): number {
    return description === undefined ? 0 : this.#prose.intern(Buffer.from(description)) + 1;
  }

  /** Adds the advisory with its rows. */
  advisory(advisory: Advisory): void {
    const { affected, description, ...head } = advisory;
    this.#headProse.push(this.#described(description));
    const headNumber = this.#heads.add(Buffer.from(packHead(head)));
    for (const one of affected) {
      const row = encodeRow(one, this.#keys);
      this.uncomparable += row.uncomparable?.length ?? 0;
      const first = this.#ranges.length / 2;
      for (const range of row.ranges) {
        const end = this.#version(range.fixed ?? range.lastAffected, range.high);
        this.#ranges.push(this.#version(range.introduced, range.low));
        this.#ranges.push(range.lastAffected === undefined ? end : end + INCLUSIVE);
      }
      this.#scratch.clear();
      const extras = writeExtras(this.#scratch, row) ? this.#extras.intern(this.#scratch.view()) + 1 : 0;
      this.#rows.push(this.#groups.intern(Buffer.from(`${one.stream}\n${one.name}`)));
      this.#rows.push(headNumber);
      this.#rows.push((row.ranges.length << 4) | (row.names === 'source' ? 8 : 0) | STATUSES.indexOf(row.status));
      this.#rows.push(extras);
      this.#rows.push(first);
    }
  }

  facts(facts: PartialFacts): void {
    this.#factsProse.push(this.#described(facts.description));
    this.#facts.add(Buffer.from(packFacts(facts)));
  }

  /** True when it is time to `take`. */
  get full(): boolean {
    const bytes = this.#heads.size + this.#facts.size + this.#extras.size + this.#prose.size;
    return this.#rows.length / CHUNK_ROW >= CHUNK_ROWS || bytes >= CHUNK_BYTES;
  }

  /** Everything since the last `take`. */
  take(): Chunk {
    const chunk = {
      groups: this.#groups.take(),
      versions: this.#versions.take(),
      extras: this.#extras.take(),
      heads: this.#heads.take(),
      facts: this.#facts.take(),
      prose: this.#prose.take(),
      headProse: this.#headProse.copy(),
      factsProse: this.#factsProse.copy(),
      rows: this.#rows.copy(),
      ranges: this.#ranges.copy(),
    };
    for (const list of [this.#rows, this.#ranges, this.#headProse, this.#factsProse]) list.clear();
    return chunk;
  }
}

/** The buffers to transfer with a chunk instead of copying them. */
export function buffersOf(chunk: Chunk): ArrayBuffer[] {
  const tables = [chunk.groups, chunk.versions, chunk.extras, chunk.heads, chunk.facts, chunk.prose];
  const words = [chunk.rows, chunk.ranges, chunk.headProse, chunk.factsProse];
  return [...tables.flatMap((table) => [table.bytes.buffer, table.ends.buffer]), ...words.map(({ buffer }) => buffer)];
}
