/** Holds the analysis against the simulator: every packet must fare in both alike. */
import type { Estate } from '../../../src/estate/estate.ts';
import { openings } from '../../../src/network/analyse.ts';
import type { AddressRange, Exposure, PortRange } from '../../../src/network/exposure.ts';
import { interpret } from '../../../src/network/interpret/index.ts';
import { INNER, type Network } from '../../../src/network/model.ts';
import type { Entry, Packet } from '../../../src/network/packet.ts';
import { SPACE4, SPACE6, type Space, type Span } from '../../../src/network/sets/space.ts';
import type { Point } from '../../../src/network/sets/spans.ts';
import { simulate } from '../../../src/network/simulate/index.ts';

function within(ranges: readonly PortRange[], port: number): boolean {
  return ranges.some(({ begin, end }) => begin <= port && port <= end);
}

function holdsAddress<P extends Point>(space: Space<P>, ranges: readonly AddressRange[], text: string): boolean {
  const address = space.address(text);
  return ranges.some(({ first, last }) => {
    const [low, high] = [space.address(first), space.address(last)];
    return address !== undefined && low !== undefined && high !== undefined && low <= address && address <= high;
  });
}

/** Whether an exposure lets a client's packet to this port through. */
export function holds({ reach, family }: Exposure, { source, sourcePort }: Packet, port: number): boolean {
  return reach.some(
    ({ sources, ports, clientPorts }) =>
      within(ports, port) &&
      within(clientPorts, sourcePort) &&
      (family === 4 ? holdsAddress(SPACE4, sources, source) : holdsAddress(SPACE6, sources, source)),
  );
}

export function isFrom({ source, vpc }: Exposure, entry: Entry, network: Network): boolean {
  switch (entry.kind) {
    case 'internet':
      return source.kind === 'internet';
    case 'transit-gateway':
      // By the attachment of the destination's own VPC: from any other one.
      if (source.kind !== 'transit-gateway') return false;
      return source.id === entry.attachment || network.attachments.get(entry.attachment)?.resource === vpc;
    case 'interface': {
      const sender = network.interfaces.get(entry.id);
      return source.kind === 'security-group' && source.id === sender?.groups.toSorted().join(',');
    }
    default:
      return source.kind === entry.kind && source.id === entry.id;
  }
}

export type Leg = NonNullable<ReturnType<typeof simulate>['legs']>[number];

/** A leg with what becomes of a packet up to and on it, and the interfaces on its way. */
export interface Trail {
  readonly leg: Leg;
  readonly fate: Fate;
  readonly chain: readonly string[];
}

/** Legs, those of load balancers behind load balancers included. */
function flat(legs: readonly Leg[], before: Fate, chain: readonly string[]): readonly Trail[] {
  return legs.flatMap((leg) => {
    const trail = { leg, fate: both(before, fateOf(leg.forward, leg.reply)), chain: [...chain, leg.interface ?? '?'] };
    return [trail, ...flat(leg.legs ?? [], trail.fate, trail.chain)];
  });
}

export type Fate = 'through' | 'stopped' | 'unknown';

function fateOf(forward: string, reply: string): Fate {
  if (forward === 'dropped' || reply === 'dropped') return 'stopped';
  if (forward === 'unknown' || reply === 'unknown') return 'unknown';
  return forward === 'delivered' && reply === 'returned' ? 'through' : 'stopped';
}

function both(a: Fate, b: Fate): Fate {
  if (a === 'stopped' || b === 'stopped') return 'stopped';
  return a === 'unknown' || b === 'unknown' ? 'unknown' : 'through';
}

/** Whether a packet to this address is one to the exposure's: delegated prefixes are many addresses. */
export function isAt({ witness, address, through }: Exposure, destination: string): boolean {
  if (witness.destination === destination) return true;
  return through === undefined && address.includes('/') && covers(address, destination);
}

type Spans = readonly [four: Span<number> | undefined, six: Span<bigint> | undefined];

/** Texts that were read: the same few are asked about for every packet. */
const read = new Map<string, Spans>();
const READ_MOST = 100_000;

function spansOf(text: string): Spans {
  const known = read.get(text);
  if (known !== undefined) return known;
  if (read.size >= READ_MOST) read.clear();
  const spans: Spans = [SPACE4.cidr(text), SPACE6.cidr(text)];
  read.set(text, spans);
  return spans;
}

/** Whether a block or address holds an address. */
export function covers(cidr: string, address: string): boolean {
  if (address.includes('/')) return false;
  const inside = <P extends Point>(block?: Span<P>, point?: Span<P>): boolean =>
    block !== undefined && point !== undefined && block[0] <= point[0] && point[0] < block[1];
  const [[block4, block6], [point4, point6]] = [spansOf(cidr), spansOf(address)];
  return inside(block4, point4) || inside(block6, point6);
}

