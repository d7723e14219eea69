/** A tiny zip writer for tests: well-formed by default, and able to lie. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipMember {
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** Default deflate (8); 0 stores. */
  readonly method?: number;
  /** Unix mode with type bits; 0 means "made by DOS". */
  readonly mode?: number;
  readonly encrypted?: boolean;
  /** Claims instead of the truth. */
  readonly claim?: {
    readonly size?: number;
    readonly crc32?: number;
    readonly offset?: number;
    readonly compressedSize?: number;
  };
  readonly zip64?: boolean;
  /** Sizes and checksum follow the data, as streaming writers do. */
  readonly descriptor?: boolean;
}

function header(size: number, fill: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(size);
  fill(bytes);
  return bytes;
}

/** Builds a zip archive; `prefix` is put before it without adjusting offsets, as `cat stub.sh app.zip` does. */
export function makeZip(members: readonly ZipMember[], options: { prefix?: Uint8Array; comment?: string } = {}): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const data = typeof member.data === 'string' ? Buffer.from(member.data) : Buffer.from(member.data ?? new Uint8Array(0));
    const method = member.method ?? 8;
    const packed = method === 8 ? deflateRawSync(data) : data;
    const name = Buffer.from(member.name);
    const mode = member.mode ?? 0o100644;
    const crc = member.claim?.crc32 ?? crc32(data);
    const size = member.claim?.size ?? data.length;
    const compressedSize = member.claim?.compressedSize ?? packed.length;
    const place = member.claim?.offset ?? offset;
    const wide = member.zip64 === true;
    const later = member.descriptor === true;
    const flags = (member.encrypted === true ? 1 : 0) | (later ? 8 : 0);
    const local = header(30, (bytes) => {
      bytes.writeUInt32LE(0x04034b50, 0);
      bytes.writeUInt16LE(20, 4);
      bytes.writeUInt16LE(flags, 6);
      bytes.writeUInt16LE(method, 8);
      bytes.writeUInt32LE(later ? 0 : crc, 14);
      bytes.writeUInt32LE(later ? 0 : compressedSize, 18);
      bytes.writeUInt32LE(later ? 0 : size, 22);
      bytes.writeUInt16LE(name.length, 26);
    });
    const extra = wide
      ? header(28, (bytes) => {
          bytes.writeUInt16LE(1, 0);
          bytes.writeUInt16LE(24, 2);
          bytes.writeBigUInt64LE(BigInt(size), 4);
          bytes.writeBigUInt64LE(BigInt(compressedSize), 12);
          bytes.writeBigUInt64LE(BigInt(place), 20);
        })
      : Buffer.alloc(0);
    const record = header(46, (bytes) => {
      bytes.writeUInt32LE(0x02014b50, 0);
      bytes[4] = 63;
      bytes[5] = mode === 0 ? 0 : 3;
      bytes.writeUInt16LE(flags, 8);
      bytes.writeUInt16LE(method, 10);
      bytes.writeUInt32LE(crc, 16);
      bytes.writeUInt32LE(wide ? 0xffffffff : compressedSize, 20);
      bytes.writeUInt32LE(wide ? 0xffffffff : size, 24);
      bytes.writeUInt16LE(name.length, 28);
      bytes.writeUInt16LE(extra.length, 30);
      bytes.writeUInt32LE((mode << 16) >>> 0, 38);
      bytes.writeUInt32LE(wide ? 0xffffffff : place, 42);
    });
    const after = header(later ? 16 : 0, (bytes) => {
      if (!later) return;
      bytes.writeUInt32LE(0x08074b50, 0);
      bytes.writeUInt32LE(crc, 4);
      bytes.writeUInt32LE(compressedSize, 8);
      bytes.writeUInt32LE(size, 12);
    });
    locals.push(local, name, packed, after);
    central.push(record, name, extra);
    offset += local.length + name.length + packed.length + after.length;
  }
  const directory = Buffer.concat(central);
  const comment = Buffer.from(options.comment ?? '');
  const wideEnd = members.some((member) => member.zip64 === true);
  const end64 = wideEnd
    ? header(76, (bytes) => {
        bytes.writeUInt32LE(0x06064b50, 0);
        bytes.writeBigUInt64LE(44n, 4);
        bytes.writeBigUInt64LE(BigInt(members.length), 24);
        bytes.writeBigUInt64LE(BigInt(members.length), 32);
        bytes.writeBigUInt64LE(BigInt(directory.length), 40);
        bytes.writeBigUInt64LE(BigInt(offset), 48);
        bytes.writeUInt32LE(0x07064b50, 56);
        bytes.writeBigUInt64LE(BigInt(offset + directory.length), 64);
        bytes.writeUInt32LE(1, 72);
      })
    : Buffer.alloc(0);
  const end = header(22, (bytes) => {
    bytes.writeUInt32LE(0x06054b50, 0);
    bytes.writeUInt16LE(wideEnd ? 0xffff : members.length, 8);
    bytes.writeUInt16LE(wideEnd ? 0xffff : members.length, 10);
    bytes.writeUInt32LE(wideEnd ? 0xffffffff : directory.length, 12);
    bytes.writeUInt32LE(wideEnd ? 0xffffffff : offset, 16);
    bytes.writeUInt16LE(comment.length, 20);
  });
  return Buffer.concat([options.prefix ?? Buffer.alloc(0), ...locals, directory, end64, end, comment]);
}
