/** Numbers out of untrusted bytes: outside the bytes everything reads as 0, so that a lying offset cannot throw. */
export interface ByteReader {
  readonly length: number;
  u8(at: number): number;
  u16(at: number): number;
  u32(at: number): number;
  /** As a double; values above 2^53 lose precision, which no valid file offset reaches. */
  u64(at: number): number;
}

export function byteReader(bytes: Uint8Array, littleEndian: boolean): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength;
  const u32 = (at: number): number => (at >= 0 && at + 4 <= length ? view.getUint32(at, littleEndian) : 0);
  return {
    length,
    u8: (at) => (at >= 0 && at < length ? view.getUint8(at) : 0),
    u16: (at) => (at >= 0 && at + 2 <= length ? view.getUint16(at, littleEndian) : 0),
    u32,
    u64: (at) => (littleEndian ? u32(at) + u32(at + 4) * 2 ** 32 : u32(at) * 2 ** 32 + u32(at + 4)),
  };
}
