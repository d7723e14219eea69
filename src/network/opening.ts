/** What gets through one way, with the path, the witness and the rules behind any of its ports. */
import { hash } from 'node:crypto';
import type { Leg } from './balancers.ts';
import type { AddressRange, Exposure, Hop, PortRange, Reach } from './exposure.ts';
import { type NamedRule, rulesOver } from './group-rules.ts';
import type { Packet } from './packet.ts';
import type { Grant } from './sets/grants.ts';
import type { Part, Partition } from './sets/partition.ts';
import type { Ports } from './sets/ports.ts';
import type { Space } from './sets/space.ts';
import { contains, type Point, pairs, type Spans, unionAll } from './sets/spans.ts';
import type { Probe, Stage } from './stage.ts';
import type { Stages } from './stages.ts';
import type { Goal, Way } from './ways.ts';

/** Client ports that are tried first for a witness: what IANA calls ephemeral begins there. */
const PREFERRED_CLIENT = 49_152;

/** How one port is reached. */
export interface Detail {
  readonly path: readonly Hop[];
  readonly witness: Packet;
}

export interface Opening {
  readonly exposure: Exposure;
  /** Of a port, or of any; undefined when it is not reached. */
  at(port?: number): Detail | undefined;
  /** Security group rules that let these ports in, over the sources that reach them. */
  rules(ports: PortRange): readonly NamedRule[];
  /** Behind a load balancer: rules of its own groups that let clients in there. */
  entryRules(): readonly NamedRule[];
}

/** A way that is open, before it is put into words. */
export interface Open<P extends Point> {
  readonly goal: Goal<P>;
  readonly way: Way<P>;
  readonly reach: Partition<P, Grant>;
  readonly stages: Stages<P>;
  readonly unknown: readonly string[];
  readonly ways?: Exposure['ways'];
  /** Through a node of a load balancer. */
  readonly behind?: { readonly node: Goal<P>; readonly leg: Leg<P> };
}

function portRanges({ spans }: Ports): PortRange[] {
  return [...pairs(spans)].map(([begin, end]) => ({ begin, end: end - 1 }));
}

function addressRange<P extends Point>(space: Space<P>, { from, to }: Part<P, unknown>): AddressRange {
  return { first: space.format(from), last: space.format(space.before(to)) };
}

function reachOf<P extends Point>(space: Space<P>, partition: Partition<P, Grant>): Reach[] {
  return [...Map.groupBy(partition, ({ value }) => value)].map(([grant, parts]) => ({
    sources: parts.map((part) => addressRange(space, part)),
    ports: portRanges(grant.ports),
    clientPorts: portRanges(grant.clients),
  }));
}

/** A concrete flow out of a reach: the lowest address and port, and a usual client port where one works. */
export function probeOf<P extends Point>(partition: Partition<P, Grant>, port?: number): Probe<P> | undefined {
  const part = port === undefined ? partition[0] : partition.find(({ value }) => contains(value.ports.spans, port));
  const client = part?.value.clients.spans;
  const first = port ?? part?.value.ports.spans[0];
  if (part === undefined || client?.[0] === undefined || first === undefined) return undefined;
  return { source: part.from, port: first, client: contains(client, PREFERRED_CLIENT) ? PREFERRED_CLIENT : client[0] };
}

function isForward({ direction }: { readonly direction: Hop['direction'] }): boolean {
  return direction === 'forward';
}

/** A stage as one hop; what is not modelled beyond it is another. */
export function hopsAt<P extends Point>(stage: Stage<P>, probe: Probe<P>, unknown: readonly string[] = []): Hop[] {
  const { direction, type, id } = stage;
  const { beyond, ...why } = stage.because(probe);
  const own: Hop = { direction, type, id, ...why };
  const hops = beyond === undefined ? [own] : [own, { direction, ...beyond }];
  const last = hops.at(-1);
  return hops.map((hop) => (hop === last && unknown.includes(wordsOf(hop)) ? { ...hop, unknown: true } : hop));
}

function wordsOf({ type, id, because }: Hop): string {
  return `${type} ${id}: ${because}`;
}

/** The component that an unknown stage is about, and why nobody knows, in words. */
export function doubtOf<P extends Point>(stage: Stage<P>, probe: Probe<P>): string {
  return hopsAt(stage, probe).slice(-1).map(wordsOf).join('');
}

/** Hops of a way: there in the order of the stages, back in the reverse order. */
function hopsOf<P extends Point>(stages: readonly Stage<P>[], goal: Goal<P>, probe: Probe<P>, unknown: readonly string[]): Hop[] {
  const told = stages.filter((stage) => stage.silent !== true || (unknown.length > 0 && unknown.includes(doubtOf(stage, probe))));
  const { address, interface: eni } = goal;
  const mapped = address.public === undefined ? `has ${address.private}` : `${address.public} is ${address.private}`;
  const replies = told.filter((stage) => !isForward(stage)).reverse();
  return [
    ...told.filter(isForward).flatMap((stage) => hopsAt(stage, probe, unknown)),
    { direction: 'forward', type: 'AWS::EC2::NetworkInterface', id: eni.id, because: mapped },
    ...(eni.instance === undefined ? [] : [{ direction: 'forward', type: 'AWS::EC2::Instance', id: eni.instance } as const]),
    ...replies.flatMap((stage) => hopsAt(stage, probe, unknown)),
  ];
}

