/**
 * bun.lockb, format versions 2 and 3: columns of fixed-width records in the byte order of x86, then arrays. Nothing describes it but its
 * reader: https://github.com/oven-sh/bun/blob/main/src/install/lockfile/bun.lockb.zig
 */
import { fail, incomplete, ok, type Result } from '../../../model/problem.ts';
import { packageName, packageVersion } from '../../javascript/names.ts';
import type { BunLock, BunPackage } from './packages.ts';

const MAGIC = '#!/usr/bin/env bun\nbun-lockfile-format-v0\n';
const META_HASH = 32;
/** Bytes of a package's resolution: version 3 made the parts of a version 64 bits wide. */
const RESOLUTION_SIZE: Readonly<Record<number, number>> = { 2: 64, 3: 72 };
const DEPENDENCY_SIZE = 26;
const NAME_SIZE = 8;
const HASH_SIZE = 8;
const SLICE_SIZE = 8;
const MAX_STRING = 4096;
/** Bits of why a dependency is there. */
const DEVELOPMENT = 8;
const WORKSPACE = 32;
const NO_PACKAGE = 0xffffffff;

/** What a package comes from. */
const TAG = { root: 1, npm: 2, workspace: 72 } as const;
/** Of these, the place is one string. */
const PLACES = new Set([4, 8, 72, 80]);
/** Of these, it is a repository: owner, name, commit. */
const REPOSITORIES: ReadonlyMap<number, string> = new Map([
  [16, 'github:'],
  [32, 'git+'],
]);
const LINK = 64;

const ADVICE =
  'its packages are not assessed. Turn it into text with `bun install --save-text-lockfile --frozen-lockfile --lockfile-only`.';

/** Thrown and caught inside this file only: the lock file breaks its own rules. */
class Corrupt extends Error {}

class Reader {
  readonly #bytes: Buffer;
  #strings: Buffer = Buffer.alloc(0);

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  set strings(range: Range) {
    this.#strings = this.#bytes.subarray(range.start, range.end);
  }