/** What the analysis says: certainly through, perhaps, or not. */
function verdictOf(exposures: readonly Exposure[], packet: Packet, port: number): Fate {
  const found = exposures.filter((exposure) => holds(exposure, packet, port));
  if (found.some(({ unknown }) => unknown.length === 0)) return 'through';
  return found.length > 0 ? 'unknown' : 'stopped';
}

export interface Difference {
  readonly network: Network;
  readonly entry: Entry;
  readonly packet: Packet;
  readonly theirs: Fate;
  readonly ours: Fate;
  /** Behind a load balancer. */
  readonly trails?: readonly Trail[];
}

interface Comparison {
  /** What the simulator is given; otherwise the same. */
  readonly simulated?: Estate;
  readonly isFine?: (difference: Difference) => boolean;
}

const OUTSIDE = new Set([
  'AWS::EC2::InternetGateway',
  'AWS::EC2::EgressOnlyInternetGateway',
  'AWS::EC2::NatGateway',
  'AWS::EC2::VPNGateway',
]);

/** Whether the analysis speaks of a packet: lateral ones are those of an interface of its own, by private addresses, inside of the estate. */
function isJudged(network: Network, estate: Estate, entry: Entry, packet: Packet): boolean {
  if (entry.kind !== 'interface') return true;
  const sender = network.interfaces.get(entry.id);
  const isOwn = sender?.addresses.some((one) => covers(one.private, packet.source)) === true;
  if (!isOwn || INNER.has(sender.type) || sender.description.startsWith('ELB ')) return false;
  const receivers = [...network.interfaces.values()].filter(({ addresses }) =>
    addresses.some((one) => covers(one.private, packet.destination)),
  );
  if (receivers.some((one) => INNER.has(one.type) || one.id === entry.id) || receivers.length === 0) return false;
  const { steps } = simulate(estate, entry, packet);
  return !steps.some(({ direction, type }) => direction === 'forward' && OUTSIDE.has(type));
}

/** Descriptions of packets that fare differently. `isFine` accepts differences. */
export function disagreements(
  estate: Estate,
  probes: readonly { readonly entry: Entry; readonly packet: Packet }[],
  { simulated = estate, isFine = () => false }: Comparison = {},
): { readonly compared: number; readonly through: number; readonly different: readonly string[] } {
  const network = interpret(estate);
  const exposures = [...openings(network, { privateLink: true, lateral: () => true })].map(({ exposure }) => exposure);
  // A delegated prefix that two interfaces have at once is no network of AWS's.
  const prefixes = [...network.interfaces.values()].flatMap(({ addresses }) => addresses.map((one) => one.private));
  const isAmbiguous = (address: string) => prefixes.filter((prefix) => covers(prefix, address)).length > 1;
  const different: string[] = [];
  let compared = 0;
  let through = 0;
  for (const { entry, packet } of probes) {
    if (isAmbiguous(packet.destination) || isAmbiguous(packet.source) || !isJudged(network, estate, entry, packet)) continue;
    const simulation = simulate(simulated, entry, packet);
    const here = exposures.filter(
      (one) => one.protocol === packet.protocol && isAt(one, packet.destination) && isFrom(one, entry, network),
    );
    const say = (what: string, theirs: Fate, ours: Fate, trails?: readonly Trail[]) => {
      compared++;
      if (theirs === 'through') through++;
      // What nobody knows must not be denied; whether it is told as certain or unknown is the analysis's to say exactly.
      if (theirs !== ours && !isFine({ network, entry, packet, theirs, ours, trails }))
        different.push(`${JSON.stringify(entry)} ${JSON.stringify(packet)} ${what}: simulated ${theirs}, analysed ${ours}`);
    };
    const own = here.filter((one) => one.through === undefined);
    const atNode = fateOf(simulation.forward, simulation.reply);
    if (simulation.interface !== undefined || simulation.forward !== 'delivered')
      say(simulation.interface ?? '', atNode, verdictOf(own, packet, packet.destinationPort));
    // A client that gets no answer from the node has no connection that could be forwarded.
    const trails = flat(simulation.legs ?? [], atNode, [simulation.interface ?? '?']);
    const byTarget = Map.groupBy(trails, ({ leg }) => `leg ${leg.interface}:${leg.port} ${leg.targetGroup}`);
    for (const [what, ways] of byTarget) {
      const leg = ways[0]?.leg;
      if (leg?.interface === undefined || leg.port === undefined) continue;
      const behind = here.filter(
        (one) =>
          one.through?.listenerPort === packet.destinationPort &&
          one.interface === leg.interface &&
          one.through.targetGroup === leg.targetGroup,
      );
      const fates = ways.map(({ fate }) => fate);
      const best = fates.includes('through') ? 'through' : fates.includes('unknown') ? 'unknown' : 'stopped';
      say(what, best, verdictOf(behind, packet, leg.port), ways);
    }
  }
  return { compared, through, different };
}
