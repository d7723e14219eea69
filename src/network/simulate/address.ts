/** Addresses and prefixes as plain numbers: the simulator's own reading of their text. */

export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** A prefix; `value` has no bits beyond `length`. */
export interface Prefix {
  readonly family: 4 | 6;
  readonly value: bigint;
  readonly length: number;
}

function parseFour(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return BigInt(value);
}

function parseGroups(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else {
      const four = index === parts.length - 1 ? parseFour(part) : undefined;
      if (four === undefined) return undefined;
      groups.push(four >> 16n, four & 0xffffn);
    }
  }
  return groups;
}

function parseSix(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '');
  const tail = parseGroups(halves[1] ?? '');
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** Undefined for anything that is no address. */
export function parseAddress(text: unknown): Address | undefined {
  if (typeof text !== 'string' || text.length > 45) return undefined;
  const family = text.includes(':') ? 6 : 4;
  const value = family === 4 ? parseFour(text) : parseSix(text);
  return value === undefined ? undefined : { family, value };
}

/** A prefix; an address alone is none. Bits beyond the length are cleared, as AWS does. */
export function parsePrefix(text: unknown): Prefix | undefined {
  if (typeof text !== 'string') return undefined;
  const [head, digits, ...rest] = text.split('/');
  const address = parseAddress(head);
  if (address === undefined || digits === undefined || rest.length > 0 || !/^\d{1,3}$/.test(digits)) return undefined;
  const width = address.family === 4 ? 32 : 128;
  const length = Number(digits);
  if (length > width) return undefined;
  const shift = BigInt(width - length);
  return { family: address.family, value: (address.value >> shift) << shift, length };
}

export function prefixHolds(prefix: Prefix, family: 4 | 6, value: bigint): boolean {
  if (prefix.family !== family) return false;
  const shift = BigInt((family === 4 ? 32 : 128) - prefix.length);
  return value >> shift === prefix.value >> shift;
}

/** Blocks of the IANA special-purpose registries, multicast and reserved space: no packet from or to them crosses the Internet. */
const SPECIAL_FOUR = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
].flatMap((text) => parsePrefix(text) ?? []);
const GLOBAL_SIX = ['2000::/3'].flatMap((text) => parsePrefix(text) ?? []);
const SPECIAL_SIX = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].flatMap((text) => parsePrefix(text) ?? []);
const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].flatMap(
  (text) => parsePrefix(text) ?? [],
);

export function inPrefixes(prefixes: readonly Prefix[], family: 4 | 6, value: bigint): boolean {
  return prefixes.some((prefix) => prefixHolds(prefix, family, value));
}

/** Whether the Internet carries packets of this address. */
export function isGlobal(family: 4 | 6, value: bigint): boolean {
  if (family === 4) return !inPrefixes(SPECIAL_FOUR, 4, value);
  return inPrefixes(GLOBAL_SIX, 6, value) && !inPrefixes(SPECIAL_SIX, 6, value);
}

/** RFC 1918, RFC 6598, and unique local IPv6 addresses (RFC 4193). */
export function isPrivate(family: 4 | 6, value: bigint): boolean {
  return inPrefixes(PRIVATE, family, value);
}
