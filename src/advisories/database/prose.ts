/**
 * Descriptions in the file: a number for each, those of neighbouring advisories together in blocks that are deflated one by one. Nothing
 * but a description that is asked for reads them.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader, ByteWriter, CorruptError } from './bytes.ts';
import { MAX_HEAP, PROSE_BLOCK } from './format.ts';
import type { Heap, Records } from './pages.ts';
import { bytesOf } from './tables.ts';
import { type Interner, WordList } from './words.ts';

/** No block holds more than this, whatever it says itself: descriptions have at most 1,024 characters. */
const MOST_BYTES = PROSE_BLOCK * 4096;
/** Blocks that stay unpacked, of some 40 KB each. */
const KEPT_BLOCKS = 32;

/** Numbers descriptions in the order of their first use and packs them. */
export class ProseLayout {
  readonly #interner: Interner;
  /** Number + 1 by id of the interner; 0 = not written yet. */
  readonly #numbers: Uint32Array;
  readonly #starts = new WordList();
  readonly #heap = new ByteWriter(1 << 16);
  readonly #block = new ByteWriter(1 << 16);
  #count = 0;

  constructor(interner: Interner) {
    this.#interner = interner;
    this.#numbers = new Uint32Array(interner.size);
  }

  /** Reference (number + 1) of a description by id of the interner + 1; 0 stays 0. */
  reference(id: number): number {
    if (id === 0) return 0;
    const known = this.#numbers[id - 1];
    if (known) return known;
    const bytes = Buffer.from(this.#interner.key(id - 1), 'latin1');
    this.#block.varint(bytes.length);
    this.#block.raw(bytes);
    this.#count += 1;
    this.#numbers[id - 1] = this.#count;
    if (this.#count % PROSE_BLOCK === 0) this.#close();
    return this.#count;
  }

  #close(): void {
    if (this.#heap.length > MAX_HEAP - MOST_BYTES)
      throw new RangeError('the advisory database would be larger than its format can hold');
    this.#starts.push(this.#heap.length);
    this.#heap.raw(deflateRawSync(this.#block.view(), { level: 9 }));
    this.#block.clear();
  }

  /** The finished sections; nothing may be added any more. */
  sections() {
    if (this.#block.length > 0) this.#close();
    this.#starts.push(this.#heap.length);
    return { proseBlocks: bytesOf(this.#starts), prose: this.#heap.view() };
  }
}

/** Reads descriptions; throws `CorruptError`. */
export class Prose {
  readonly #blocks: Records;
  readonly #heap: Heap;
  /** Unpacked ones, the one that was not asked for longest first. */
  readonly #kept = new Map<number, Buffer>();

  constructor(blocks: Records, heap: Heap) {
    this.#blocks = blocks;
    this.#heap = heap;
  }

  /** The description of a reference; undefined for 0. */
  at(reference: number): string | undefined {
    if (reference === 0) return undefined;
    const number = reference - 1;
    const block = Math.floor(number / PROSE_BLOCK);
    const bytes = this.#kept.get(block) ?? this.#read(block);
    this.#kept.delete(block);
    this.#kept.set(block, bytes);
    const [oldest = block] = this.#kept.keys();
    if (this.#kept.size > KEPT_BLOCKS) this.#kept.delete(oldest);
    const reader = new ByteReader(bytes);
    for (let before = number % PROSE_BLOCK; before > 0; before--) reader.skip();
    return reader.text();
  }

  #read(block: number): Buffer {
    const packed = this.#heap.bytes(this.#blocks.word(block, 0), this.#blocks.word(block + 1, 0));
    try {
      return inflateRawSync(packed, { maxOutputLength: MOST_BYTES });
    } catch {
      throw new CorruptError('a block of descriptions cannot be unpacked');
    }
  }
}