  #check(at: number, size: number): void {
    if (!(at >= 0 && at + size <= this.#bytes.length)) throw new Corrupt('it ends early');
  }

  startsWith(magic: string): boolean {
    return this.#bytes.toString('latin1', 0, magic.length) === magic;
  }

  byte(at: number): number {
    this.#check(at, 1);
    return this.#bytes.readUInt8(at);
  }

  u32(at: number): number {
    this.#check(at, 4);
    return this.#bytes.readUInt32LE(at);
  }

  u64(at: number): bigint {
    this.#check(at, 8);
    return this.#bytes.readBigUInt64LE(at);
  }

  /** A count or position. */
  size(at: number): number {
    const value = this.u64(at);
    if (value > BigInt(this.#bytes.length)) throw new Corrupt('a position is outside of it');
    return Number(value);
  }

  /** Up to eight bytes are kept in place; longer strings are elsewhere, which the highest bit tells. */
  string(at: number): string {
    this.#check(at, NAME_SIZE);
    if ((this.byte(at + 7) & 0x80) === 0) {
      const inline = this.#bytes.subarray(at, at + NAME_SIZE);
      const end = inline.indexOf(0);
      return inline.toString('utf8', 0, end < 0 ? NAME_SIZE : end);
    }
    const offset = this.u32(at);
    const length = this.u32(at + 4) & 0x7fffffff;
    if (offset + length > this.#strings.length) throw new Corrupt('a name is outside of its table');
    return length > MAX_STRING ? '' : this.#strings.toString('utf8', offset, offset + length);
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Start and end of the array whose header is at a position. */
function arrayAt(reader: Reader, at: number): Range {
  const start = reader.size(at);
  const end = reader.size(at + 8);
  if (start < at + 16 || end < start) throw new Corrupt('an array has no place');
  return { start, end };
}

function versionAt(reader: Reader, at: number, format: number): string {
  const wide = format !== 2;
  const part = (index: number) => (wide ? reader.u64(at + index * 8) : BigInt(reader.u32(at + index * 4)));
  const tag = at + (wide ? 24 : 16);
  const pre = reader.string(tag);
  const build = reader.string(tag + NAME_SIZE + HASH_SIZE);
  return `${part(0)}.${part(1)}.${part(2)}${pre === '' ? '' : `-${pre}`}${build === '' ? '' : `+${build}`}`;
}

function sourceAt(reader: Reader, at: number, tag: number): string {
  if (PLACES.has(tag)) return reader.string(at);
  const scheme = REPOSITORIES.get(tag);
  if (scheme === undefined) return '';
  const [owner, name, commit] = [reader.string(at), reader.string(at + NAME_SIZE), reader.string(at + 2 * NAME_SIZE)];
  return `${scheme}${owner === '' ? '' : `${owner}/`}${name}${commit === '' ? '' : `#${commit}`}`;
}

function parse(reader: Reader): BunLock {
  let at = MAGIC.length;
  const format = reader.u32(at);
  const resolutionSize = RESOLUTION_SIZE[format];
  if (resolutionSize === undefined) throw new Corrupt(`format version ${format} is not known`);
  at += 4 + META_HASH + 8;
  const count = reader.size(at);
  // Then the alignment and the number of columns.
  const columns: Range = { start: reader.size(at + 24), end: reader.size(at + 32) };
  const width = NAME_SIZE + HASH_SIZE + resolutionSize + 2 * SLICE_SIZE;
  if (columns.start + count * width > columns.end) throw new Corrupt('the list of packages has no place');
  const trees = arrayAt(reader, columns.end);
  const hoisted = arrayAt(reader, trees.end);
  const resolutions = arrayAt(reader, hoisted.end);
  const dependencies = arrayAt(reader, resolutions.end);
  const external = arrayAt(reader, dependencies.end);
  reader.strings = arrayAt(reader, external.end);

  const names = columns.start;
  const sources = names + count * (NAME_SIZE + HASH_SIZE);
  const slices = sources + count * resolutionSize;
  const total = Math.floor((dependencies.end - dependencies.start) / DEPENDENCY_SIZE);
  if (resolutions.end - resolutions.start < total * 4) throw new Corrupt('dependencies are without their answers');
  const packages: BunPackage[] = [];
  let invalid = 0;
  let seen = 0;
  for (let index = 0; index < count; index++) {
    const resolution = sources + index * resolutionSize;
    const tag = reader.byte(resolution);
    if (tag === LINK) continue;
    const own = tag === TAG.root || tag === TAG.workspace;
    const value = resolution + 8;
    const name = packageName(reader.string(names + index * NAME_SIZE));
    const version = tag === TAG.npm ? packageVersion(versionAt(reader, value + NAME_SIZE, format)) : '';
    if ((name === undefined && !own) || version === undefined) {
      invalid++;
      continue;
    }
    const first = reader.u32(slices + index * SLICE_SIZE);
    const length = reader.u32(slices + index * SLICE_SIZE + 4);
    // Every dependency belongs to one package, so that no claim can make this loop longer than the file.
    seen += length;
    if (first + length > total || seen > total) throw new Corrupt('dependencies are counted twice');
    const uses: string[] = [];
    const development: string[] = [];
    for (let each = first; each < first + length; each++) {
      const target = reader.u32(resolutions.start + each * 4);
      if (target === NO_PACKAGE || target >= count) continue;
      const behaviour = reader.byte(dependencies.start + each * DEPENDENCY_SIZE + 16);
      // The project lists its workspaces as well; it need not use them.
      if (behaviour === WORKSPACE) continue;
      (own && (behaviour & DEVELOPMENT) !== 0 ? development : uses).push(String(target));
    }
    const source = sourceAt(reader, value, tag);
    packages.push({
      key: String(index),
      name: name ?? '',
      version,
      source,
      ...(own ? { workspace: tag === TAG.root ? '' : source } : {}),
      uses,
      development,
    });
  }
  return { kind: 'lock', packages, invalid };
}

/** The packages of a binary lock file. Problem: `bun-lockb-unreadable`. */
export function parseBunBinary(bytes: Uint8Array): Result<BunLock> {
  const reader = new Reader(bytes);
  const problem = (why: string) => fail(incomplete('bun-lockb-unreadable', `This bun.lockb cannot be read (${why}): ${ADVICE}`));
  if (!reader.startsWith(MAGIC)) return problem('it does not begin as one');
  try {
    return ok(parse(reader));
  } catch (error) {
    if (error instanceof Corrupt) return problem(error.message);
    throw error;
  }
}
