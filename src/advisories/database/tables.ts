/** Small building blocks of the assembler: byte tables, hash tables, values laid out by key. */
import type { Table } from './chunk.ts';
import { WordList } from './words.ts';

/** Each byte string of a table, as latin1 text. */
export function* entries(table: Table): Generator<string> {
  const bytes = Buffer.from(table.bytes.buffer, table.bytes.byteOffset, table.bytes.length);
  let start = 0;
  for (const end of table.ends) {
    yield bytes.toString('latin1', start, end);
    start = end;
  }
}

/** The words as they lie in memory: little endian on every machine that Vedette supports. */
export function bytesOf(words: WordList | Uint32Array): Uint8Array {
  const view = words instanceof WordList ? words.view() : words;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Slots of an open-addressing hash table over `hashes`, at most half full. */
export function hashTable(hashes: readonly number[]): Uint32Array {
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
export function bucket(
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
