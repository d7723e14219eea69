/** The build information that the Go linker leaves in programs. https://github.com/golang/go/blob/master/src/debug/buildinfo/buildinfo.go */
import type { FileContent } from '../../../artifacts/file.ts';
import { byteReader } from '../../formats/bytes.ts';
import { type Executable, offsetOf, type Part, section } from '../../formats/executable.ts';

const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
const ALIGNMENT = 16;
const MAX_TEXT = 16 * 1024 * 1024;
/** How far into the data of a program without section names the information is looked for. */
const MAX_SEARCH = 1024 * 1024;
const POINTER_BYTES = 2;
const INLINE = 2;
/** Sixteen marker bytes before and after the module list. */
const SENTINEL = 16;

export interface BuildInfo {
  /** As in `runtime.Version()`: `go1.22.1`. */
  readonly goVersion: string;
  /** Lines of `path`, `mod`, `dep`, `=>` and `build`; empty when built without modules. */
  readonly modules: string;
}

/** The build information; undefined when the program was not made by Go; an error when it was and cannot be read. */
export function readBuildInfo(content: FileContent, executable: Executable): BuildInfo | { readonly error: string } | undefined {
  const at = findMagic(content, executable);
  if (at === undefined) return undefined;
  const head = content.read(at, 32);
  if (head.length < 32) return { error: 'it is cut off' };
  const flags = head[15] ?? 0;
  const texts = (flags & INLINE) !== 0 ? inlineTexts(content, at + 32) : pointedTexts(content, executable, head);
  if (texts === undefined) return { error: 'it points outside the file' };
  const [goVersion, framed] = texts;
  if (goVersion === '') return { error: 'it names no Go version' };
  const framedRight = framed.length >= 2 * SENTINEL + 1 && framed[framed.length - SENTINEL - 1] === '\n';
  // Programs that were built without modules have no list.
  if (framed !== '' && !framedRight) return { error: 'its list of modules is damaged' };
  return { goVersion, modules: Buffer.from(framed.slice(SENTINEL, -SENTINEL), 'latin1').toString('utf8') };
}

function findMagic(content: FileContent, executable: Executable): number | undefined {
  const named = section(executable, '.go.buildinfo', '__go_buildinfo');
  if (named !== undefined) return search(content, named);
  // Programs with sections have one of that name when Go made them; PE has none such, and stripped ones have no names at all.
  if (executable.format !== 'pe' && executable.sections.length > 0) return undefined;
  for (const part of executable.segments) {
    const found = part.writable ? search(content, part) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function search(content: FileContent, part: Part): number | undefined {
  const bytes = Buffer.from(content.read(part.offset, Math.min(part.size, MAX_SEARCH)));
  for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    if (at % ALIGNMENT === 0) return part.offset + at;
  }
  return undefined;
}

/** Since Go 1.18: two strings, each after its length as a varint. */
function inlineTexts(content: FileContent, start: number): [string, string] | undefined {
  const texts: string[] = [];
  let at = start;
  for (let index = 0; index < 2; index++) {
    const head = content.read(at, 10);
    let length = 0;
    let used = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = head[used++];
      if (byte === undefined) return undefined;
      length += (byte & 0x7f) * shift;
      if (byte < 0x80) break;
    }
    const text = readText(content, at + used, length);
    if (text === undefined) return undefined;
    texts.push(text);
    at += used + length;
  }
  return [texts[0] ?? '', texts[1] ?? ''];
}

function readText(content: FileContent, at: number, length: number): string | undefined {
  if (length > MAX_TEXT || at + length > content.size) return undefined;
  return Buffer.from(content.read(at, length)).toString('latin1');
}

/** Before Go 1.18: two pointers to string headers (pointer and length). */
function pointedTexts(content: FileContent, executable: Executable, head: Uint8Array): [string, string] | undefined {
  const pointerBytes = head[14] ?? 0;
  if (pointerBytes !== 4 && pointerBytes !== 8) return undefined;
  const littleEndian = ((head[15] ?? 0) & 1) === 0;
  const word = (bytes: Uint8Array, at: number): number => {
    const reader = byteReader(bytes, littleEndian);
    return pointerBytes === 8 ? reader.u64(at) : reader.u32(at);
  };
  const follow = (pointer: number): string | undefined => {
    if (pointer === 0) return '';
    const at = offsetOf(executable, pointer);
    if (at === undefined) return undefined;
    const header = content.read(at, POINTER_BYTES * pointerBytes);
    const length = word(header, pointerBytes);
    const textAt = offsetOf(executable, word(header, 0));
    return length === 0 ? '' : textAt === undefined ? undefined : readText(content, textAt, length);
  };
  const goVersion = follow(word(head, 16));
  const modules = follow(word(head, 16 + pointerBytes));
  return goVersion === undefined || modules === undefined ? undefined : [goVersion, modules];
}
