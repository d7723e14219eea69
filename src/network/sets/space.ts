/** The two address spaces: text to points and back, and which part of each is the Internet. */
import ipaddr from 'ipaddr.js';
import type { Point, Spans } from './spans.ts';
import { subtract, unionAll } from './spans.ts';

export type Span<P extends Point> = readonly [from: P, to: P];

export interface Space<P extends Point> {
  readonly family: 4 | 6;
  /** A single address; undefined when the text is none of this family. */
  address(text: string): P | undefined;
  /** A CIDR block or single address as a half-open span; host bits are cut off. */
  cidr(text: string): Span<P> | undefined;
  format(point: P): string;
  /** The next address. */
  after(point: P): P;
  /** The address before. */
  before(point: P): P;
  readonly everything: Spans<P>;
  /** Global unicast addresses without those for special use. https://www.iana.org/assignments/iana-ipv4-special-registry/ */
  readonly internet: Spans<P>;
  /** For use inside of organisations (RFC 1918, RFC 6598, RFC 4193). */
  readonly private: Spans<P>;
}

function spansOf<P extends Point>(cidr: (text: string) => Span<P> | undefined, list: readonly string[]): Spans<P> {
  return unionAll(list.flatMap((text) => [cidr(text)].filter((span) => span !== undefined)));
}

const [ZERO, NINE, DOT] = [0x30, 0x39, 0x2e];

/** Strict dotted decimal, read character by character: estates have millions. */
function address4(text: string): number | undefined {
  let value = 0;
  let part = -1;
  let dots = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= ZERO && code <= NINE) {
      // No leading zeros: some read them as octal.
      if (part === 0) return undefined;
      part = (part < 0 ? 0 : part * 10) + code - ZERO;
      if (part > 255) return undefined;
    } else if (code === DOT && part >= 0 && dots < 3) {
      value = value * 256 + part;
      part = -1;
      dots++;
    } else return undefined;
  }
  return part < 0 || dots !== 3 ? undefined : value * 256 + part;
}

function prefixLength(text: string | undefined, bits: number): number | undefined {
  if (text === undefined) return bits;
  const length = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  return length <= bits ? length : undefined;
}

function cidr4(text: string): Span<number> | undefined {
  const [head = '', tail, ...rest] = text.split('/');
  const base = address4(head);
  const length = prefixLength(tail, 32);
  if (base === undefined || length === undefined || rest.length > 0) return undefined;
  const size = 2 ** (32 - length);
  const from = Math.floor(base / size) * size;
  return [from, from + size];
}

function address6(text: string): bigint | undefined {
  if (!text.includes(':') || text.length > 45 || text.includes('%')) return undefined;
  try {
    return ipaddr.IPv6.parse(text).parts.reduce((value, part) => (value << 16n) | BigInt(part), 0n);
  } catch {
    // It is none. Asking first would read it twice.
    return undefined;
  }
}

function cidr6(text: string): Span<bigint> | undefined {
  const [head = '', tail, ...rest] = text.split('/');
  const base = address6(head);
  const length = prefixLength(tail, 128);
  if (base === undefined || length === undefined || rest.length > 0) return undefined;
  const shift = BigInt(128 - length);
  const from = (base >> shift) << shift;
  return [from, from + (1n << shift)];
}

const SPECIAL4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3';
const SPECIAL6 = '2001::/23 2001:db8::/32 2002::/16 3fff::/20';

export const SPACE4: Space<number> = {
  family: 4,
  address: address4,
  cidr: cidr4,
  format: (point) => `${point >>> 24}.${(point >>> 16) & 255}.${(point >>> 8) & 255}.${point & 255}`,
  after: (point) => point + 1,
  before: (point) => point - 1,
  everything: [0, 2 ** 32],
  internet: subtract([0, 2 ** 32], spansOf(cidr4, SPECIAL4.split(' '))),
  private: spansOf(cidr4, ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10']),
};

export const SPACE6: Space<bigint> = {
  family: 6,
  address: address6,
  cidr: cidr6,
  format: (point) => {
    const groups = Array.from({ length: 8 }, (_, index) => Number((point >> BigInt(112 - 16 * index)) & 0xffffn));
    return new ipaddr.IPv6(groups).toRFC5952String();
  },
  after: (point) => point + 1n,
  before: (point) => point - 1n,
  everything: [0n, 1n << 128n],
  internet: subtract(spansOf(cidr6, ['2000::/3']), spansOf(cidr6, SPECIAL6.split(' '))),
  private: spansOf(cidr6, ['fc00::/7']),
};

/** Which family a CIDR block or address is of; undefined when it is none. */
export function familyOf(text: string): 4 | 6 | undefined {
  if (cidr4(text) !== undefined) return 4;
  return cidr6(text) === undefined ? undefined : 6;
}
