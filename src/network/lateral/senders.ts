/** Who may move sideways: interfaces as classes of those that have the same groups and whose packets are treated alike. */
import type { Targets } from '../balancers.ts';
import { INNER, type Network, type NetworkInterface, type Subnet } from '../model.ts';
import type { Space } from '../sets/space.ts';
import { type Point, type Spans, unionAll } from '../sets/spans.ts';

/** An address, or a delegated prefix, of an interface. */
interface Member<P extends Point> {
  readonly interface: string;
  readonly span: readonly [from: P, to: P];
}

export interface SenderClass<P extends Point> {
  /** Tells classes apart. */
  readonly key: string;
  /** Sorted: its members carry exactly these. */
  readonly groups: readonly string[];
  readonly vpc: string;
  /** Stands for all of them: the same network ACL, route table and, where it matters, zone. */
  readonly subnet: Subnet;
  readonly members: readonly Member<P>[];
  readonly spans: Spans<P>;
}

/** A class with its members by subnet, for those who are in one of these. */
export interface SenderGroup<P extends Point> extends SenderClass<P> {
  readonly bySubnet: ReadonlyMap<string, readonly Member<P>[]>;
}

/** Interfaces that `eni-…`, `i-…` or `sg-…` names as senders; undefined when a text is no name of any. */
export function sendersNamed(text: string | undefined): ((eni: NetworkInterface) => boolean) | undefined {
  if (text === undefined || !/^(?:eni|i|sg)-/.test(text)) return undefined;
  return ({ id, instance, groups }) => id === text || instance === text || groups.includes(text);
}

/** Some of a class's members. */
export function part<P extends Point>(from: SenderClass<P>, name: string, members: readonly Member<P>[]): SenderClass<P> {
  return { ...from, key: `${from.key} ${name}`, members, spans: unionAll(members.map(({ span }) => span)) };
}

/** Who has an address, among a class. */
export function senderAt<P extends Point>({ members }: SenderClass<P>, address: P): string | undefined {
  return members.find(({ span }) => span[0] <= address && address < span[1])?.interface;
}

/** The addresses of one member. */
export function addressesOf<P extends Point>({ members }: SenderClass<P>, eni: string): Spans<P> {
  return unionAll(members.filter((member) => member.interface === eni).map(({ span }) => span));
}

/**
 * Classes of those interfaces that `isAsked`, by their groups and what happens to their packets. A transit gateway treats subnets
 * differently: there each is a class of its own. Nodes of load balancers and insides of gateways send nothing of their own.
 */
export function senderGroups<P extends Point>(
  network: Network,
  space: Space<P>,
  targets: Targets,
  isAsked: (sender: NetworkInterface) => boolean,
): readonly SenderGroup<P>[] {
  const attached = new Set([...network.attachments.values()].map(({ resource }) => resource));
  const classes = new Map<string, Pick<SenderGroup<P>, 'groups' | 'subnet'> & { readonly bySubnet: Map<string, Member<P>[]> }>();
  for (const eni of network.interfaces.values()) {
    const subnet = network.subnets.get(eni.subnet);
    if (subnet === undefined || eni.groups.length === 0 || INNER.has(eni.type)) continue;
    if (targets.balancerOf(eni.id) !== undefined || !isAsked(eni)) continue;
    const groups = eni.groups.toSorted();
    const place = attached.has(subnet.vpc) ? subnet.id : `${subnet.acl} ${subnet.routeTable}`;
    const key = `${subnet.vpc} ${place} ${groups.join(',')}`;
    const known = classes.get(key) ?? { groups, subnet, bySubnet: new Map<string, Member<P>[]>() };
    classes.set(key, known);
    const members = known.bySubnet.get(subnet.id) ?? [];
    known.bySubnet.set(subnet.id, members);
    for (const { private: address } of eni.addresses) {
      const span = space.cidr(address);
      if (span !== undefined) members.push({ interface: eni.id, span });
    }
  }
  const made = [...classes].map(([key, { groups, subnet, bySubnet }]) => {
    const members = [...bySubnet.values()].flat();
    const spans = unionAll(members.map(({ span }) => span));
    return { key, groups, vpc: subnet.vpc, subnet, members, spans, bySubnet };
  });
  return made.filter(({ members }) => members.length > 0).sort((a, b) => (a.key < b.key ? -1 : 1));
}
