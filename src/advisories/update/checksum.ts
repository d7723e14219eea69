/** Checksums that upstreams offer, and the check of a downloaded file. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export type Algorithm = 'sha256' | 'sha512' | 'sha1' | 'md5' | 'crc32c';

export interface Checksum {
  readonly algorithm: Algorithm;
  /** Lower-case hexadecimal. */
  readonly value: string;
}

const LENGTHS: Readonly<Record<Algorithm, number>> = { sha256: 32, sha512: 64, sha1: 20, md5: 16, crc32c: 4 };

/** Google Cloud Storage's `x-goog-hash: crc32c=…,md5=…` (base64). https://cloud.google.com/storage/docs/xml-api/reference-headers */
export function googleChecksums(header: string | null): Checksum[] {
  const checksums: Checksum[] = [];
  for (const part of (header ?? '').slice(0, 1000).split(',')) {
    const [, algorithm, encoded = ''] = /^\s*(md5|crc32c)=([A-Za-z0-9+/]+=*)\s*$/.exec(part) ?? [];
    const bytes = Buffer.from(encoded, 'base64');
    if ((algorithm === 'md5' || algorithm === 'crc32c') && bytes.length === LENGTHS[algorithm])
      checksums.push({ algorithm, value: bytes.toString('hex') });
  }
  return checksums;
}

/** A checksum of an rpm repository's metadata; undefined for kinds that are not known. */
export function repositoryChecksum(type: string, value: string): Checksum | undefined {
  const algorithm = ({ sha: 'sha1', sha1: 'sha1', sha256: 'sha256', sha512: 'sha512', md5: 'md5' } as const)[type];
  if (algorithm === undefined) return undefined;
  const plain = value.trim().toLowerCase();
  return /^[0-9a-f]+$/.test(plain) && plain.length === 2 * LENGTHS[algorithm] ? { algorithm, value: plain } : undefined;
}

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), reflected. */
const CRC32C = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

interface Digest {
  update(bytes: Uint8Array): void;
  value(): string;
}

function digestOf(algorithm: Algorithm): Digest {
  if (algorithm !== 'crc32c') {
    const hash = createHash(algorithm);
    return { update: (bytes) => void hash.update(bytes), value: () => hash.digest('hex') };
  }
  let crc = 0xffffffff;
  return {
    update(bytes) {
      for (const byte of bytes) crc = (CRC32C[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
    },
    value: () => ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0'),
  };
}

export interface FileDigests {
  readonly size: number;
  readonly sha256: string;
  /** The expected checksums that do not hold. */
  readonly wrong: readonly Checksum[];
}

/** Reads a file once for its SHA-256 and every expected checksum. */
export async function digestFile(path: string, expected: readonly Checksum[]): Promise<FileDigests> {
  const sha256 = createHash('sha256');
  const digests = expected.map((checksum) => ({ checksum, digest: digestOf(checksum.algorithm) }));
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    sha256.update(chunk);
    for (const { digest } of digests) digest.update(chunk);
  }
  const wrong = digests.flatMap(({ checksum, digest }) => (digest.value() === checksum.value ? [] : [checksum]));
  return { size, sha256: sha256.digest('hex'), wrong };
}
