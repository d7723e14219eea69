/** What the simulator and the analysis say of probes, against what the kernel did with them. */
import ipaddr from 'ipaddr.js';
import type { Estate } from '../../../src/estate/estate.ts';
import { fields } from '../../../src/inventory/values.ts';
import { openings } from '../../../src/network/analyse.ts';
import type { Exposure, SourceKind } from '../../../src/network/exposure.ts';
import { interpret } from '../../../src/network/interpret/index.ts';
import { SPACE4, SPACE6, type Space } from '../../../src/network/sets/space.ts';
import { contains, type Point } from '../../../src/network/sets/spans.ts';
import { simulate } from '../../../src/network/simulate/index.ts';
import type { Outcome } from './plan.ts';
import type { Probe } from './probes.ts';
import { readWorld, type World } from './world.ts';

/**
 * IPv6 between two VPCs that are joined by a peering and, each by its own gateway, by the Internet, where no address is translated on
 * either way. Routers of Linux keep no state, so that a reply gets back by whatever way leads there. AWS promises a two-way path over a
 * peering only with a route on each side, and over an Internet gateway only where the reply is routed to the gateway that the packet
 * came in by: a gateway is no way back for what came over a peering, nor the other way round, and a one-sided route is one-way. The
 * simulator and the analysis hold to that. IPv4 cannot come to this: its Internet gateways translate, so that the ways have other addresses.
 */
export type Asymmetry = 'there by a peering, back by the Internet' | 'there by the Internet, back by a peering';

/** How the kernel and what is judged see a probe differently. */
export interface Disagreement {
  readonly number: number;
  readonly with: 'simulator' | 'analysis';
  readonly what: string;
}

export interface Judgement {
  readonly disagreements: readonly Disagreement[];
  /** What is set aside, by name: probes between VPCs that the kernel answers although the two directions take different gateways. */
  readonly asymmetric: ReadonlyMap<Asymmetry, number>;
  /** By kind of entry, protocol and fate. */
  readonly tally: ReadonlyMap<string, number>;
}

