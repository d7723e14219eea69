/** What is asked, and how it is answered. */
import type { Hop, Source } from '../exposure.ts';
import type { Detail } from '../opening.ts';
import type { Packet, ProtocolName } from '../packet.ts';

export interface Question {
  /** `i-…`, `eni-…`, a load balancer's ARN or name, or an address. */
  readonly target: string;
  readonly port: number;
  readonly protocol: ProtocolName;
  /**
   * A CIDR block or address, `igw`, the id of a gateway, peering, attachment or endpoint service; or of an interface, instance or
   * security group, which is held to its own rules; anything from outside when absent.
   */
  readonly from?: string;
}

export interface ExplainedWay {
  readonly source: Source;
  readonly interface: string;
  readonly address: string;
  /** Through a load balancer. */
  readonly through?: { readonly loadBalancer: string; readonly listenerPort: number };
  readonly verdict: 'open' | 'unknown' | 'closed';
  /** Of an open or unknown way: hops there and back, and a packet that gets through, or may. */
  readonly detail?: Detail;
  /** Of an unknown one: what it depends on. */
  readonly unknown?: readonly string[];
  /** Of a closed one: the packet that was tried, the hops that it passes, there and then back, and what stops it first. */
  readonly packet?: Packet;
  readonly passed?: readonly Hop[];
  readonly blockedBy?: Hop;
  /** The fewest changes that together would let the packet through, as instructions. */
  readonly changes?: readonly string[];
}

export interface NetworkExplanation {
  readonly question: Question;
  readonly verdict: 'reachable' | 'unknown' | 'not-reachable';
  /** Open ones first, then those that lack least. */
  readonly ways: readonly ExplainedWay[];
}

/** `i-0123:22`, `eni-1:53/udp`, `[2001:db8::1]:443`. */
export function parseTarget(text: string): Pick<Question, 'target' | 'port' | 'protocol'> | undefined {
  const found = /^(?:\[([^\]]+)\]|(.+)):(\d{1,5})(?:\/(tcp|udp))?$/i.exec(text);
  const [, bracketed, plain, digits, protocol = 'tcp'] = found ?? [];
  const port = Number(digits);
  const target = bracketed ?? plain;
  if (target === undefined || !(port <= 65_535)) return undefined;
  return { target, port, protocol: protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp' };
}

/** Up to this many changes are worth telling. */
export const MAX_CHANGES = 6;

const VERDICTS = ['open', 'unknown', 'closed'] as const;

/** Open ones first, then those that lack least. */
export function byVerdict(a: ExplainedWay, b: ExplainedWay): number {
  const order = VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict);
  return order || (a.changes?.length ?? MAX_CHANGES + 1) - (b.changes?.length ?? MAX_CHANGES + 1);
}
