/** The ways through transit gateways: from each other attachment, by its table there and by ours back. */
import type { TransitAttachment, TransitRoute } from './model.ts';
import { constant, longestPrefix, type Partition, type Prefixed, partAt } from './sets/partition.ts';
import { type Point, type Spans, union } from './sets/spans.ts';
import type { Stage } from './stage.ts';
import type { Stages } from './stages.ts';
import { addressesIn, arrival, type Goal, hostOf, remote, type Senders, sendersIn, sendingRoute, type Way } from './ways.ts';

/** A transit gateway's table by longest prefix; undefined when its routes, or the entries of a prefix list in it, are not known. */
function tableOf<P extends Point>(id: string | undefined, stages: Stages<P>): Partition<P, TransitRoute> | undefined {
  const { constraints } = stages;
  const routes = id === undefined ? undefined : constraints.network.transitTables.get(id)?.routes;
  if (routes === undefined) return undefined;
  const candidates: Prefixed<P, TransitRoute>[] = [];
  for (const route of routes) {
    const { destination } = route;
    const entries = constraints.blocksOf(destination);
    if (entries === undefined) return undefined;
    for (const entry of entries) {
      const span = constraints.space.cidr(entry);
      if (span !== undefined)
        candidates.push({ spans: span, size: BigInt(span[1]) - BigInt(span[0]), rank: route.rank, value: route });
    }
  }
  return longestPrefix(candidates);
}

/** Addresses that a table sends to an attachment. An attachment that is associated with no table sends nothing. */
export function towards<P extends Point>(table: string | undefined, attachment: string, stages: Stages<P>): Spans<P> {
  if (table === undefined) return [];
  const routes = tableOf(table, stages);
  if (routes === undefined) return stages.constraints.unknown;
  return routes.reduce<Spans<P>>(
    (all, { from, to, value }) => (value.attachments.includes(attachment) ? union(all, [from, to]) : all),
    [],
  );
}

/** The attachment's subnet in a zone: instances elsewhere cannot use it. */
export function subnetIn<P extends Point>(attachment: TransitAttachment, zone: string, stages: Stages<P>): string | undefined {
  return attachment.subnets?.find((id) => stages.constraints.network.subnets.get(id)?.zone === zone);
}

/** Whether an attachment may have subnets that are not known. */
export function mayHaveMore<P extends Point>({ subnets }: TransitAttachment, stages: Stages<P>): boolean {
  const { mode, network } = stages.constraints;
  return mode === 'possible' && subnets?.every((id) => network.subnets.has(id)) !== true;
}

/**
 * ACLs between a transit gateway and an instance. Into the VPC: outbound of the attachment's subnet and inbound of the instance's;
 * out of it: outbound of the instance's and inbound of the attachment's. In one subnet nothing on the way in, and both lists on the
 * way out. https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
 */
function acls<P extends Point>(
  into: string | undefined,
  out: string | undefined,
  goal: Goal<P>,
  stages: Stages<P>,
): readonly Stage<P>[] {
  const { subnet, point } = goal;
  const { mode, network } = stages.constraints;
  const { subnets } = network;
  const [entry, exit] = [subnets.get(into ?? ''), subnets.get(out ?? '')];
  return [
    ...(entry === undefined || entry.id === subnet.id ? [] : [stages.aclTowards(entry.acl, point, 'outbound')]),
    ...(exit === undefined ? [] : [stages.aclTowards(exit.acl, point, 'inbound')]),
    // One that is not known may be the goal's own.
    ...(entry?.id === subnet.id || (entry === undefined && mode === 'possible') ? [] : [stages.acl(subnet.acl, 'inbound')]),
    stages.acl(subnet.acl, 'outbound'),
  ];
}

/** What the tables of a gateway send to an attachment; `whole` when that is all of it. */
function networksBehind<P extends Point>(attachment: TransitAttachment, stages: Stages<P>) {
  const { constraints } = stages;
  const { transitTables, attachments } = constraints.network;
  const tables = [...transitTables.values()].filter(({ gateway }) => gateway === attachment.gateway);
  const routes = tables.flatMap((table) => table.routes ?? []).filter(({ attachments: ids }) => ids.includes(attachment.id));
  const blocks = routes.map(({ destination }) => constraints.blocksOf(destination));
  const isListed = [...attachments.values()].every(
    ({ gateway, table }) => gateway !== attachment.gateway || table === undefined || transitTables.has(table),
  );
  const isRead = tables.every((table) => table.routes !== undefined);
  const whole = isListed && isRead && !blocks.includes(undefined) && !constraints.lacksAny('transit-tables');
  return { cidrs: blocks.flatMap((list) => list ?? []), whole };
}

interface Origin<P extends Point> extends Senders<P> {
  readonly assumed?: boolean;
  readonly zone?: string;
  /** All that come in alike. */
  readonly zones?: readonly string[];
}

/** Who sends: of a VPC that is known, zone by zone, because a gateway keeps traffic in the sender's zone where it can. */
function origins<P extends Point>(from: TransitAttachment, goal: Goal<P>, stages: Stages<P>): readonly Origin<P>[] {
  const { constraints } = stages;
  const vpc = from.kind === 'vpc' ? constraints.network.vpcs.get(from.resource) : undefined;
  if (vpc === undefined) {
    const { cidrs, whole } = networksBehind(from, stages);
    return [remote(cidrs, whole, goal, stages)];
  }
  if (constraints.mode === 'possible' && constraints.lacks(vpc, 'subnets'))
    return [sendersIn(vpc.id, vpc.cidrs, from.gateway, goal, stages)];
  const zones = new Set(constraints.subnetsOf(vpc.id).map(({ zone }) => zone));
  return [...zones]
    .filter((zone) => subnetIn(from, zone, stages) !== undefined || mayHaveMore(from, stages))
    .map((zone) => {
      const { key, spans } = sendersIn(vpc.id, vpc.cidrs, from.gateway, goal, stages, (subnet) => subnet.zone === zone, zone);
      return { key: `${zone} ${key}`, spans, zone, zones: [zone] };
    });
}

