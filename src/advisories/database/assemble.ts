/** Merges chunks into the sections of the file. The result depends on the chunks' order and contents only. */
import { CHUNK_ROW, type Chunk, type Table } from './chunk.ts';
import { INCLUSIVE, type SectionName } from './format.ts';
import { Identifiers, type PackedFacts } from './identifiers.ts';
import { Layout } from './layout.ts';
import { type AdvisoryHead, byText, mergeHeads, newestFirst } from './merge.ts';
import { ProseLayout } from './prose.ts';
import { unpackFacts, unpackHead } from './records.ts';
import { bucket, entries } from './tables.ts';
import { type Fingerprint, Interner, mix, startFingerprint, WordList } from './words.ts';

export type Sections = Record<Exclude<SectionName, 'info'>, Uint8Array>;

export interface Assembled {
  readonly sections: Sections;
  readonly advisories: number;
  readonly ranges: number;
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

function mixText(print: Fingerprint, text: string): void {
  mix(print, text.length);
  for (let index = 0; index < text.length; index++) mix(print, text.charCodeAt(index));
}

function mixPrint(print: Fingerprint, { a, b }: Fingerprint): void {
  mix(print, a);
  mix(print, b);
}

/** What of an advisory decides matches: a change in anything else (title, severity, dates) needs no matching again. */
function matchPrint(head: AdvisoryHead): Fingerprint {
  const print = startFingerprint();
  for (const text of [head.id, head.source, head.kind, ...head.vulnerabilities, '\n', ...head.aliases]) mixText(print, text);
  return print;
}

export class Assembler {
  readonly #groups = new Interner();
  readonly #versions = new Interner();
  readonly #extras = new Interner();
  /** Packed heads, one per record read. */
  readonly #heads: string[] = [];
  readonly #facts = new Map<string, PackedFacts[]>();
  readonly #prose = new Interner();
  /** By record read: number of its description + 1, or 0. */
  readonly #described = new WordList();
  /** As in chunks, with numbers of this assembler. */
  readonly #rows = new WordList(1 << 16);
  readonly #ranges = new WordList(1 << 16);

