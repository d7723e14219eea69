/** ELF headers. https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html */
import type { FileContent } from '../../artifacts/file.ts';
import { byteReader } from './bytes.ts';
import type { Executable, Part } from './executable.ts';

const MAX_HEADERS = 4096;
const MAX_NAMES = 1024 * 1024;
const PT_LOAD = 1;
const SHT_STRTAB = 3;
const SHT_NOBITS = 8;
const PF_W = 2;
const SHF_WRITE = 1;

export function readElf(content: FileContent): Executable | undefined {
  const ident = content.read(0, 64);
  if (ident[0] !== 0x7f || ident[1] !== 0x45 || ident[2] !== 0x4c || ident[3] !== 0x46) return undefined;
  const wide = ident[4] === 2;
  const littleEndian = ident[5] !== 2;
  if ((!wide && ident[4] !== 1) || ident.length < (wide ? 64 : 52)) {
    return { format: 'elf', littleEndian, sections: [], segments: [], truncated: true };
  }
  const head = byteReader(ident, littleEndian);
  const word = (reader: typeof head, at: number): number => (wide ? reader.u64(at) : reader.u32(at));
  const [programAt, sectionAt] = wide ? [head.u64(32), head.u64(40)] : [head.u32(28), head.u32(32)];
  const counts = wide ? 54 : 42;
  const [programSize, programCount, sectionSize, declaredSections, namesIndex] = [0, 2, 4, 6, 8].map((at) =>
    head.u16(counts + at),
  ) as [number, number, number, number, number];
  let truncated = false;

  const clamp = (name: string, offset: number, size: number, address: number, writable: boolean): Part & { cut: boolean } => {
    const start = Math.min(offset, content.size);
    return {
      name,
      offset: start,
      size: Math.min(size, content.size - start),
      address,
      writable,
      cut: offset + size > content.size,
    };
  };
  const table = (at: number, entrySize: number, count: number, least: number): { reader: typeof head; at: number }[] => {
    if (at === 0 || count === 0 || entrySize < least) return [];
    const bytes = content.read(at, entrySize * Math.min(count, MAX_HEADERS));
    const complete = Math.floor(bytes.length / entrySize);
    if (complete < count) truncated ||= count <= MAX_HEADERS;
    const reader = byteReader(bytes, littleEndian);
    return Array.from({ length: complete }, (_, index) => ({ reader, at: index * entrySize }));
  };

  const segments = table(programAt, programSize, programCount, wide ? 56 : 32)
    .filter(({ reader, at }) => reader.u32(at) === PT_LOAD)
    .map(({ reader, at }) =>
      wide
        ? clamp('', reader.u64(at + 8), reader.u64(at + 32), reader.u64(at + 16), (reader.u32(at + 4) & PF_W) !== 0)
        : clamp('', reader.u32(at + 4), reader.u32(at + 16), reader.u32(at + 8), (reader.u32(at + 24) & PF_W) !== 0),
    );
  // More sections than fit into the field: the first section's size has the number.
  const first = declaredSections === 0 && sectionAt > 0 ? byteReader(content.read(sectionAt, 64), littleEndian) : undefined;
  const sectionCount = first === undefined ? declaredSections : word(first, wide ? 32 : 20);
  const headers = table(sectionAt, sectionSize, sectionCount, wide ? 64 : 40);
  const namesHeader = headers[namesIndex];
  // Every known writer names its sections: headers that do not are not where they should be.
  if (headers.length > 0 && namesIndex !== 0 && namesHeader?.reader.u32(namesHeader.at + 4) !== SHT_STRTAB) truncated = true;
  const at = (header: { reader: typeof head; at: number }, wideAt: number, narrowAt: number): number =>
    word(header.reader, header.at + (wide ? wideAt : narrowAt));
  const names =
    namesHeader === undefined
      ? undefined
      : Buffer.from(content.read(at(namesHeader, 24, 16), Math.min(at(namesHeader, 32, 20), MAX_NAMES))).toString('latin1');
  const sections = headers.flatMap((header) => {
    if (header.reader.u32(header.at + 4) === SHT_NOBITS || names === undefined) return [];
    const nameAt = header.reader.u32(header.at);
    const end = names.indexOf('\0', nameAt);
    const name = nameAt < names.length && end >= 0 ? names.slice(nameAt, Math.min(end, nameAt + 64)) : '';
    return [clamp(name, at(header, 24, 16), at(header, 32, 20), at(header, 16, 12), (at(header, 8, 8) & SHF_WRITE) !== 0)];
  });
  // Without sections (stripped off, or cut off with the end of the file) only the segments can tell.
  if (sections.length === 0 && segments.some((segment) => segment.cut)) truncated = true;
  return { format: 'elf', littleEndian, sections, segments, truncated };
}
