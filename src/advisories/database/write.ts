/** Writes the file: header, sections, checksums; under a temporary name until it is complete and on the disk. */

import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { BLOCK, FORMAT_VERSION, HEADER, MAGIC, SECTIONS, type SectionName } from './format.ts';

/** Sections start at multiples of this, so that fixed-width records never lie across two blocks. */
const ALIGNMENT = 16;

/** The file as its blocks, header first, then what follows the last block. Pure, so that tests can compare bytes. */
export function* encodeFile(sections: Readonly<Record<SectionName, Uint8Array>>): Generator<Buffer> {
  const header = Buffer.alloc(BLOCK);
  header.write(MAGIC, 'latin1');
  header.writeUInt32LE(FORMAT_VERSION, HEADER.formatVersion);
  header.writeUInt32LE(SECTIONS.length, HEADER.sections);
  let end = BLOCK;
  SECTIONS.forEach((name, index) => {
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    header.writeDoubleLE(offset, HEADER.table + index * 16);
    header.writeDoubleLE(sections[name].length, HEADER.table + index * 16 + 8);
    end = offset + sections[name].length;
  });
  const blocks = Math.ceil((end - BLOCK) / BLOCK);
  const checksumsOffset = BLOCK + blocks * BLOCK;
  const checksums = Buffer.alloc(blocks * 4);

  // Two passes: checksums are in the header's keeping, and the header comes first.
  let number = 0;
  for (const block of bodyBlocks(sections)) checksums.writeUInt32LE(crc32(block), 4 * number++);
  header.writeDoubleLE(checksumsOffset + checksums.length, HEADER.fileLength);
  header.writeDoubleLE(checksumsOffset, HEADER.checksums);
  header.writeUInt32LE(blocks, HEADER.blocks);
  header.writeUInt32LE(crc32(checksums), HEADER.checksumsCrc);
  header.writeUInt32LE(headerCrc(header), HEADER.headerCrc);
  yield header;
  yield* bodyBlocks(sections);
  yield checksums;
}

/** Of the header block with its own field as zero. */
export function headerCrc(header: Buffer): number {
  const rest = header.subarray(HEADER.headerCrc + 4);
  return crc32(rest, crc32(Buffer.alloc(4), crc32(header.subarray(0, HEADER.headerCrc))));
}

function* bodyBlocks(sections: Readonly<Record<SectionName, Uint8Array>>): Generator<Buffer> {
  const block = Buffer.alloc(BLOCK);
  let filled = 0;
  for (const name of SECTIONS) {
    // A multiple of the alignment never runs over the block, whose size is one too.
    const aligned = Math.ceil(filled / ALIGNMENT) * ALIGNMENT;
    block.fill(0, filled, aligned);
    filled = aligned;
    const bytes = sections[name];
    for (let at = 0; at < bytes.length; ) {
      if (filled === BLOCK) {
        yield block;
        filled = 0;
      }
      const count = Math.min(BLOCK - filled, bytes.length - at);
      block.set(bytes.subarray(at, at + count), filled);
      filled += count;
      at += count;
    }
  }
  if (filled > 0) yield block.fill(0, filled);
}

/** After this long nobody writes a temporary file any more. */
const LEFT_OVER_MILLISECONDS = 60 * 60 * 1000;

/** Removes what writers that were killed left behind. */
function removeLeftovers(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith('.tmp')) continue;
    const place = join(dirname(path), name);
    const modified = statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (Date.now() - modified > LEFT_OVER_MILLISECONDS) rmSync(place, { force: true });
  }
}

/** Replaces `path` with the file; whoever has the old one open keeps it. Throws what the file system throws, leaving nothing behind. */
export function writeFileAtomically(path: string, blocks: Iterable<Buffer>): void {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  removeLeftovers(path);
  const file = openSync(temporary, 'wx', 0o644);
  try {
    try {
      for (const block of blocks) for (let at = 0; at < block.length; ) at += writeSync(file, block, at);
      fchmodSync(file, 0o644);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
