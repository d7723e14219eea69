/** The addresses of clients, as people write them. */
import type { AddressRange } from '../../network/exposure.ts';
import { SPACE4, SPACE6, type Space } from '../../network/sets/space.ts';
import type { Point } from '../../network/sets/spans.ts';
import type { Found } from './rows.ts';

/** More than half of all addresses, of those of the Internet in IPv6. */
const MOST = { 4: 1n << 31n, 6: 1n << 124n } as const;

function ends<P extends Point>(space: Space<P>, { first, last }: AddressRange): readonly [bigint, bigint] | undefined {
  const [from, to] = [space.address(first), space.address(last)];
  return from === undefined || to === undefined ? undefined : [BigInt(from), BigInt(to) + 1n];
}

/** A CIDR block where the range is one, a single address, or `first–last`. */
export function rangeText(range: AddressRange, family: 4 | 6): string {
  if (range.first === range.last) return range.first;
  const span = family === 4 ? ends(SPACE4, range) : ends(SPACE6, range);
  if (span === undefined) return `${range.first}–${range.last}`;
  const size = span[1] - span[0];
  const bits = size.toString(2).length - 1;
  const isBlock = size === 1n << BigInt(bits) && span[0] % size === 0n;
  return isBlock ? `${range.first}/${(family === 4 ? 32 : 128) - bits}` : `${range.first}–${range.last}`;
}

/** Clients that reach the ports of a finding. */
export function sourcesOf({ finding, exposure }: Found): readonly AddressRange[] {
  const { begin, end } = finding.openPortRange;
  const reach = exposure.reach.filter(({ ports }) => ports.some((range) => range.begin <= end && range.end >= begin));
  return reach.flatMap(({ sources }) => sources);
}

/** Ranges joined where they touch, as text; nothing when they are most of all addresses. */
function joinedRanges(ranges: readonly AddressRange[], family: 4 | 6): readonly string[] {
  const spans = ranges
    .flatMap((range) => [family === 4 ? ends(SPACE4, range) : ends(SPACE6, range)].filter((span) => span !== undefined))
    .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const joined: (readonly [bigint, bigint])[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last === undefined || last[1] < span[0]) joined.push(span);
    else if (span[1] > last[1]) joined[joined.length - 1] = [last[0], span[1]];
  }
  if (joined.reduce((sum, [from, to]) => sum + to - from, 0n) >= MOST[family]) return [];
  const format = (point: bigint): string => (family === 4 ? SPACE4.format(Number(point)) : SPACE6.format(point));
  return joined.map(([from, to]) => rangeText({ first: format(from), last: format(to - 1n) }, family));
}

/** Clients of findings as text: many findings have the same ones. */
export class SourceTexts {
  readonly #known = new Map<string, readonly string[]>();

  /** Joined ranges; none when they are most of all addresses, or those of a group's members, which are said by its name. */
  of(found: Found): readonly string[] {
    const { family, source } = found.exposure;
    if (source.kind === 'security-group') return [];
    const ranges = sourcesOf(found);
    let key = `${family}`;
    for (const { first, last } of ranges) key += ` ${first}-${last}`;
    const known = this.#known.get(key) ?? joinedRanges(ranges, family);
    this.#known.set(key, known);
    return known;
  }
}
