/** Which interfaces have to be looked at again when a part of the network changes. */
import type { Targets } from './balancers.ts';
import type { Replaced } from './constraints.ts';
import type { LoadBalancer, Network } from './model.ts';

/** A network load balancer may lead to an application load balancer, and that to its targets. */
const MAX_CHAIN = 2;

function gather<K, V>(pairs: Iterable<readonly [K, V]>): ReadonlyMap<K, readonly V[]> {
  const lists = new Map<K, V[]>();
  for (const [key, value] of pairs) {
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [value]);
    else list.push(value);
  }
  return lists;
}

/** Interfaces that a load balancer sends to, those behind another load balancer included. */
function* behind({ listeners }: LoadBalancer, network: Network, targets: Targets, depth: number): Iterable<string> {
  for (const arn of new Set(listeners?.flatMap(({ targetGroups }) => targetGroups))) {
    const group = network.targetGroups.get(arn);
    for (const target of group?.targets ?? []) {
      const inner = group?.kind === 'alb' ? network.loadBalancers.get(target.id) : undefined;
      if (inner !== undefined && depth < MAX_CHAIN) {
        yield* inner.nodes;
        yield* behind(inner, network, targets, depth + 1);
      }
      if (group === undefined) continue;
      for (const family of [4, 6] as const) for (const [{ id }] of targets.find(group, target, family)) yield id;
    }
  }
}

/** Looks up interfaces by what their exposures are made of. */
export class Dependents {
  readonly #network: Network;
  readonly #byGroup: ReadonlyMap<string, readonly string[]>;
  readonly #bySubnet: ReadonlyMap<string, readonly string[]>;
  readonly #subnetsOfVpc: ReadonlyMap<string, readonly string[]>;
  /** Nodes of load balancers by the interfaces that these send to. */
  readonly #nodes: ReadonlyMap<string, readonly string[]>;
  /** VPCs that send to each other over peerings or transit gateways. */
  readonly #neighbours: ReadonlyMap<string, readonly string[]>;

  constructor(network: Network, targets: Targets) {
    this.#network = network;
    const interfaces = [...network.interfaces.values()];
    this.#byGroup = gather(interfaces.flatMap(({ id, groups }) => groups.map((group) => [group, id] as const)));
    this.#bySubnet = gather(interfaces.map(({ id, subnet }) => [subnet, id] as const));
    this.#subnetsOfVpc = gather([...network.subnets.values()].map(({ id, vpc }) => [vpc, id] as const));
    this.#nodes = gather(
      [...network.loadBalancers.values()].flatMap((balancer) => {
        const reached = [...new Set(behind(balancer, network, targets, 1))];
        return reached.flatMap((id) => balancer.nodes.map((node) => [id, node] as const));
      }),
    );
    const peered = [...network.peerings.values()].map(({ sides }) => sides.map(({ vpc }) => vpc));
    const attached = Map.groupBy(network.attachments.values(), ({ gateway }) => gateway);
    const cliques = [...peered, ...[...attached.values()].map((list) => list.map(({ resource }) => resource))];
    this.#neighbours = gather(cliques.flatMap((vpcs) => vpcs.flatMap((vpc) => vpcs.map((other) => [vpc, other] as const))));
  }

  /** Ids of interfaces whose exposures, or those through them, may differ after these have changed. */
  of({ groups, acls, routeTables }: Replaced): ReadonlySet<string> {
    const found = new Set<string>();
    const addAll = (ids: readonly string[] | undefined): void => {
      for (const id of ids ?? []) found.add(id);
    };
    for (const { id } of groups) addAll(this.#byGroup.get(id));
    for (const subnet of this.#subnetsWith(acls, routeTables)) addAll(this.#bySubnet.get(subnet));
    for (const id of [...found]) addAll(this.#nodes.get(id));
    return found;
  }

  #subnetsWith(acls: Replaced['acls'], routeTables: Replaced['routeTables']): ReadonlySet<string> {
    const { subnets, attachments } = this.#network;
    const filtered = new Set(acls.map(({ id }) => id));
    const found = new Set<string>();
    if (filtered.size > 0) for (const { id, acl } of subnets.values()) if (acl !== undefined && filtered.has(acl)) found.add(id);
    const vpcs = new Set(routeTables.flatMap(({ vpc }) => [vpc, ...(this.#neighbours.get(vpc) ?? [])]));
    // What comes out of a transit gateway passes the ACL of the attachment's subnet.
    if (filtered.size > 0)
      for (const attachment of attachments.values())
        if (attachment.subnets?.some((id) => found.has(id))) vpcs.add(attachment.resource);
    for (const vpc of vpcs) for (const subnet of this.#subnetsOfVpc.get(vpc) ?? []) found.add(subnet);
    return found;
  }
}