  add(chunk: Chunk): void {
    const numbers = (interner: Interner, table: Table) => Uint32Array.from(entries(table), (key) => interner.id(key));
    const groups = numbers(this.#groups, chunk.groups);
    const versions = numbers(this.#versions, chunk.versions);
    const extras = numbers(this.#extras, chunk.extras);
    const firstHead = this.#heads.length;
    for (const head of entries(chunk.heads)) this.#heads.push(utf8(head));
    const prose = numbers(this.#prose, chunk.prose);
    const description = (number = 0) => (number === 0 ? 0 : (prose[number - 1] ?? 0) + 1);
    for (const number of chunk.headProse) this.#described.push(description(number));
    let record = 0;
    for (const latin1 of entries(chunk.facts)) {
      const facts = { packed: utf8(latin1), description: description(chunk.factsProse[record++]) };
      const { id } = unpackFacts(facts.packed);
      const known = this.#facts.get(id);
      if (known) known.push(facts);
      else this.#facts.set(id, [facts]);
    }
    const firstRange = this.#ranges.length / 2;
    const { rows, ranges } = chunk;
    for (let index = 0; index < ranges.length; index++) {
      const word = ranges[index] ?? 0;
      const number = word & ~INCLUSIVE;
      if (number > 0) ranges[index] = ((versions[number - 1] ?? 0) + 1 + (word & INCLUSIVE)) >>> 0;
    }
    for (let row = 0; row < rows.length; row += CHUNK_ROW) {
      rows[row] = groups[rows[row] ?? 0] ?? 0;
      rows[row + 1] = (rows[row + 1] ?? 0) + firstHead;
      const extra = rows[row + 3] ?? 0;
      if (extra > 0) rows[row + 3] = (extras[extra - 1] ?? 0) + 1;
      rows[row + 4] = (rows[row + 4] ?? 0) + firstRange;
    }
    this.#rows.append(rows);
    this.#ranges.append(ranges);
  }

  /**
   * Lays out one head per (id, source), sorted. Answers the advisory and the date of every record read, and the advisories' prints.
   * Heads are unpacked one after another, twice: all at once they would be most of the memory that compiling takes.
   */
  #layHeads(layout: Layout, identifiers: Identifiers) {
    const keys: string[] = [];
    const modifiedOf: string[] = [];
    for (const packed of this.#heads) {
      const { id, source, modified } = unpackHead(packed);
      keys.push(`${id}\n${source}`);
      modifiedOf.push(modified ?? '');
    }
    const order = keys.map((_, record) => record).sort((a, b) => byText(keys[a] ?? '', keys[b] ?? '') || a - b);
    const advisoryOf = new Uint32Array(order.length);
    const prints: Fingerprint[] = [];
    for (let at = 0; at < order.length; ) {
      const start = at;
      while (at < order.length && keys[order[at] ?? 0] === keys[order[start] ?? 0]) advisoryOf[order[at++] ?? 0] = prints.length;
      const records = order.slice(start, at);
      const [first, ...others] = records.map((record) => unpackHead(this.#heads[record] ?? ''));
      if (first === undefined) continue;
      const head = mergeHeads(first, others);
      identifiers.add(head, prints.length);
      layout.advisory(head, this.#descriptionOf(records, modifiedOf));
      prints.push(matchPrint(head));
    }
    this.#heads.length = 0;
    return { advisoryOf, modifiedOf, prints };
  }

  /** Of records with one id and source: that of the newest which has one. */
  #descriptionOf(records: readonly number[], modifiedOf: readonly string[]): number {
    const dated = records.map((record) => ({ modified: modifiedOf[record] ?? '', described: this.#described.at(record) }));
    return newestFirst(dated).find(({ described }) => described > 0)?.described ?? 0;
  }

  /** Words of a row's ranges, as in chunks with numbers of this assembler. */
  #rangesOf(row: number): Uint32Array {
    const first = this.#rows.at(row * CHUNK_ROW + 4) * 2;
    return this.#ranges.view().subarray(first, first + (this.#rows.at(row * CHUNK_ROW + 2) >>> 4) * 2);
  }

  /** What a row says, whatever the numbers in this build. */
  #rowPrint(row: number): Fingerprint {
    const print = startFingerprint();
    mix(print, this.#rows.at(row * CHUNK_ROW + 2));
    const extras = this.#rows.at(row * CHUNK_ROW + 3);
    if (extras > 0) this.#extras.mixInto(print, extras - 1);
    for (const word of this.#rangesOf(row)) {
      mix(print, word & INCLUSIVE);
      if ((word & ~INCLUSIVE) > 0) this.#versions.mixInto(print, (word & ~INCLUSIVE) - 1);
    }
    return print;
  }

  /** Same advisory is given: whether two rows say the same. */
  #sameRow(a: number, b: number): boolean {
    for (const part of [2, 3]) if (this.#rows.at(a * CHUNK_ROW + part) !== this.#rows.at(b * CHUNK_ROW + part)) return false;
    const other = this.#rangesOf(b);
    return this.#rangesOf(a).every((word, index) => word === other[index]);
  }

  /** Of one group's rows of one advisory: those of its newest record, each once, in the order they came. */
  #settle(rows: readonly number[], modifiedOf: readonly string[]): readonly number[] {
    if (rows.length < 2) return rows;
    const dateOf = (row: number) => modifiedOf[this.#rows.at(row * CHUNK_ROW + 1)] ?? '';
    const newest = rows.map(dateOf).sort(byText).at(-1);
    const kept: number[] = [];
    for (const row of rows) {
      if (dateOf(row) === newest && !kept.some((other) => this.#sameRow(other, row))) kept.push(row);
    }
    return kept;
  }

  /** The rows of each group, in the order they came. */
  #rowsByGroup(): (group: number) => Uint32Array {
    const groups = new WordList(this.#rows.length / CHUNK_ROW + 1);
    const rows = new WordList(this.#rows.length / CHUNK_ROW + 1);
    for (let row = 0; row < this.#rows.length / CHUNK_ROW; row++) {
      groups.push(this.#rows.at(row * CHUNK_ROW));
      rows.push(row);
    }
    const buckets = bucket(groups, rows, this.#groups.size);
    return (group) => buckets.values.subarray(buckets.starts[group], buckets.starts[group + 1]);
  }

  finish(): Assembled {
    const prose = new ProseLayout(this.#prose);
    const layout = new Layout(this.#versions, this.#extras, prose);
    const identifiers = new Identifiers();
    const { advisoryOf, modifiedOf, prints } = this.#layHeads(layout, identifiers);
    const keys = Array.from({ length: this.#groups.size }, (_, group) => {
      const key = utf8(this.#groups.key(group));
      const end = key.indexOf('\n');
      return { group, stream: key.slice(0, end), name: key.slice(end + 1) };
    });
    keys.sort((a, b) => byText(a.stream, b.stream) || byText(a.name, b.name));
    const rowsOfGroup = this.#rowsByGroup();
    const advisoryOfRow = (row: number) => advisoryOf[this.#rows.at(row * CHUNK_ROW + 1)] ?? 0;
    for (const { group, stream, name } of keys) {
      layout.group(stream, name, () => {
        const print = startFingerprint();
        const byAdvisory = Map.groupBy(rowsOfGroup(group), advisoryOfRow);
        for (const [reference, rows] of [...byAdvisory].sort(([a], [b]) => a - b)) {
          layout.pair(reference);
          mixPrint(print, prints[reference] ?? startFingerprint());
          // A sum, so that the order in which a source lists its ranges is no change.
          const sum = { a: 0, b: 0 };
          for (const row of this.#settle(rows, modifiedOf)) {
            const { a, b } = this.#rowPrint(row);
            sum.a = (sum.a + a) >>> 0;
            sum.b = (sum.b + b) >>> 0;
            layout.row(reference, this.#rows.at(row * CHUNK_ROW + 2), this.#rows.at(row * CHUNK_ROW + 3), this.#rangesOf(row));
          }
          mixPrint(print, sum);
        }
        return print;
      });
    }
    const found = identifiers.sections(
      this.#facts,
      (value) => layout.text(value),
      (reference) => prose.reference(reference),
    );
    return {
      sections: { ...layout.sections(), ...found, ...prose.sections() },
      advisories: prints.length,
      ranges: layout.ranges,
    };
  }
}
