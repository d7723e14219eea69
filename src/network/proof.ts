/** Every witness is replayed by the simulator, which is written apart from the analysis, before it is told as certain. */
import type { Estate } from '../estate/estate.ts';
import type { Exposure } from './exposure.ts';
import type { Entry } from './packet.ts';
import { simulate } from './simulate/index.ts';

/** What is replayed of an exposure, or of a way that was asked for. */
export type Claim = Pick<Exposure, 'source' | 'path' | 'witness' | 'interface' | 'unknown' | 'ways'> & {
  /** Behind a load balancer. */
  readonly through?: unknown;
};

/** Where a claim's witness enters. */
function entryOf({ source, path }: Claim): Entry {
  switch (source.kind) {
    case 'internet':
      return { kind: 'internet' };
    case 'peering':
    case 'vpn-gateway':
    case 'private-link':
      return { kind: source.kind, id: source.id };
    case 'transit-gateway':
      return { kind: 'transit-gateway', attachment: source.id };
    case 'security-group':
      // The path begins with the interface that sends.
      return { kind: 'interface', id: path[0]?.id ?? '' };
  }
}

type Simulation = ReturnType<typeof simulate>;
type Leg = NonNullable<Simulation['legs']>[number];
type Trip = Pick<Leg, 'forward' | 'reply' | 'interface'>;

function flat(legs: readonly Leg[]): readonly Leg[] {
  return legs.flatMap((leg) => [leg, ...flat(leg.legs ?? [])]);
}

/** What the simulator says of a witness: it gets there and back; it does not; or it does not know, as rows contradict one another. */
export type Proof = { readonly kind: 'agrees' } | { readonly kind: 'differs' | 'open'; readonly doubts: readonly string[] };

/** Components that the simulator is unsure of, or that stop a packet there, in words. */
function doubtsOf({ steps, legs = [] }: Simulation, verdict: 'unknown' | 'drop'): readonly string[] {
  const found = [steps, ...flat(legs).map((leg) => leg.steps)].flat().filter((step) => step.verdict === verdict);
  const words = found.map(({ type, id, rule = verdict === 'drop' ? 'may stop it' : 'is not known' }) => `${type} ${id}: ${rule}`);
  return words.length > 0 ? [...new Set(words)].slice(0, 5) : ['rows of the snapshot contradict one another'];
}

/** Replays a claim's witness. */
export function prove(estate: Estate, claim: Claim): Proof {
  const simulation = simulate(estate, entryOf(claim), claim.witness);
  const { forward, reply, interface: eni, legs = [] } = simulation;
  const trips: readonly Trip[] =
    claim.through === undefined || (forward === 'unknown' && legs.length === 0)
      ? [{ forward, reply, ...(eni === undefined ? {} : { interface: eni }) }]
      : flat(legs).filter((leg) => leg.interface === claim.interface);
  const arrives = (one: Trip, unsure: boolean): boolean => {
    const passed = (verdict: string, wanted: string) => verdict === wanted || (unsure && verdict === 'unknown');
    if (!passed(one.forward, 'delivered') || (one.interface !== claim.interface && !unsure)) return false;
    // Of what may not have arrived there is no reply.
    const lost = unsure && one.forward === 'unknown' && one.reply === 'none';
    return claim.ways === 'one-way' || lost || passed(one.reply, 'returned');
  };
  const unsure = claim.unknown.length > 0;
  if (trips.some((one) => arrives(one, unsure))) return { kind: 'agrees' };
  if (!trips.some((one) => arrives(one, true))) return { kind: 'differs', doubts: doubtsOf(simulation, 'drop') };
  return { kind: 'open', doubts: doubtsOf(simulation, 'unknown') };
}
