/** Growing arrays of 32-bit words and of interned byte strings. */
import type { ByteWriter } from './bytes.ts';
import { MAX_HEAP } from './format.ts';

export class WordList {
  length = 0;
  #words: Uint32Array<ArrayBuffer>;

  constructor(capacity = 1024) {
    this.#words = new Uint32Array(capacity);
  }

  #grow(needed: number): void {
    if (needed <= this.#words.length) return;
    const larger = new Uint32Array(Math.max(needed, this.#words.length * 2));
    larger.set(this.#words.subarray(0, this.length));
    this.#words = larger;
  }

  push(value: number): void {
    this.#grow(this.length + 1);
    this.#words[this.length++] = value;
  }

  append(values: Uint32Array): void {
    this.#grow(this.length + values.length);
    this.#words.set(values, this.length);
    this.length += values.length;
  }

  /** The word at an index below `length`. */
  at(index: number): number {
    return this.#words[index] ?? 0;
  }

  /** The words so far; valid until the next push. */
  view(): Uint32Array<ArrayBuffer> {
    return this.#words.subarray(0, this.length);
  }

  copy(): Uint32Array<ArrayBuffer> {
    return this.#words.slice(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }
}

/** Two 32-bit hashes in one go: a fingerprint of contents that is the same in every build. */
export interface Fingerprint {
  a: number;
  b: number;
}

export function startFingerprint(): Fingerprint {
  return { a: 0x9e3779b9, b: 0x85ebca6b };
}

export function mix(print: Fingerprint, word: number): void {
  print.a = Math.imul(print.a ^ word, 0x85ebca77);
  print.a = (print.a ^ (print.a >>> 15)) >>> 0;
  print.b = Math.imul(print.b ^ (word + 0x7f4a7c15), 0xc2b2ae3d);
  print.b = (print.b ^ (print.b >>> 13)) >>> 0;
}

/** Numbers for equal byte strings, in order of first sight; each with its fingerprint. */
export class Interner {
  readonly #ids = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #prints = new WordList();

  /** Number of a byte string given as latin1. */
  id(key: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const print = startFingerprint();
    for (let index = 0; index < key.length; index++) mix(print, key.charCodeAt(index));
    this.#prints.push(print.a);
    this.#prints.push(print.b);
    const id = this.#keys.push(key) - 1;
    this.#ids.set(key, id);
    return id;
  }

  get size(): number {
    return this.#keys.length;
  }

  key(id: number): string {
    return this.#keys[id] ?? '';
  }

  mixInto(print: Fingerprint, id: number): void {
    mix(print, this.#prints.at(2 * id));
    mix(print, this.#prints.at(2 * id + 1));
  }
}

/** Writes interned byte strings to a heap in order of first use, so that what is read together lies together. */
export class HeapLayout {
  readonly #interner: Interner;
  readonly #heap: ByteWriter;
  /** Offset + 1 by id; 0 = not written yet. */
  readonly #offsets: Uint32Array;

  constructor(interner: Interner, heap: ByteWriter) {
    this.#interner = interner;
    this.#heap = heap;
    this.#offsets = new Uint32Array(interner.size);
  }

  /** Reference (offset + 1) of a byte string. */
  reference(id: number): number {
    const known = this.#offsets[id];
    if (known) return known;
    const reference = this.#heap.length + 1;
    if (reference > MAX_HEAP) throw new RangeError('the advisory database would be larger than its format can hold');
    this.#heap.raw(Buffer.from(this.#interner.key(id), 'latin1'));
    this.#offsets[id] = reference;
    return reference;
  }
}
