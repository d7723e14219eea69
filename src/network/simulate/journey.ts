/** What one packet meets on its way, one direction at a time. */
import type { CallId } from '../../estate/calls.ts';
import type { Flow, Known, Ruling } from './filters.ts';
import type { Eni, World } from './world.ts';

export interface Step {
  readonly direction: 'forward' | 'reply';
  /** As CloudFormation names it. */
  readonly type: string;
  readonly id: string;
  readonly rule?: string;
  readonly verdict: 'pass' | 'drop' | 'unknown';
}

/** One direction of a flow. Filters that are unknown leave a doubt; what follows may still drop the packet for certain. */
export interface Journey {
  readonly world: World;
  readonly direction: 'forward' | 'reply';
  readonly steps: Step[];
  doubt: boolean;
  /** Where it was routed before: a second time means for ever. */
  readonly seen: Set<string>;
}

export type Arrival =
  | { readonly kind: 'interface'; readonly eni: Eni; readonly flow: Flow }
  /** It leaves the network by a gateway, or goes where the estate does not reach. */
  | {
      readonly kind: 'left';
      readonly by: 'internet' | 'egress-only' | 'nat' | 'vpn' | 'peering' | 'transit' | 'endpoint';
      readonly id: string;
      readonly subnet: string;
      readonly flow: Flow;
    }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'unknown' };

export const DROPPED: Arrival = { kind: 'dropped' };
export const UNKNOWN: Arrival = { kind: 'unknown' };

export function journeyOf(world: World, direction: 'forward' | 'reply'): Journey {
  return { world, direction, steps: [], doubt: false, seen: new Set() };
}

export function fork(journey: Journey): Journey {
  return { ...journey, steps: [...journey.steps], seen: new Set(journey.seen) };
}

/** Takes over what a fork went through. */
export function join(journey: Journey, other: Journey): void {
  journey.steps.splice(0, journey.steps.length, ...other.steps);
  journey.doubt = other.doubt;
}

/** Whether a packet comes to a place a second time: nothing about it has changed, so that it goes round until its time is up. */
export function returns({ seen }: Journey, place: string): boolean {
  const known = seen.has(place);
  seen.add(place);
  return known;
}

export function note(journey: Journey, type: string, id: string, verdict: Step['verdict'], rule?: string): void {
  journey.steps.push({ direction: journey.direction, type, id, ...(rule === undefined ? {} : { rule }), verdict });
}

/** Notes a filter's ruling; false when it drops the packet. */
export function passes(journey: Journey, type: string, ruling: Ruling): boolean {
  const verdicts: Record<Known, Step['verdict']> = { yes: 'pass', no: 'drop', maybe: 'unknown' };
  note(journey, type, ruling.id, verdicts[ruling.verdict], ruling.rule);
  if (ruling.verdict === 'maybe') journey.doubt = true;
  return ruling.verdict !== 'no';
}

export function drop(journey: Journey, type: string, id: string, rule?: string): Arrival {
  note(journey, type, id, 'drop', rule);
  return DROPPED;
}

export function unknown(journey: Journey, type: string, id: string, rule?: string): Arrival {
  note(journey, type, id, 'unknown', rule);
  return UNKNOWN;
}

/** Something is not listed: it does not exist, unless the list is incomplete. */
export function missing(journey: Journey, call: CallId, type: string, id: string, rule: string): Arrival {
  return journey.world.incomplete.has(call) ? unknown(journey, type, id, rule) : drop(journey, type, id, rule);
}