interface Entrance<P extends Point> {
  /** The attachment's subnet that packets come in by. */
  readonly entry: string | undefined;
  readonly variant: string;
  readonly who: Origin<P>;
}

/** Who comes in by which of our attachment's subnets; subnets that treat packets alike are one entrance. */
function entrances<P extends Point>(
  from: TransitAttachment,
  ours: TransitAttachment,
  goal: Goal<P>,
  stages: Stages<P>,
): readonly Entrance<P>[] {
  const found = new Map<string, Entrance<P>>();
  for (const who of origins(from, goal, stages)) {
    const near = who.zone === undefined || ours.anyZone === true ? undefined : subnetIn(ours, who.zone, stages);
    const listed = (ours.subnets ?? []).filter((id) => stages.constraints.network.subnets.has(id));
    const more = mayHaveMore(ours, stages) ? [undefined] : [];
    for (const entry of near === undefined ? [...listed, ...more] : [near, ...more]) {
      const subnet = stages.constraints.network.subnets.get(entry ?? '');
      const variant = `${subnet?.acl} ${subnet?.routeTable}${entry === goal.subnet.id ? ' within' : ''}`;
      const known = found.get(variant);
      if (known === undefined) found.set(variant, { entry, variant, who });
      else if (!known.who.key.includes(who.key)) {
        const zones = [...(known.who.zones ?? []), ...(who.zones ?? [])];
        const joined = { ...who, zones, key: `${known.who.key} & ${who.key}`, spans: union(known.who.spans, who.spans) };
        found.set(variant, { ...known, who: joined });
      }
    }
  }
  return [...found.values()];
}

/** One way for each attachment of the same gateway that is not ours. */
export function transitWays<P extends Point>(goal: Goal<P>, stages: Stages<P>, groups: readonly Stage<P>[]): Way<P>[] {
  const { constraints } = stages;
  const all = [...constraints.network.attachments.values()];
  if (all.length === 0) return [];
  const place = constraints.space.format(goal.point);
  return all.flatMap((ours): Way<P>[] => {
    if (ours.kind !== 'vpc' || ours.resource !== goal.vpc.id) return [];
    const zoneSubnet = subnetIn(ours, goal.subnet.zone, stages);
    const inZone = zoneSubnet !== undefined || mayHaveMore(ours, stages);
    return all.flatMap((from): Way<P>[] => {
      if (from.gateway !== ours.gateway || from.id === ours.id) return [];
      const there = towards(from.table, ours.id, stages);
      const forward = partAt(constant(there, true), goal.point) !== undefined;
      const attachment = 'AWS::EC2::TransitGatewayAttachment';
      const vpc = from.kind === 'vpc' ? constraints.network.vpcs.get(from.resource) : undefined;
      return entrances(from, ours, goal, stages).map(
        ({ entry, variant, who }): Way<P> => ({
          source: { kind: 'transit-gateway', id: from.id, ...(who.assumed === true ? { assumed: true } : {}) },
          variant,
          origin: () => (vpc === undefined ? who.spans : addressesIn(vpc.id, vpc.cidrs, stages, who.zones)),
          stages: [
            stages.sources(`transit ${from.id} ${who.key}`, () => who.spans, {
              direction: 'forward',
              type: attachment,
              id: from.id,
              words: `from ${from.kind} ${from.resource}`,
              ...(vpc === undefined ? {} : { opening: sendingRoute(vpc.id, from.gateway, stages) }),
            }),
            stages.gate(forward, {
              type: 'AWS::EC2::TransitGatewayRouteTable',
              id: from.table ?? 'unknown',
              yes: `leads ${place} to ${ours.id}`,
              no: `has no route for ${place} to ${ours.id}`,
              opening:
                from.table === undefined
                  ? `associate ${from.id} with a route table that leads ${hostOf(goal)} to ${ours.id}`
                  : `add a route for ${hostOf(goal)} to ${ours.id} in ${from.table}`,
            }),
            stages.gate(inZone, {
              type: attachment,
              id: ours.id,
              yes: `has a subnet in ${goal.subnet.zone}`,
              no: `has no subnet in ${goal.subnet.zone}`,
              opening: `give ${ours.id} a subnet in ${goal.subnet.zone}`,
            }),
            stages.sources(`transit back ${ours.table ?? ours.id} ${from.id}`, () => towards(ours.table, from.id, stages), {
              direction: 'reply',
              type: 'AWS::EC2::TransitGatewayRouteTable',
              id: ours.table ?? 'unknown',
              words: `leads the reply to ${from.id}`,
              opening: ({ source }) =>
                ours.table === undefined
                  ? `associate ${ours.id} with a route table that leads ${stages.host(source)} to ${from.id}`
                  : `add a route for ${stages.host(source)} to ${from.id} in ${ours.table}`,
            }),
            ...arrival(constraints.network.subnets.get(entry ?? '')?.routeTable, goal, stages),
            stages.replies(goal.subnet.routeTable, ours.gateway),
            ...acls(entry, zoneSubnet, goal, stages),
            ...groups,
          ],
        }),
      );
    });
  });
}
