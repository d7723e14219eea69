/** Writes tiny programs for the tests: headers and named sections, nothing that could run. */

export interface TestSection {
  readonly name: string;
  readonly data: Uint8Array;
  /** Mach-O: the flags, whose lowest byte is the section's type. */
  readonly flags?: number;
  /** Mach-O: the size in memory; default: that of the data. */
  readonly size?: number;
}

const BASE = 0x400000;

/** An ELF file; every section is also a writable loaded segment, at `BASE` plus its offset. */
export function elfFile(
  sections: readonly TestSection[],
  options: { readonly wide?: boolean; readonly big?: boolean; readonly stripped?: boolean } = {},
): Buffer {
  const { wide = true, big = false, stripped = false } = options;
  const head = wide ? 64 : 52;
  const [programSize, sectionSize] = wide ? [56, 64] : [32, 40];
  let names = '\0';
  const nameAt = [...sections.map(({ name }) => name), '.shstrtab'].map((name) => {
    const at = names.length;
    names += `${name}\0`;
    return at;
  });
  const all = [...sections.map(({ data }) => Buffer.from(data)), Buffer.from(names, 'latin1')];
  let offset = Math.ceil((head + programSize * sections.length) / 16) * 16;
  const offsets = all.map((data) => {
    const at = offset;
    offset = Math.ceil((offset + data.length) / 16) * 16;
    return at;
  });
  const file = Buffer.alloc(offset + (stripped ? 0 : sectionSize * (all.length + 1)));
  const u16 = (at: number, value: number): number => (big ? file.writeUInt16BE(value, at) : file.writeUInt16LE(value, at));
  const u32 = (at: number, value: number): number => (big ? file.writeUInt32BE(value, at) : file.writeUInt32LE(value, at));
  const word = (at: number, value: number): number => (wide ? u32(big ? at + 4 : at, value) : u32(at, value));
  file.write('\x7fELF', 'latin1');
  file[4] = wide ? 2 : 1;
  file[5] = big ? 2 : 1;
  word(wide ? 32 : 28, head);
  word(wide ? 40 : 32, stripped ? 0 : offset);
  const counts = wide ? 54 : 42;
  [programSize, sections.length, sectionSize, stripped ? 0 : all.length + 1, stripped ? 0 : all.length].forEach(
    (value, index) => void u16(counts + index * 2, value),
  );
  all.forEach((data, index) => {
    const at = offsets[index] ?? 0;
    data.copy(file, at);
    if (index < sections.length) {
      const program = head + index * programSize;
      u32(program, 1);
      u32(program + (wide ? 4 : 24), 6);
      word(program + (wide ? 8 : 4), at);
      word(program + (wide ? 16 : 8), BASE + at);
      word(program + (wide ? 32 : 16), data.length);
    }
    if (stripped) return;
    const entry = offset + (index + 1) * sectionSize;
    u32(entry, nameAt[index] ?? 0);
    u32(entry + 4, index < sections.length ? 1 : 3);
    word(entry + (wide ? 16 : 12), BASE + at);
    word(entry + (wide ? 24 : 16), at);
    word(entry + (wide ? 32 : 20), data.length);
  });
  return file;
}

/** Where `elfFile` loads its first section. */
export function firstAddress(sections: number, wide = true): number {
  return BASE + Math.ceil(((wide ? 64 : 52) + (wide ? 56 : 32) * sections) / 16) * 16;
}

/** A 64-bit PE file. */
export function peFile(sections: readonly TestSection[]): Buffer {
  const table = 64 + 24 + 240;
  let offset = Math.ceil((table + sections.length * 40) / 16) * 16;
  const parts: Buffer[] = [];
  const file = Buffer.alloc(offset);
  file.write('MZ');
  file.writeUInt32LE(64, 60);
  file.write('PE\0\0', 64, 'latin1');
  file.writeUInt16LE(sections.length, 64 + 6);
  file.writeUInt16LE(240, 64 + 20);
  file.writeUInt16LE(0x20b, 64 + 24);
  sections.forEach(({ name, data }, index) => {
    const at = table + index * 40;
    file.write(name, at, 8, 'latin1');
    file.writeUInt32LE(0x1000 * (index + 1), at + 12);
    file.writeUInt32LE(data.length, at + 16);
    file.writeUInt32LE(offset, at + 20);
    file.writeUInt32LE(0xc0000040, at + 36);
    parts.push(Buffer.from(data));
    offset += data.length;
  });
  return Buffer.concat([file, ...parts]);
}

/** A 64-bit little-endian Mach-O file with one data segment, optionally inside a universal file. */
export function machOFile(sections: readonly TestSection[], universal = false): Buffer {
  const commandSize = 72 + sections.length * 80;
  let offset = 32 + Math.ceil(commandSize / 16) * 16;
  const head = Buffer.alloc(offset);
  head.writeUInt32LE(0xfeedfacf, 0);
  head.writeUInt32LE(1, 16);
  head.writeUInt32LE(commandSize, 20);
  head.writeUInt32LE(0x19, 32);
  head.writeUInt32LE(commandSize, 36);
  head.write('__DATA', 40);
  head.writeUInt32LE(BASE, 56);
  head.writeUInt32LE(
    sections.reduce((sum, { data }) => sum + data.length, 0),
    80,
  );
  head.writeUInt32LE(offset, 72);
  head.writeUInt32LE(3, 92);
  head.writeUInt32LE(sections.length, 96);
  const parts: Buffer[] = [];
  sections.forEach(({ name, data, flags = 0, size = data.length }, index) => {
    const at = 32 + 72 + index * 80;
    head.write(name, at, 16);
    head.write('__DATA', at + 16);
    head.writeUInt32LE(BASE, at + 32);
    head.writeUInt32LE(size, at + 40);
    head.writeUInt32LE(offset, at + 48);
    head.writeUInt32LE(flags, at + 64);
    parts.push(Buffer.from(data));
    offset += data.length;
  });
  const program = Buffer.concat([head, ...parts]);
  if (!universal) return program;
  const outer = Buffer.alloc(64);
  outer.writeUInt32BE(0xcafebabe, 0);
  outer.writeUInt32BE(1, 4);
  outer.writeUInt32BE(64, 16);
  outer.writeUInt32BE(program.length, 20);
  return Buffer.concat([outer, program]);
}
