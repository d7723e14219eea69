/** Entries of network ACLs: which decides on a flow, and what would let it through. */
import type { Direction } from './constraints.ts';
import { contains, type Point } from './sets/spans.ts';
import type { Because, Reading } from './stage.ts';

/** The highest number that a rule of a network ACL can be given. */
const LAST_RULE = 32_766;

/** The entry of a network ACL that decides on a flow. */
export function aclEntry<P extends Point>(
  { constraints, protocol }: Reading<P>,
  id: string | undefined,
  direction: Direction,
  address: P,
  port: number,
): Because {
  const acl = id === undefined ? undefined : constraints.network.acls.get(id);
  if (acl === undefined) return { because: 'the network ACL is not known' };
  const { space, pool } = constraints;
  const way = direction === 'inbound' ? 'from' : 'to';
  for (const entry of acl[direction]) {
    if (!contains(constraints.cidr(entry.cidr), address)) continue;
    const ports = constraints.rulePorts(entry, protocol);
    if (ports === pool.none || !contains(ports.spans, port)) continue;
    // AWS shows its own last rules so.
    const rule = entry.number > LAST_RULE ? '*' : String(entry.number);
    const words = `rule ${rule} ${entry.allow ? 'allows' : 'denies'} ${protocol} ${port} ${way} ${entry.cidr}`;
    return { because: words, rule };
  }
  return { because: `no rule allows ${protocol} ${port} ${way} ${space.format(address)}`, rule: '*' };
}

/** The entry to add for a flow that a network ACL denies; `place` is its other end. */
export function aclOpening<P extends Point>(
  reading: Reading<P>,
  id: string | undefined,
  direction: Direction,
  address: P,
  port: number,
  place: string,
): string {
  const { rule = '*' } = aclEntry(reading, id, direction, address, port);
  const before = rule === '*' ? '' : ` before rule ${rule}`;
  const way = direction === 'inbound' ? 'from' : 'to';
  return `add an ${direction} rule to ${id}${before} that allows ${reading.protocol} ${port} ${way} ${place}`;
}
