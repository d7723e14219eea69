/** One package header as every rpm database stores it. https://rpm-software-management.github.io/rpm/manual/format_header.html */

/** Tag numbers: https://rpm-software-management.github.io/rpm/manual/tags.html */
const TAG = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  license: 1014,
  architecture: 1022,
  oldFileNames: 1027,
  sourceRpm: 1044,
  directoryIndexes: 1116,
  baseNames: 1117,
  directoryNames: 1118,
  modularityLabel: 5096,
} as const;
const WANTED = new Set<number>(Object.values(TAG));

const INT32 = 4;
const STRING = 6;
const STRING_ARRAY = 8;
const I18N_STRING = 9;

/** rpm's own bounds: 65535 tags, 256 MiB of data. */
const MAX_TAGS = 0xffff;
const MAX_DATA = 256 * 1024 * 1024;
const MAX_PATH = 4096;

export interface RpmHeader {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly epoch?: number;
  readonly architecture?: string;
  readonly vendor?: string;
  readonly license?: string;
  /** `openssl-1.1.1k-7.el8.src.rpm` */
  readonly sourceRpm?: string;
  readonly modularityLabel?: string;
  /** Absolute paths, made as they are asked for. */
  files(): Generator<string>;
}

interface Entry {
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

/** The header of a blob, or why it is not one. Never throws. */
export function readHeader(blob: Uint8Array): RpmHeader | { readonly error: string } {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  if (bytes.length < 8) return { error: 'it is cut off' };
  const tags = bytes.readUInt32BE(0);
  const dataLength = bytes.readUInt32BE(4);
  if (tags === 0 || tags > MAX_TAGS || dataLength > MAX_DATA) return { error: 'its sizes are impossible' };
  const start = 8 + tags * 16;
  if (start + dataLength > bytes.length) return { error: 'it is shorter than it says' };
  const data = bytes.subarray(start, start + dataLength);
  const entries = new Map<number, Entry>();
  for (let at = 8; at < start; at += 16) {
    const tag = bytes.readUInt32BE(at);
    if (!WANTED.has(tag)) continue;
    // Entries added at installation follow the signed ones and replace them, hence the last one counts.
    entries.set(tag, {
      type: bytes.readUInt32BE(at + 4),
      offset: bytes.readUInt32BE(at + 8),
      count: bytes.readUInt32BE(at + 12),
    });
  }

  function text(tag: number): string | undefined {
    const entry = entries.get(tag);
    if (entry === undefined || (entry.type !== STRING && entry.type !== I18N_STRING && entry.type !== STRING_ARRAY))
      return undefined;
    const end = data.indexOf(0, entry.offset);
    return entry.offset >= data.length || end < 0 ? undefined : data.toString('utf8', entry.offset, end);
  }

  function number(tag: number): number | undefined {
    const entry = entries.get(tag);
    return entry?.type !== INT32 || entry.count < 1 || entry.offset + 4 > data.length
      ? undefined
      : data.readUInt32BE(entry.offset);
  }

  function* texts(tag: number): Generator<string> {
    const entry = entries.get(tag);
    if (entry?.type !== STRING_ARRAY) return;
    let at = entry.offset;
    // A lying count ends with the data: every string takes at least its terminator.
    for (let index = 0; index < entry.count && at < data.length; index++) {
      const end = data.indexOf(0, at);
      if (end < 0) return;
      yield data.toString('utf8', at, end);
      at = end + 1;
    }
  }

  function* files(): Generator<string> {
    const directories = [...texts(TAG.directoryNames)];
    const indexes = entries.get(TAG.directoryIndexes);
    let at = indexes?.type === INT32 ? indexes.offset : data.length;
    for (const base of texts(TAG.baseNames)) {
      if (at + 4 > data.length) break;
      const directory = directories[data.readUInt32BE(at)];
      // Longer than any path a system accepts: not a file, and a trap for memory.
      if (directory !== undefined && directory.length + base.length <= MAX_PATH) yield `${directory}${base}`;
      at += 4;
    }
    yield* texts(TAG.oldFileNames);
  }

  const [name, version, release] = [text(TAG.name), text(TAG.version), text(TAG.release)];
  if (!name || !version || release === undefined) return { error: 'it names no package' };
  if (/[\s\x00-\x1f]/.test(name + version + release)) return { error: 'its name or version is not readable' };
  const epoch = number(TAG.epoch);
  const facts = {
    architecture: text(TAG.architecture),
    vendor: text(TAG.vendor),
    license: text(TAG.license),
    sourceRpm: text(TAG.sourceRpm),
    modularityLabel: text(TAG.modularityLabel),
  };
  return { name, version, release, ...(epoch === undefined ? {} : { epoch }), ...known(facts), files };
}

function known(facts: Record<string, string | undefined>): Partial<RpmHeader> {
  return Object.fromEntries(
    Object.entries(facts).filter(([, value]) => value !== undefined && value !== '' && value !== '(none)'),
  );
}
