/** PE headers. https://learn.microsoft.com/en-us/windows/win32/debug/pe-format */
import type { FileContent } from '../../artifacts/file.ts';
import { byteReader } from './bytes.ts';
import type { Executable } from './executable.ts';

const MAX_SECTIONS = 96;
const WRITE = 0x80000000;
/** The signature and the header of a COFF file, up to the optional header. */
const HEADER = 24;
const NOTHING = { format: 'pe', littleEndian: true, sections: [], segments: [] } as const satisfies Partial<Executable>;

export function readPe(content: FileContent): Executable | undefined {
  const dos = byteReader(content.read(0, 64), true);
  if (dos.u16(0) !== 0x5a4d) return undefined;
  const start = dos.u32(60);
  const head = byteReader(content.read(start, 24 + 32), true);
  // A plain DOS program, or one whose header is cut off: nothing in it can be told.
  if (head.u32(0) !== 0x4550) return start > 0 && start + 4 > content.size ? { ...NOTHING, truncated: true } : undefined;
  if (head.length < HEADER) return { ...NOTHING, truncated: true };
  const count = Math.min(head.u16(6), MAX_SECTIONS);
  const optionalSize = head.u16(20);
  const imageBase = head.u16(24) === 0x20b ? head.u64(24 + 24) : head.u32(24 + 28);
  const table = content.read(start + 24 + optionalSize, count * 40);
  const reader = byteReader(table, true);
  let truncated = table.length < count * 40;
  const sections = Array.from({ length: Math.floor(table.length / 40) }, (_, index) => {
    const at = index * 40;
    const name = Buffer.from(table.subarray(at, at + 8))
      .toString('latin1')
      .replace(/\0.*$/s, '');
    const offset = Math.min(reader.u32(at + 20), content.size);
    const size = Math.min(reader.u32(at + 16), content.size - offset);
    truncated ||= reader.u32(at + 20) + reader.u32(at + 16) > content.size;
    return { name, offset, size, address: imageBase + reader.u32(at + 12), writable: reader.u32(at + 36) >= WRITE };
  });
  return { format: 'pe', littleEndian: true, sections, segments: sections, truncated };
}
