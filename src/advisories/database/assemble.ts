/** Merges chunks into the sections of the file. The result depends on the chunks' order and contents only. */
import { ByteWriter } from './bytes.ts';
import { CHUNK_ROW, type Chunk, type Table } from './chunk.ts';
import { INCLUSIVE, type SectionName, slotHash } from './format.ts';
import { type AdvisoryHead, byText, mergeFacts, mergeHeads } from './merge.ts';
import { packFacts, packHead, unpackFacts, unpackHead } from './records.ts';
import { type Fingerprint, HeapLayout, Interner, mix, startFingerprint, WordList } from './words.ts';

export type Sections = Record<Exclude<SectionName, 'info'>, Uint8Array>;

export interface Assembled {
  readonly sections: Sections;
  readonly advisories: number;
  readonly ranges: number;
}

/** Each byte string of a table, as latin1 text. */
function* entries(table: Table): Generator<string> {
  const bytes = Buffer.from(table.bytes.buffer, table.bytes.byteOffset, table.bytes.length);
  let start = 0;
  for (const end of table.ends) {
    yield bytes.toString('latin1', start, end);
    start = end;
  }
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

function bytesOf(words: WordList | Uint32Array): Uint8Array {
  const view = words instanceof WordList ? words.view() : words;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Slots of an open-addressing hash table over `hashes`, at most half full. */
function hashTable(hashes: readonly number[]): Uint32Array {
  let size = 2;
  while (size < hashes.length * 2) size *= 2;
  const slots = new Uint32Array(size);
  hashes.forEach((hash, index) => {
    let slot = hash & (size - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (size - 1);
    slots[slot] = index + 1;
  });
  return slots;
}

/** Collects values by key and lays them out one key after another. */
function bucket(
  keys: WordList,
  values: WordList,
  keyCount: number,
): { readonly starts: Uint32Array; readonly values: Uint32Array } {
  const starts = new Uint32Array(keyCount + 1);
  for (let index = 0; index < keys.length; index++) starts[keys.at(index) + 1] = (starts[keys.at(index) + 1] ?? 0) + 1;
  for (let key = 0; key < keyCount; key++) starts[key + 1] = (starts[key + 1] ?? 0) + (starts[key] ?? 0);
  const next = starts.slice();
  const out = new Uint32Array(keys.length);
  for (let index = 0; index < keys.length; index++) {
    const place = next[keys.at(index)] ?? 0;
    out[place] = values.at(index);
    next[keys.at(index)] = place + 1;
  }
  return { starts, values: out };
}

function mixText(print: Fingerprint, text: string): void {
  mix(print, text.length);
  for (let index = 0; index < text.length; index++) mix(print, text.charCodeAt(index));
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
  readonly #facts = new Map<string, string[]>();
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
    for (const latin1 of entries(chunk.facts)) {
      const packed = utf8(latin1);
      const { id } = unpackFacts(packed);
      const known = this.#facts.get(id);
      if (known) known.push(packed);
      else this.#facts.set(id, [packed]);
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

  /** One head per (id, source), sorted, and for every record read its advisory and its date. */
  #mergedHeads() {
    const records = this.#heads.map((packed, record) => ({ record, head: unpackHead(packed) }));
    const key = ({ head }: { readonly head: AdvisoryHead }) => `${head.id}\n${head.source}`;
    const keys = records.map(key);
    const order = records.map(({ record }) => record).sort((a, b) => byText(keys[a] ?? '', keys[b] ?? '') || a - b);
    const heads: AdvisoryHead[] = [];
    const advisoryOf = new Uint32Array(records.length);
    const modifiedOf = records.map(({ head }) => head.modified ?? '');
    for (let at = 0; at < order.length; ) {
      const start = at;
      while (at < order.length && keys[order[at] ?? 0] === keys[order[start] ?? 0]) advisoryOf[order[at++] ?? 0] = heads.length;
      const [first, ...others] = order.slice(start, at).flatMap((record) => records[record]?.head ?? []);
      if (first) heads.push(mergeHeads(first, others));
    }
    return { heads, advisoryOf, modifiedOf };
  }

  #rowPrints(): Uint32Array {
    const prints = new Uint32Array((this.#rows.length / CHUNK_ROW) * 2);
    for (let row = 0; row < prints.length / 2; row++) {
      const at = row * CHUNK_ROW;
      const print = startFingerprint();
      mix(print, this.#rows.at(at + 2));
      const extra = this.#rows.at(at + 3);
      if (extra > 0) this.#extras.mixInto(print, extra - 1);
      const first = this.#rows.at(at + 4) * 2;
      const end = first + (this.#rows.at(at + 2) >>> 4) * 2;
      for (let range = first; range < end; range++) {
        const word = this.#ranges.at(range);
        mix(print, word & INCLUSIVE);
        if ((word & ~INCLUSIVE) > 0) this.#versions.mixInto(print, (word & ~INCLUSIVE) - 1);
      }
      prints[row * 2] = print.a;
      prints[row * 2 + 1] = print.b;
    }
    return prints;
  }

  /** Same advisory is given: whether two rows say the same. */
  #sameRow(a: number, b: number): boolean {
    const [left, right] = [a * CHUNK_ROW, b * CHUNK_ROW];
    if (this.#rows.at(left + 2) !== this.#rows.at(right + 2) || this.#rows.at(left + 3) !== this.#rows.at(right + 3))
      return false;
    const words = (this.#rows.at(left + 2) >>> 4) * 2;
    const [first, second] = [this.#rows.at(left + 4) * 2, this.#rows.at(right + 4) * 2];
    for (let word = 0; word < words; word++) if (this.#ranges.at(first + word) !== this.#ranges.at(second + word)) return false;
    return true;
  }

  /** Of one group's rows of one advisory: those of its newest record, each once. */
  #settle(rows: readonly number[], modifiedOf: readonly string[]): readonly number[] {
    if (rows.length < 2) return rows;
    const dateOf = (row: number) => modifiedOf[this.#rows.at(row * CHUNK_ROW + 1)] ?? '';
    const newest = rows.map(dateOf).sort().at(-1);
    const kept: number[] = [];
    for (const row of rows) {
      if (dateOf(row) === newest && !kept.some((other) => this.#sameRow(other, row))) kept.push(row);
    }
    return kept;
  }

  finish(): Assembled {
    const { heads, advisoryOf, modifiedOf } = this.#mergedHeads();
    this.#heads.length = 0;
    const matchPrints = heads.map(matchPrint);
    const prints = this.#rowPrints();

    const groupKeys = Array.from({ length: this.#groups.size }, (_, group) => utf8(this.#groups.key(group)));
    const groupOrder = groupKeys.map((_, group) => group).sort((a, b) => byText(groupKeys[a] ?? '', groupKeys[b] ?? ''));
    const rowsOfGroup = this.#rowsByGroup();

    const texts = new ByteWriter(1 << 16);
    const text = (value: string) => {
      const offset = texts.length;
      texts.text(value);
      return offset;
    };
    const versionHeap = new ByteWriter(1 << 16);
    const extrasHeap = new ByteWriter(1 << 16);
    const versions = new HeapLayout(this.#versions, versionHeap);
    const extras = new HeapLayout(this.#extras, extrasHeap);
    const out = {
      streams: new WordList(),
      groups: new WordList(),
      hashes: new WordList(),
      rows: new WordList(),
      ranges: new WordList(),
    };
    const pairAdvisory = new WordList();
    const pairGroup = new WordList();
    const groupHashes: number[] = [];
    let streamName: string | undefined;
    let streamGroups = 0;
    const closeStream = () => {
      if (streamName === undefined) return;
      out.streams.push(text(streamName));
      out.streams.push(groupHashes.length - streamGroups);
      out.streams.push(streamGroups);
      out.streams.push(0);
      streamGroups = 0;
    };

    for (const group of groupOrder) {
      const key = groupKeys[group] ?? '';
      const split = key.indexOf('\n');
      const stream = key.slice(0, split);
      const name = key.slice(split + 1);
      if (stream !== streamName) {
        closeStream();
        streamName = stream;
      }
      const streamNumber = out.streams.length / 4;
      const firstRow = out.rows.length / 4;
      const print = startFingerprint();
      const rows = rowsOfGroup(group);
      const advisory = (row: number) => advisoryOf[this.#rows.at(row * CHUNK_ROW + 1)] ?? 0;
      const a = (row: number) => prints[row * 2] ?? 0;
      const b = (row: number) => prints[row * 2 + 1] ?? 0;
      rows.sort((left, right) => advisory(left) - advisory(right) || a(left) - a(right) || b(left) - b(right) || left - right);
      for (let at = 0; at < rows.length; ) {
        const start = at;
        const reference = advisory(rows[start] ?? 0);
        while (at < rows.length && advisory(rows[at] ?? 0) === reference) at++;
        pairAdvisory.push(reference);
        pairGroup.push(groupHashes.length);
        const { a: printA, b: printB } = matchPrints[reference] ?? startFingerprint();
        mix(print, printA);
        mix(print, printB);
        for (const row of this.#settle(Array.from(rows.subarray(start, at)), modifiedOf)) {
          mix(print, a(row));
          mix(print, b(row));
          const from = row * CHUNK_ROW;
          const packed = this.#rows.at(from + 2);
          const extra = this.#rows.at(from + 3);
          out.rows.push(reference);
          out.rows.push(packed);
          out.rows.push(out.ranges.length / 2);
          out.rows.push(extra === 0 ? 0 : extras.reference(extra - 1));
          const first = this.#rows.at(from + 4) * 2;
          for (let range = first; range < first + (packed >>> 4) * 2; range++) {
            const word = this.#ranges.at(range);
            const number = word & ~INCLUSIVE;
            out.ranges.push(number === 0 ? 0 : (versions.reference(number - 1) + (word & INCLUSIVE)) >>> 0);
          }
        }
      }
      out.groups.push(text(name));
      out.groups.push(streamNumber);
      out.groups.push(firstRow);
      out.groups.push(out.rows.length / 4 - firstRow);
      out.hashes.push(print.a);
      out.hashes.push(print.b);
      groupHashes.push(slotHash(streamNumber, name));
      streamGroups++;
    }
    closeStream();

    const headHeap = new ByteWriter(1 << 16);
    const groupsOf = bucket(pairAdvisory, pairGroup, heads.length);
    const advisories = new WordList();
    heads.forEach((head, reference) => {
      advisories.push(headHeap.length);
      const start = groupsOf.starts[reference] ?? 0;
      advisories.push(start);
      advisories.push((groupsOf.starts[reference + 1] ?? 0) - start);
      advisories.push(0);
      headHeap.text(packHead(head));
    });
    const identifiers = this.#identifiers(heads, text);

    return {
      sections: {
        streams: bytesOf(out.streams),
        groups: bytesOf(out.groups),
        groupHashes: bytesOf(out.hashes),
        groupTable: bytesOf(hashTable(groupHashes)),
        rows: bytesOf(out.rows),
        ranges: bytesOf(out.ranges),
        versions: versionHeap.view(),
        extras: extrasHeap.view(),
        texts: texts.view(),
        advisories: bytesOf(advisories),
        heads: headHeap.view(),
        advisoryGroups: bytesOf(groupsOf.values),
        ...identifiers,
      },
      advisories: heads.length,
      ranges: out.ranges.length / 2,
    };
  }

  /** The rows of each group, in the order they came. */
  #rowsByGroup(): (group: number) => Uint32Array {
    const keys = new WordList(this.#rows.length / CHUNK_ROW + 1);
    const values = new WordList(this.#rows.length / CHUNK_ROW + 1);
    for (let row = 0; row < this.#rows.length / CHUNK_ROW; row++) {
      keys.push(this.#rows.at(row * CHUNK_ROW));
      values.push(row);
    }
    const buckets = bucket(keys, values, this.#groups.size);
    return (group) => buckets.values.subarray(buckets.starts[group], buckets.starts[group + 1]);
  }

  /** Every id and alias with its advisories and facts. */
  #identifiers(heads: readonly AdvisoryHead[], text: (value: string) => number) {
    const references = new Map<string, number[]>();
    heads.forEach((head, reference) => {
      for (const id of new Set([head.id, ...head.vulnerabilities, ...head.aliases])) {
        const list = references.get(id);
        if (list) list.push(reference);
        else references.set(id, [reference]);
      }
    });
    for (const id of this.#facts.keys()) if (!references.has(id)) references.set(id, []);
    const identifiers = new WordList();
    const identifierAdvisories = new WordList();
    const facts = new ByteWriter(1 << 16);
    const hashes: number[] = [];
    for (const [id, list] of [...references].sort(([a], [b]) => byText(a, b))) {
      const [first, ...others] = (this.#facts.get(id) ?? []).map(unpackFacts);
      identifiers.push(text(id));
      identifiers.push(first === undefined ? 0 : facts.length + 1);
      identifiers.push(identifierAdvisories.length);
      identifiers.push(list.length);
      for (const reference of list) identifierAdvisories.push(reference);
      if (first !== undefined) facts.text(packFacts(mergeFacts(first, others)));
      hashes.push(slotHash(0, id));
    }
    return {
      identifiers: bytesOf(identifiers),
      identifierTable: bytesOf(hashTable(hashes)),
      identifierAdvisories: bytesOf(identifierAdvisories),
      facts: facts.view(),
    };
  }
}
