/** A tiny tar writer for tests: POSIX ustar with the extensions that real archives use, and able to lie. */

export interface TarEntry {
  readonly name: string;
  /** Type flag; default `0`, or `5` for names that end with a slash, `2` when there is a `link`. */
  readonly type?: string;
  readonly data?: Uint8Array | string;
  readonly link?: string;
  readonly mode?: number;
  /** PAX records before the entry. */
  readonly pax?: Readonly<Record<string, string>>;
  /** Write name (and link) as GNU long entries. */
  readonly gnuLong?: boolean;
  /** Directory part for the ustar prefix field. */
  readonly prefix?: string;
  /** Write the size in base-256. */
  readonly base256?: boolean;
  /** Claim another size than the data has. */
  readonly size?: number;
}

const BLOCK = 512;

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)]);
}

/** One header block. */
export function tarHeader(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const type = entry.type ?? (entry.name.endsWith('/') ? '5' : entry.link !== undefined ? '2' : '0');
  block.write(entry.name, 0, 100, 'utf8');
  block.write((entry.mode ?? (type === '5' ? 0o755 : 0o644)).toString(8).padStart(7, '0'), 100, 'latin1');
  block.write('0000000', 108, 'latin1');
  block.write('0000000', 116, 'latin1');
  if (entry.base256 === true) {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  } else block.write(size.toString(8).padStart(11, '0'), 124, 'latin1');
  block.write('00000000000', 136, 'latin1');
  block.write(type, 156, 'latin1');
  block.write(entry.link ?? '', 157, 100, 'utf8');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(entry.prefix ?? '', 345, 155, 'utf8');
  return seal(block);
}

/** Writes the checksum of a header block whose other fields may lie. */
export function seal(block: Buffer): Buffer {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148, 'latin1');
  return block;
}

/** PAX records as an extended header writes them. */
export function paxRecords(records: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + 1;
    while (String(length).length + rest !== length) length = String(length).length + rest;
    return `${length} ${key}=${value}\n`;
  });
  return Buffer.from(lines.join(''));
}

/** Builds a tar archive; `end: false` leaves out the end marker. */
export function makeTar(entries: readonly TarEntry[], options: { end?: boolean } = {}): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    const data = typeof entry.data === 'string' ? Buffer.from(entry.data) : Buffer.from(entry.data ?? new Uint8Array(0));
    if (entry.gnuLong === true) {
      for (const [type, text] of [
        ['K', entry.link],
        ['L', entry.name],
      ] as const) {
        if (text === undefined) continue;
        const bytes = Buffer.from(`${text}\0`);
        parts.push(tarHeader({ name: '././@LongLink', type }, bytes.length), padded(bytes));
      }
    }
    if (entry.pax !== undefined) {
      const records = paxRecords(entry.pax);
      parts.push(tarHeader({ name: 'PaxHeaders/x', type: 'x' }, records.length), padded(records));
    }
    parts.push(tarHeader(entry, entry.size ?? data.length), padded(data));
  }
  if (options.end !== false) parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
}
