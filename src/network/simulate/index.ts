/**
 * An independent simulator of AWS networks: one concrete packet, hop by hop over the rows as AWS gives them, each rule asked in turn.
 * It shares no code with the analysis whose witnesses it replays.
 */
import type { Estate } from '../../estate/estate.ts';
import { type Entry, type Packet, PROTOCOLS } from '../packet.ts';
import { parseAddress } from './address.ts';
import { enterFlow } from './entries.ts';
import type { Flow } from './filters.ts';
import type { Step } from './journey.ts';
import type { Leg } from './legs.ts';
import { worldOf } from './read-world.ts';

/** What became of a packet and of the answer to it. */
export interface Simulation {
  /** `delivered` to an interface, or beyond the estate when there is none. `unknown` is what the estate or the model does not say. */
  readonly forward: 'delivered' | 'dropped' | 'unknown';
  /** The network interface that got it. */
  readonly interface?: string;
  /** `none`: there was nothing to answer. */
  readonly reply: 'returned' | 'dropped' | 'unknown' | 'none';
  /** Nobody answers there now: the instance is stopped or of unknown state, or the interface is attached to nothing. */
  readonly potential: boolean;
  /** No prefix of the network that the packet comes from is known; its address was taken to be possible. */
  readonly assumed: boolean;
  readonly steps: readonly Step[];
  /** What a load balancer's targets get of it. */
  readonly legs?: readonly Leg[];
}

/** Sends one packet into an estate. Never throws: a packet that cannot be read is of unknown fate. */
export function simulate(estate: Estate, entry: Entry, packet: Packet): Simulation {
  const flow = readPacket(packet);
  if (flow === undefined) {
    const step: Step = { direction: 'forward', type: 'Packet', id: packet.destination, rule: 'not a packet', verdict: 'unknown' };
    return { forward: 'unknown', reply: 'none', potential: false, assumed: false, steps: [step] };
  }
  const { eni, assumed = false, forward, reply, potential, steps, legs } = enterFlow(worldOf(estate), entry, flow);
  return {
    forward,
    ...(eni === undefined ? {} : { interface: eni.id }),
    reply,
    potential,
    assumed,
    steps,
    ...(legs === undefined ? {} : { legs }),
  };
}

function readPacket(packet: Packet): Flow | undefined {
  const source = parseAddress(packet.source);
  const destination = parseAddress(packet.destination);
  const protocol = PROTOCOLS[packet.protocol];
  if (source?.family !== packet.family || destination?.family !== packet.family || protocol === undefined) return undefined;
  const { sourcePort, destinationPort } = packet;
  if (![sourcePort, destinationPort].every((port) => Number.isInteger(port) && port >= 0 && port <= 65535)) return undefined;
  return {
    family: packet.family,
    protocol,
    source: source.value,
    sourcePort,
    destination: destination.value,
    destinationPort,
  };
}