/** What clients address: the public address from the Internet, else the private one. */
function destinationOf<P extends Point>({ address, point }: Goal<P>, way: Way<P>, space: Space<P>): string {
  return (way.source.kind === 'internet' ? address.public : undefined) ?? space.format(point);
}

/** The first packet of a flow, as its client sends it. */
export function packetOf<P extends Point>(
  at: Goal<P>,
  way: Way<P>,
  { source, client, port }: Probe<P>,
  stages: Stages<P>,
): Packet {
  const { space } = stages.constraints;
  return {
    family: space.family,
    protocol: stages.protocol,
    source: space.format(source),
    sourcePort: client,
    destination: destinationOf(at, way, space),
    destinationPort: port,
  };
}

function detailOf<P extends Point>(open: Open<P>, port: number | undefined): Detail | undefined {
  const { goal, way, reach, stages, behind, unknown } = open;
  const probe = probeOf(reach, port);
  if (probe === undefined) return undefined;
  if (behind === undefined)
    return { path: hopsOf(way.stages, goal, probe, unknown), witness: packetOf(goal, way, probe, stages) };
  const { node, leg } = behind;
  const entry = { ...probe, port: leg.listener.port };
  const outside = hopsOf(way.stages, node, entry, unknown);
  const { there, back } = leg.hops(probe);
  const arrived = hopsOf([], goal, probe, []);
  const path = [...outside.filter(isForward), ...there, ...arrived, ...back, ...outside.filter((hop) => !isForward(hop))];
  return { path, witness: packetOf(node, way, entry, stages) };
}

function identify(parts: readonly string[]): string {
  return hash('sha256', parts.join('\n'), 'hex').slice(0, 24);
}

/** Puts an open way into words; undefined when nothing gets through. */
export function openingOf<P extends Point>(open: Open<P>): Opening | undefined {
  const { goal, way, reach, stages, unknown, behind } = open;
  const detail = detailOf(open, undefined);
  if (detail === undefined) return undefined;
  const { vpc, subnet, interface: eni, address, balancer } = goal;
  const { kind, id: from } = way.source;
  const through: Exposure['through'] =
    behind === undefined
      ? undefined
      : {
          loadBalancer: behind.node.balancer?.id ?? '',
          listenerPort: behind.leg.listener.port,
          ...(behind.node.balancer?.kind === 'classic' ? {} : { targetGroup: behind.leg.group.arn }),
        };
  const ways = open.ways ?? 'two-way';
  const facts = [vpc.account, vpc.region, eni.id, address.private, stages.protocol, kind, from, ways, String(unknown.length > 0)];
  facts.push(String(stages.constraints.space.family), way.variant ?? '');
  if (through !== undefined)
    facts.push(through.loadBalancer, String(through.listenerPort), through.targetGroup ?? '', behind?.node.interface.id ?? '');
  const exposure: Exposure = {
    id: identify(facts),
    account: vpc.account,
    region: vpc.region,
    vpc: vpc.id,
    subnet: subnet.id,
    interface: eni.id,
    ...(eni.instance === undefined ? {} : { instance: eni.instance }),
    ...(balancer === undefined ? {} : { loadBalancer: balancer.id }),
    address: address.private,
    ...(address.public === undefined || through !== undefined ? {} : { publicAddress: address.public }),
    family: stages.constraints.space.family,
    protocol: stages.protocol,
    source: way.source,
    ...(through === undefined ? {} : { through }),
    reach: reachOf(stages.constraints.space, reach),
    ways,
    state: eni.running ? 'active' : 'potential',
    unknown,
    ...detail,
  };
  const sources = (ports: PortRange): Spans<P> => {
    const seen = behind?.leg.seen;
    if (seen === 'translated') return [];
    if (seen !== undefined && seen !== 'client') return [seen, stages.constraints.space.after(seen)];
    const range = stages.grants.pool.range(ports.begin, ports.end);
    const parts = reach.filter(({ value }) => stages.grants.pool.intersect(value.ports, range) !== stages.grants.pool.none);
    return unionAll(parts.map((part) => [part.from, part.to] as const));
  };
  // No client out there is a member of a group.
  const isOutside = kind === 'internet' || kind === 'private-link';
  const entryRules = (): readonly NamedRule[] => {
    if (behind === undefined) return [];
    const { node, leg } = behind;
    const { port } = leg.listener;
    const spans = unionAll(reach.map((part) => [part.from, part.to] as const));
    const { groups } = node.interface;
    return rulesOver(stages, groups, spans, { begin: port, end: port }, isOutside ? undefined : node.vpc.id);
  };
  return {
    exposure,
    at: (port) => detailOf(open, port),
    entryRules,
    rules: (ports) =>
      rulesOver(stages, eni.groups, sources(ports), ports, isOutside && behind === undefined ? undefined : goal.vpc.id),
  };
}