function compare(left: string, right: string): number {
  const [one, other] = [left, right].map((text) => ipaddr.parse(text).toByteArray());
  for (const [index, byte] of (one ?? []).entries()) {
    const difference = byte - (other?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What is judged: the simulator's and the analysis's views of an estate, which is whole, so that nothing may be unknown. */
class Views {
  readonly #estate: Estate;
  readonly #world: World;
  readonly #exposures: readonly Exposure[];

  constructor(estate: Estate) {
    this.#estate = estate;
    this.#world = readWorld(estate);
    this.#exposures = [...openings(interpret(estate), { oneWay: true, lateral: () => true })].map(({ exposure }) => exposure);
  }

  /** Whether the analysis has it from such a source; for `one-way`, whatever the client's port. */
  #exposed({ packet, receiver }: Probe, kind: SourceKind, source: string, ways?: Exposure['ways']): boolean {
    return this.#exposures.some(
      (one) =>
        one.interface === receiver.id &&
        one.protocol === packet.protocol &&
        one.family === packet.family &&
        one.source.kind === kind &&
        one.unknown.length === 0 &&
        packet.destination === ((kind === 'internet' ? one.publicAddress : undefined) ?? one.address) &&
        (ways === undefined || one.ways === ways) &&
        one.reach.some(
          ({ sources, ports, clientPorts }) =>
            sources.some(({ first, last }) => compare(first, source) <= 0 && compare(source, last) <= 0) &&
            ports.some(({ begin, end }) => begin <= packet.destinationPort && packet.destinationPort <= end) &&
            (ways === undefined || clientPorts.some(({ begin, end }) => begin <= packet.sourcePort && packet.sourcePort <= end)),
        ),
    );
  }

  /** How the directions of a probe that the simulator delivers, and whose reply it drops, differ. */
  asymmetry({ entry, packet }: Probe): Asymmetry | undefined {
    if (entry.kind !== 'interface' || packet.family === 4) return undefined;
    const { forward, reply, steps } = simulate(this.#estate, entry, packet);
    if (forward !== 'delivered' || reply !== 'dropped') return undefined;
    const by = (way: 'forward' | 'reply', type: string): boolean =>
      steps.some((step) => step.direction === way && step.type === `AWS::EC2::${type}`);
    if (by('forward', 'VPCPeeringConnection') && by('reply', 'InternetGateway'))
      return 'there by a peering, back by the Internet';
    if (by('forward', 'InternetGateway') && by('reply', 'VPCPeeringConnection'))
      return 'there by the Internet, back by a peering';
    return undefined;
  }

  simulator({ entry, packet, receiver }: Probe, arrived: boolean, returned: boolean): string | undefined {
    const said = simulate(this.#estate, entry, packet);
    const isUnknown = said.forward === 'unknown' || said.reply === 'unknown';
    const reaches = said.forward === 'delivered' && said.interface === receiver.id;
    const same = returned === (reaches && said.reply === 'returned') && (packet.protocol === 'tcp' || arrived === reaches);
    if (same && !isUnknown) return undefined;
    const steps = said.steps.map(({ direction, id, rule, verdict }) => `${direction} ${id} ${rule ?? ''} ${verdict}`);
    return `${said.forward} to ${said.interface ?? 'nobody'}, reply ${said.reply}: ${steps.join('; ')}`;
  }

  analysis(probe: Probe, arrived: boolean, returned: boolean): string | undefined {
    const { entry, packet } = probe;
    if (entry.kind === 'interface') return this.#fromInterface(probe, entry.id, returned);
    if (entry.kind === 'transit-gateway') return undefined;
    const reachable = this.#exposed(probe, entry.kind, packet.source, 'two-way');
    if (reachable !== returned) return reachable ? 'reachable' : 'not reachable';
    if (packet.protocol === 'tcp') return undefined;
    if (arrived && !this.#exposed(probe, entry.kind, packet.source)) return 'not even one way';
    return returned && this.#exposed(probe, entry.kind, packet.source, 'one-way') ? 'one way only' : undefined;
  }

  /** By private addresses it is exact, the sender's own filters and routes counted; else the way over the Internet is the receiver's side only. */
  #fromInterface(probe: Probe, id: string, returned: boolean): string | undefined {
    const { packet, receiver } = probe;
    const sender = this.#world.interfaces.find((one) => one.id === id);
    if (sender === undefined || sender.id === receiver.id) return undefined;
    const lateral = this.#exposed(probe, 'security-group', packet.source, 'two-way');
    if (lateral && !returned) return 'reachable';
    if (!returned || lateral) return undefined;
    const outside = packet.family === 6 ? packet.source : sender.mapped.find(([inside]) => inside === packet.source)?.[1];
    // Public addresses out of ranges for documentation are nobody's on the Internet, of which the analysis speaks.
    const isPublic = receiver.mapped.some(([, mapped]) => mapped === packet.destination);
    if (isPublic && outside !== undefined && !isGlobal(outside)) return undefined;
    return outside !== undefined && this.#exposed(probe, 'internet', outside, 'two-way') ? undefined : 'not reachable';
  }
}

function isGlobal(address: string): boolean {
  const within = <P extends Point>(space: Space<P>): boolean => {
    const point = space.address(address);
    return point !== undefined && contains(space.internet, point);
  };
  return within(SPACE4) || within(SPACE6);
}

/** What became of a probe. */
export function fateOf({ arrived, returned }: Outcome, number: number): 'two-way' | 'one-way' | 'blocked' {
  return returned.has(number) ? 'two-way' : arrived.has(number) ? 'one-way' : 'blocked';
}

/** Judges an experiment by its outcome. */
export function judge(estate: Estate, probes: readonly Probe[], outcome: Outcome): Judgement {
  const views = new Views(estate);
  const disagreements: Disagreement[] = [];
  const tally = new Map<string, number>();
  const asymmetric = new Map<Asymmetry, number>();
  for (const [number, probe] of probes.entries()) {
    const [came, back] = [outcome.arrived.has(number), outcome.returned.has(number)];
    const fate = fateOf(outcome, number);
    const key = `${probe.entry.kind} ${probe.packet.protocol} ${fate}`;
    tally.set(key, (tally.get(key) ?? 0) + 1);
    const said = { simulator: views.simulator(probe, came, back), analysis: views.analysis(probe, came, back) };
    const aside = back ? views.asymmetry(probe) : undefined;
    if (aside !== undefined) {
      asymmetric.set(aside, (asymmetric.get(aside) ?? 0) + 1);
      continue;
    }
    for (const [who, what] of Object.entries(said)) {
      if (what === undefined) continue;
      const { family, protocol, source, sourcePort, destination, destinationPort } = probe.packet;
      const flow = `${protocol}${family} ${source} ${sourcePort} > ${destination} ${destinationPort}`;
      const from = JSON.stringify(fields(probe.entry));
      disagreements.push({
        number,
        with: who === 'simulator' ? who : 'analysis',
        what: `${flow} by ${from} to ${probe.receiver.id}: ${fate} in the kernel; ${who}: ${what}`,
      });
    }
  }
  return { disagreements, asymmetric, tally };
}
