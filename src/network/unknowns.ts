/** What is not known: whether anything in a network is, and what of a way is. */
import { isUnmodelled } from './constraints.ts';
import type { GroupRule, LoadBalancer, Network } from './model.ts';
import { doubtOf } from './opening.ts';
import { SPACE4, SPACE6, type Space } from './sets/space.ts';
import { contains, type Point } from './sets/spans.ts';
import { type Probe, passes, type Stage } from './stage.ts';
import type { Way } from './ways.ts';

/** Whether an address is in none of a VPC's ranges: a load balancer's way to it leads over gateways. */
function isOutside({ vpcs }: Network, vpc: string | undefined, address: string): boolean {
  const holds = <P extends Point>(space: Space<P>, cidr: string) => {
    const [span, point] = [space.cidr(cidr), space.address(address)];
    return span !== undefined && point !== undefined && contains(span, point);
  };
  return vpcs.get(vpc ?? '')?.cidrs.some((cidr) => holds(SPACE4, cidr) || holds(SPACE6, cidr)) !== true;
}

/** Whether anything in it is unknown: only then can more be possible than is certain. */
export function hasUnknowns(network: Network): boolean {
  const isList = (id: string) => id.startsWith('pl-') && network.prefixLists.get(id) === undefined;
  const nodes = new Set([...network.loadBalancers.values()].flatMap((one) => one.nodes));
  const isHalf = ({ internetFacing, takesIpv6, crossZone, listeners }: LoadBalancer) =>
    [internetFacing, takesIpv6, crossZone, listeners].includes(undefined);
  const isDoubtful = ({ doubtful, foreign, prefixLists }: GroupRule) =>
    doubtful === true || foreign === true || prefixLists.some(isList);
  return (
    [...network.missing.values()].some(({ size }) => size > 0) ||
    network.services.some(({ unsure }) => unsure) ||
    [...network.vpcs.values()].some(({ blocked, foreign }) => blocked === undefined || foreign) ||
    [...network.loadBalancers.values()].some(isHalf) ||
    [...network.targetGroups.values()].some(
      ({ preservesClient, crossZone, kind, targets, vpc }) =>
        preservesClient === undefined ||
        crossZone === 'unknown' ||
        (kind === 'ip' && targets.some(({ id }) => isOutside(network, vpc, id))),
    ) ||
    [...network.groups.values()].some(({ inbound, outbound }) => inbound.some(isDoubtful) || outbound.some(isDoubtful)) ||
    [...network.acls.values()].some(({ inbound, outbound }) => [...inbound, ...outbound].some(({ doubtful }) => doubtful)) ||
    [...network.transitTables.values()].some(({ routes }) => routes?.every((route) => !isList(route.destination)) !== true) ||
    [...network.attachments.values()].some(
      ({ kind, subnets, table }) =>
        (kind === 'vpc' && subnets?.every((id) => network.subnets.has(id)) !== true) ||
        (table !== undefined && !network.transitTables.has(table)),
    ) ||
    [...network.routeTables.values()].some(
      ({ routes, unclear }) => unclear || routes.some(({ target, destination }) => isUnmodelled(target) || isList(destination)),
    ) ||
    [...network.subnets.values()].some(
      ({ acl = '', routeTable = '' }) => !network.acls.has(acl) || !network.routeTables.has(routeTable),
    ) ||
    [...network.interfaces.values()].some(
      ({ id, description, groups, addresses }) =>
        groups.some((group) => !network.groups.has(group)) ||
        addresses.some(({ contested }) => contested) ||
        (description.startsWith('ELB ') && !nodes.has(id)),
    )
  );
}

/** Components of a way that are not known or not modelled, in words; never none. */
export function unknownsOf<P extends Point>(certain: Way<P> | undefined, possible: Way<P>, probe: Probe<P>): string[] {
  const key = ({ type, id, direction }: Stage<P>) => `${type} ${id} ${direction}`;
  const sure = new Map(certain?.stages.map((stage) => [key(stage), stage]));
  const isSure = (stage: Stage<P> | undefined) => stage !== undefined && passes(stage, probe);
  const stages = possible.stages.filter((stage) => passes(stage, probe) && !isSure(sure.get(key(stage))));
  const { kind, id } = possible.source;
  const unknown = new Set(stages.map((stage) => doubtOf(stage, probe)));
  return unknown.size > 0 ? [...unknown] : [`${kind} ${id}: the way from there is not known whole`];
}
