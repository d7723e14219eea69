/** Mach-O headers; of a universal file, the first program. https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h */
import type { FileContent } from '../../artifacts/file.ts';
import { byteReader } from './bytes.ts';
import type { Executable, Part } from './executable.ts';

const UNIVERSAL = 0xcafebabe;
const MAX_COMMANDS = 4096;
const MAX_COMMAND_BYTES = 1024 * 1024;
const SEGMENT = 1;
const SEGMENT_64 = 0x19;
const VM_WRITE = 2;
/** Section types without bytes in the file (`__bss`, `__common`): S_ZEROFILL, S_GB_ZEROFILL, S_THREAD_LOCAL_ZEROFILL. */
const ZERO_FILLED: ReadonlySet<number> = new Set([0x1, 0xc, 0x12]);

const NOTHING = { format: 'mach-o', littleEndian: false, sections: [], segments: [] } as const satisfies Partial<Executable>;

export function readMachO(content: FileContent): Executable | undefined {
  const magic = byteReader(content.read(0, 32), false);
  if (magic.u32(0) !== UNIVERSAL) return readProgram(content, 0);
  // Java classes share the magic number; their version is above any number of programs in one file.
  const programs = magic.u32(4);
  if (programs > 30) return undefined;
  const start = magic.u32(16);
  // The table of programs, or the first of them, is cut off.
  if (magic.length < 28 || start + 4 > content.size) return { ...NOTHING, truncated: true };
  return programs === 0 ? undefined : readProgram(content, start);
}

function readProgram(content: FileContent, start: number): Executable | undefined {
  const bytes = content.read(start, 32);
  const bigMagic = byteReader(bytes, false).u32(0);
  const littleMagic = byteReader(bytes, true).u32(0);
  const littleEndian = littleMagic === 0xfeedface || littleMagic === 0xfeedfacf;
  if (!littleEndian && bigMagic !== 0xfeedface && bigMagic !== 0xfeedfacf) return undefined;
  const wide = (littleEndian ? littleMagic : bigMagic) === 0xfeedfacf;
  const head = byteReader(bytes, littleEndian);
  const declared = head.u32(20);
  const data = content.read(start + (wide ? 32 : 28), Math.min(declared, MAX_COMMAND_BYTES));
  const commands = byteReader(data, littleEndian);
  const text = (at: number): string =>
    Buffer.from(data.subarray(at, at + 16))
      .toString('latin1')
      .replace(/\0.*$/s, '');
  const word = (at: number): number => (wide ? commands.u64(at) : commands.u32(at));
  const part = (name: string, offset: number, size: number, address: number, writable: boolean): Part => {
    const from = Math.min(start + offset, content.size);
    truncated ||= start + offset + size > content.size;
    return { name, offset: from, size: Math.min(size, content.size - from), address, writable };
  };
  let truncated = bytes.length < (wide ? 32 : 28) || data.length < Math.min(declared, MAX_COMMAND_BYTES);
  const sections: Part[] = [];
  const segments: Part[] = [];
  let at = 0;
  for (let index = Math.min(head.u32(16), MAX_COMMANDS); index > 0 && at + 8 <= data.length; index--) {
    const [kind, size] = [commands.u32(at), commands.u32(at + 4)];
    if (size < 8) break;
    if (kind === SEGMENT || kind === SEGMENT_64) {
      const [fileAt, protection, count, first, entry] = wide ? [40, 60, 64, 72, 80] : [32, 44, 48, 56, 68];
      const writable = (commands.u32(at + protection) & VM_WRITE) !== 0;
      segments.push(part(text(at + 8), word(at + fileAt), word(at + fileAt + (wide ? 8 : 4)), word(at + 24), writable));
      const sectionCount = Math.min(commands.u32(at + count), Math.floor((size - first) / entry));
      for (let number = 0; number < sectionCount; number++) {
        const from = at + first + number * entry;
        if (from + entry > data.length) break;
        const stored = !ZERO_FILLED.has(commands.u32(from + (wide ? 64 : 56)) & 0xff);
        const offset = stored ? commands.u32(from + (wide ? 48 : 40)) : 0;
        const length = stored ? word(from + (wide ? 40 : 36)) : 0;
        sections.push(part(text(from), offset, length, word(from + 32), writable));
      }
    }
    at += size;
  }
  return { format: 'mach-o', littleEndian, sections, segments, truncated };
}
