/** What the simulator and the analysis say of probes, against what the kernel did with them. */
import ipaddr from 'ipaddr.js';
import type { Estate, Row } from '../../../src/estate/estate.ts';
import { fields } from '../../../src/inventory/values.ts';
import { openings } from '../../../src/network/analyse.ts';
import type { Exposure, SourceKind } from '../../../src/network/exposure.ts';
import { interpret } from '../../../src/network/interpret/index.ts';
import { simulate } from '../../../src/network/simulate/index.ts';
import { objects } from './filters.ts';
import type { Outcome } from './plan.ts';
import type { Probe } from './probes.ts';
import { type Interface, networkAclOf, readWorld, type World } from './world.ts';

/** How the kernel and what is judged see a probe differently. */
export interface Disagreement {
  readonly number: number;
  readonly with: 'simulator' | 'analysis';
  readonly what: string;
}

export interface Judgement {
  readonly disagreements: readonly Disagreement[];
  /** Probes whose replies come back by another gateway than they went; the kernel lets them, and AWS does not say whether it does. */
  readonly asymmetric: number;
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

/** Whether an interface's own rules let everything of a family out, and its subnet's everything both ways. */
function isOpen(world: World, { groups, subnet }: Interface, everyone: string): boolean {
  const lets = (row: Row): boolean => row.IpProtocol === '-1' && JSON.stringify(row).includes(`"${everyone}"`);
  const place = world.subnets.find(({ id }) => id === subnet);
  const acl = place === undefined ? undefined : networkAclOf(world, place);
  const first = (egress: boolean): Row | undefined =>
    objects(acl?.Entries)
      .filter(
        (entry) =>
          entry.Egress === egress &&
          (entry.CidrBlock ?? entry.Ipv6CidrBlock)?.toString().includes(':') === everyone.includes(':'),
      )
      .sort((left, right) => Number(left.RuleNumber) - Number(right.RuleNumber))[0];
  return (
    world
      .rows('ec2.DescribeSecurityGroups')
      .some((row) => groups.some((id) => id === row.GroupId) && objects(row.IpPermissionsEgress).some(lets)) &&
    [true, false]
      .map(first)
      .every(
        (entry) =>
          entry?.RuleAction === 'allow' && entry.Protocol === '-1' && (entry.CidrBlock ?? entry.Ipv6CidrBlock) === everyone,
      )
  );
}

/** What is judged: the simulator's and the analysis's views of an estate, which is whole, so that nothing may be unknown. */
class Views {
  readonly #estate: Estate;
  readonly #world: World;
  readonly #exposures: readonly Exposure[];

  constructor(estate: Estate) {
    this.#estate = estate;
    this.#world = readWorld(estate);
    this.#exposures = [...openings(interpret(estate), { oneWay: true })].map(({ exposure }) => exposure);
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

  /** Two VPCs that are joined over the Internet and by a peering: replies may take the other way. */
  isJoinedTwice({ entry, packet, receiver }: Probe): boolean {
    if (entry.kind !== 'interface' || packet.family === 4) return false;
    const sender = this.#world.interfaces.find(({ id }) => id === entry.id);
    return [...this.#world.peerings.values()].some(
      (vpcs) => sender !== undefined && sender.vpc !== receiver.vpc && vpcs.includes(sender.vpc) && vpcs.includes(receiver.vpc),
    );
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

  /** The sender's own filters are not the analysis's concern: where they are open it must agree, elsewhere it may hold more reachable. */
  #fromInterface(probe: Probe, id: string, returned: boolean): string | undefined {
    const { packet, receiver } = probe;
    const sender = this.#world.interfaces.find((one) => one.id === id);
    if (sender === undefined || sender.vpc === receiver.vpc) return undefined;
    const peered = this.#exposed(probe, 'peering', packet.source, 'two-way');
    const outside = packet.family === 6 ? packet.source : sender.mapped.find(([inside]) => inside === packet.source)?.[1];
    const over = outside !== undefined && this.#exposed(probe, 'internet', outside, 'two-way');
    if (returned && !peered && !over) return 'not reachable';
    return !returned && peered && packet.family === 4 && isOpen(this.#world, sender, '0.0.0.0/0') ? 'reachable' : undefined;
  }
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
  let asymmetric = 0;
  for (const [number, probe] of probes.entries()) {
    const [came, back] = [outcome.arrived.has(number), outcome.returned.has(number)];
    const fate = fateOf(outcome, number);
    const key = `${probe.entry.kind} ${probe.packet.protocol} ${fate}`;
    tally.set(key, (tally.get(key) ?? 0) + 1);
    const said = { simulator: views.simulator(probe, came, back), analysis: views.analysis(probe, came, back) };
    if (back && said.simulator !== undefined && views.isJoinedTwice(probe)) {
      asymmetric++;
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
