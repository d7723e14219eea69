/** One line of what AWS networks do, as an estate and packets whose fate both the simulator and the analysis must tell. */
import assert from 'node:assert/strict';
import type { Exposure } from '../../../../src/network/exposure.ts';
import { assessNetwork } from '../../../../src/network/index.ts';
import { interpret } from '../../../../src/network/interpret/index.ts';
import type { Network as Interpreted } from '../../../../src/network/model.ts';
import type { Entry, Packet } from '../../../../src/network/packet.ts';
import { simulate } from '../../../../src/network/simulate/index.ts';
import { holds, isAt, isFrom, type Leg } from '../agreement.ts';
import type { Network } from '../builder.ts';
import { entry, packet } from '../probe.ts';

/**
 * What becomes of a packet: `eni-a`: that interface gets it and the reply returns; `eni-lb > eni-one:8080, eni-two:8080`: so do these
 * targets behind a load balancer's node; `one-way`: it arrives and the reply is lost; `closed`: it does not arrive;
 * `unknown`: nobody can tell, and the report names what it depends on (`unknown vpce-1`). `potential` and `assumed` are added.
 * What only the simulator models is told in two words: `eni-lb > eni-b:8080 // eni-lb > eni-b:8080?`.
 */
export type Fate = string;

export interface Case {
  /** The line of the specification. */
  readonly name: string;
  readonly network: () => Network | readonly [Network, ...Network[]];
  readonly packets: readonly (readonly [from: string, packet: string, fate: Fate])[];
}

function targets(legs: readonly { readonly name: string; readonly fate: string }[]): string {
  const told = legs.filter(({ fate }) => fate !== 'closed').map(({ name, fate }) => (fate === 'through' ? name : `${name}?`));
  return told.length === 0 ? '' : ` > ${[...new Set(told)].sort().join(', ')}`;
}

function flat(legs: readonly Leg[]): readonly Leg[] {
  return legs.flatMap((leg) => [leg, ...(leg.forward === 'delivered' ? flat(leg.legs ?? []) : [])]);
}

function fateOf(forward: string, reply: string): 'through' | 'closed' | 'unknown' {
  if (forward === 'dropped' || reply === 'dropped') return 'closed';
  return forward === 'unknown' || reply === 'unknown' ? 'unknown' : 'through';
}

function simulated(estate: ReturnType<Network['estate']>, from: Entry, sent: Packet): Fate {
  const { forward, reply, interface: eni, potential, assumed, legs = [] } = simulate(estate, from, sent);
  if (forward === 'dropped') return 'closed';
  if (forward === 'unknown' || reply === 'unknown') return 'unknown';
  // Beyond the estate: nobody of it gets the packet.
  if (eni === undefined) return 'closed';
  if (reply !== 'returned') return 'one-way';
  const behind = flat(legs).flatMap((leg) =>
    leg.interface === undefined
      ? []
      : [{ name: `${leg.interface}:${leg.port}${leg.potential ? ' potential' : ''}`, fate: fateOf(leg.forward, leg.reply) }],
  );
  return `${eni}${targets(behind)}${potential ? ' potential' : ''}${assumed ? ' assumed' : ''}`;
}

function analysed(exposures: readonly Exposure[], network: Interpreted, from: Entry, sent: Packet): Fate {
  const here = exposures.filter(
    (one) => one.protocol === sent.protocol && isAt(one, sent.destination) && isFrom(one, from, network),
  );
  const own = here.filter((one) => one.through === undefined && holds(one, sent, sent.destinationPort));
  const sure = own.find(({ unknown, ways }) => unknown.length === 0 && ways === 'two-way');
  if (sure !== undefined) {
    const behind = here.flatMap((exposure) => {
      const { through, interface: eni, reach, unknown, state } = exposure;
      if (through?.listenerPort !== sent.destinationPort) return [];
      const ports = reach.flatMap((part) => part.ports.map(({ begin }) => begin)).filter((port) => holds(exposure, sent, port));
      return ports.map((port) => ({
        name: `${eni}:${port}${state === 'potential' ? ' potential' : ''}`,
        fate: unknown.length > 0 ? 'unknown' : 'through',
      }));
    });
    const { interface: eni, state, source } = sure;
    return `${eni}${targets(behind)}${state === 'potential' ? ' potential' : ''}${source.assumed === true ? ' assumed' : ''}`;
  }
  if (own.some(({ unknown }) => unknown.length === 0)) return 'one-way';
  const doubtful = own.find(({ unknown }) => unknown.length > 0);
  return doubtful === undefined ? 'closed' : `unknown ${doubtful.unknown.join('; ')}`;
}

/** Both must tell the fate of every packet; that of a lost reply over TCP the analysis tells as closed. */
export function prove({ network, packets }: Case): void {
  const made = network();
  const [first, ...others] = 'estate' in made ? [made] : made;
  const estate = first.estate(...others);
  const { exposures, problems } = assessNetwork(estate, 'extended', { lateral: true });
  assert.deepEqual(
    problems.filter(({ code }) => code === 'network-witness-failed').map(({ message }) => message),
    [],
  );
  const interpreted = interpret(estate);
  for (const [from, text, fate] of packets) {
    const [where, sent] = [entry(from), packet(text)];
    const [modelled = '', told = modelled] = fate.split(' // ');
    const [word = '', name = ''] = fate.split(' ');
    const about = `${from}: ${text}`;
    const theirs = simulated(estate, where, sent);
    const ours = analysed(exposures, interpreted, where, sent);
    if (word === 'unknown') {
      assert.equal(theirs, 'unknown', `simulated ${about}`);
      assert.ok(ours.startsWith('unknown ') && ours.includes(name), `analysed ${about}: ${ours} instead of ${fate}`);
    } else {
      assert.equal(theirs, modelled, `simulated ${about}`);
      assert.equal(ours, told === 'one-way' && sent.protocol === 'tcp' ? 'closed' : told, `analysed ${about}`);
    }
  }
}
