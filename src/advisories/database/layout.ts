/** Lays advisories, (stream, name) groups and their rows out as sections, in the order in which they come. */
import { ByteWriter } from './bytes.ts';
import { INCLUSIVE, slotHash } from './format.ts';
import type { AdvisoryHead } from './merge.ts';
import type { ProseLayout } from './prose.ts';
import { packHead } from './records.ts';
import { bucket, bytesOf, hashTable } from './tables.ts';
import { type Fingerprint, HeapLayout, type Interner, WordList } from './words.ts';

export class Layout {
  readonly #texts = new ByteWriter(1 << 16);
  readonly #versionHeap = new ByteWriter(1 << 16);
  readonly #extrasHeap = new ByteWriter(1 << 16);
  readonly #versions: HeapLayout;
  readonly #extras: HeapLayout;
  readonly #headHeap = new ByteWriter(1 << 16);
  readonly #heads = new WordList();
  /** By advisory: reference of its description. */
  readonly #described = new WordList();
  readonly #prose: ProseLayout;
  readonly #streams = new WordList();
  readonly #groups = new WordList();
  readonly #groupHashes = new WordList();
  readonly #slots: number[] = [];
  readonly #rows = new WordList();
  readonly #ranges = new WordList();
  /** Pairs of an advisory and a group that it has rows in. */
  readonly #pairAdvisories = new WordList();
  readonly #pairGroups = new WordList();
  #stream: string | undefined;
  #firstGroup = 0;

  constructor(versions: Interner, extras: Interner, prose: ProseLayout) {
    this.#prose = prose;
    this.#versions = new HeapLayout(versions, this.#versionHeap);
    this.#extras = new HeapLayout(extras, this.#extrasHeap);
  }

  /** Ranges so far. */
  get ranges(): number {
    return this.#ranges.length / 2;
  }

  /** Stores a text; answers where. */
  text(value: string): number {
    const offset = this.#texts.length;
    this.#texts.text(value);
    return offset;
  }

  #closeStream(): void {
    if (this.#stream === undefined) return;
    this.#streams.push(this.text(this.#stream));
    this.#streams.push(this.#firstGroup);
    this.#streams.push(this.#slots.length - this.#firstGroup);
    this.#streams.push(0);
    this.#firstGroup = this.#slots.length;
  }

  /** Writes one group with what `rows` writes; it answers the fingerprint of their contents. Groups of a stream come together. */
  group(stream: string, name: string, rows: () => Fingerprint): void {
    if (stream !== this.#stream) {
      this.#closeStream();
      this.#stream = stream;
    }
    const number = this.#streams.length / 4;
    const first = this.#rows.length / 4;
    const { a, b } = rows();
    this.#groups.push(this.text(name));
    this.#groups.push(number);
    this.#groups.push(first);
    this.#groups.push(this.#rows.length / 4 - first);
    this.#groupHashes.push(a);
    this.#groupHashes.push(b);
    this.#slots.push(slotHash(number, name));
  }

  /** The group at hand has rows of this advisory. */
  pair(advisory: number): void {
    this.#pairAdvisories.push(advisory);
    this.#pairGroups.push(this.#slots.length);
  }

  /** A row of the group at hand; `extras` and the ends in `ranges` are numbers of their interners + 1, or 0. */
  row(advisory: number, packed: number, extras: number, ranges: Uint32Array): void {
    this.#rows.push(advisory);
    this.#rows.push(packed);
    this.#rows.push(this.#ranges.length / 2);
    this.#rows.push(extras === 0 ? 0 : this.#extras.reference(extras - 1));
    for (const word of ranges) {
      const number = word & ~INCLUSIVE;
      this.#ranges.push(number === 0 ? 0 : (this.#versions.reference(number - 1) + (word & INCLUSIVE)) >>> 0);
    }
  }

  /** The next advisory; its number is how many there were before. `description`: as `ProseLayout.reference` takes it. */
  advisory(head: AdvisoryHead, description: number): void {
    this.#described.push(this.#prose.reference(description));
    this.#heads.push(this.#headHeap.length);
    this.#headHeap.text(packHead(head));
  }

  /** The finished sections; nothing may be added any more. */
  sections() {
    this.#closeStream();
    const groupsOf = bucket(this.#pairAdvisories, this.#pairGroups, this.#heads.length);
    const advisories = new WordList();
    for (let reference = 0; reference < this.#heads.length; reference++) {
      const start = groupsOf.starts[reference] ?? 0;
      advisories.push(this.#heads.at(reference));
      advisories.push(start);
      advisories.push((groupsOf.starts[reference + 1] ?? 0) - start);
      advisories.push(this.#described.at(reference));
    }
    return {
      streams: bytesOf(this.#streams),
      groups: bytesOf(this.#groups),
      groupHashes: bytesOf(this.#groupHashes),
      groupTable: bytesOf(hashTable(this.#slots)),
      rows: bytesOf(this.#rows),
      ranges: bytesOf(this.#ranges),
      versions: this.#versionHeap.view(),
      extras: this.#extrasHeap.view(),
      texts: this.#texts.view(),
      advisories: bytesOf(advisories),
      heads: this.#headHeap.view(),
      advisoryGroups: bytesOf(groupsOf.values),
    };
  }
}
