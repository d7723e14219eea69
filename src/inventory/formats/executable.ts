/** The parts of a program file that catalogers look for, the same for ELF, PE and Mach-O. Reads headers only, never the whole file. */
import type { FileContent } from '../../artifacts/file.ts';
import { readElf } from './elf.ts';
import { readMachO } from './macho.ts';
import { readPe } from './pe.ts';

export interface Part {
  readonly name: string;
  /** In the file; clamped to it. */
  readonly offset: number;
  readonly size: number;
  /** Where it is in memory. */
  readonly address: number;
  readonly writable: boolean;
}

export interface Executable {
  readonly format: 'elf' | 'pe' | 'mach-o';
  readonly littleEndian: boolean;
  readonly sections: readonly Part[];
  /** What is loaded to which address. */
  readonly segments: readonly Part[];
  /** Its headers point beyond the end of the file, or are damaged. */
  readonly truncated: boolean;
}

/** Several catalogers look at the same file in turn: its headers are read once. */
const known = new WeakMap<FileContent, Executable | 'other'>();

/** The program's headers, or undefined when it is not one. Never throws. */
export function openExecutable(content: FileContent): Executable | undefined {
  let found = known.get(content);
  if (found === undefined) {
    found = readElf(content) ?? readPe(content) ?? readMachO(content) ?? 'other';
    known.set(content, found);
  }
  return found === 'other' ? undefined : found;
}

export function section(executable: Executable, ...names: readonly string[]): Part | undefined {
  return executable.sections.find((part) => names.includes(part.name));
}

/** The file offset of a memory address, or undefined when no part of the file is there. */
export function offsetOf(executable: Executable, address: number): number | undefined {
  const part = executable.segments.find((segment) => address >= segment.address && address < segment.address + segment.size);
  return part === undefined ? undefined : part.offset + (address - part.address);
}
