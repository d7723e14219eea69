/** The outcome of one flow. */
import type { Flow } from './filters.ts';
import type { Arrival, Journey, Step } from './journey.ts';
import { note } from './journey.ts';
import type { Eni } from './world.ts';

export interface Trip {
  readonly forward: 'delivered' | 'dropped' | 'unknown';
  readonly eni?: Eni;
  readonly reply: 'returned' | 'dropped' | 'unknown' | 'none';
  readonly potential: boolean;
  readonly steps: readonly Step[];
}

export function reverse(flow: Flow): Flow {
  const { family, protocol, source, sourcePort, destination, destinationPort } = flow;
  return { family, protocol, source: destination, sourcePort: destinationPort, destination: source, destinationPort: sourcePort };
}

export function verdictOf(journey: Journey, arrival: Arrival): Trip['forward'] {
  if (arrival.kind === 'dropped') return 'dropped';
  return arrival.kind === 'unknown' || journey.doubt ? 'unknown' : 'delivered';
}

/** Orders outcomes: a better one comes further. */
export function worth({ forward, reply }: Pick<Trip, 'forward' | 'reply'>): number {
  const replies = { returned: 3, unknown: 2, dropped: 1, none: 0 };
  return { delivered: 8, unknown: 4, dropped: 0 }[forward] + replies[reply];
}

/** Whether nobody answers at an interface now: it is attached to nothing, or its instance does not run as far as is known. */
export function potentialOf(journey: Journey, eni: Eni): boolean {
  if (eni.instance === undefined) return !eni.attached;
  const state = journey.world.states.get(eni.instance);
  const runs = state === 'running' || state === 'pending';
  note(journey, 'AWS::EC2::Instance', eni.instance, state === undefined ? 'unknown' : 'pass', state ?? 'state not listed');
  return !runs;
}
