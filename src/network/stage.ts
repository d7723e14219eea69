/** One component that a flow has to pass, as the set of flows it lets through. A way is a list of stages; its reach is their meet. */
import type { Constraints } from './constraints.ts';
import type { Hop } from './exposure.ts';
import type { LoadBalancer } from './model.ts';
import type { ProtocolName } from './packet.ts';
import type { Grant } from './sets/grants.ts';
import type { Partition } from './sets/partition.ts';
import { contains, type Point } from './sets/spans.ts';

/** A concrete flow, to ask stages about. */
export interface Probe<P extends Point> {
  readonly source: P;
  readonly port: number;
  readonly client: number;
  /** The block of clients that was asked about, as text. */
  readonly asked?: string;
  /** What is asked about, as a block: stages are shared by many. */
  readonly goal?: string;
}

export interface Because {
  /** The component, where which one it is depends on the flow. */
  readonly id?: string;
  readonly because: string;
  readonly rule?: string;
  /** What comes next and is not known or not modelled. */
  readonly beyond?: Pick<Hop, 'type' | 'id' | 'because'>;
}

export interface Stage<P extends Point> extends Pick<Hop, 'direction' | 'type' | 'id'> {
  /** A yes or no for every flow. */
  readonly gate?: boolean;
  /** One object for all ways that pass it: what it lets through may be remembered. */
  readonly shared?: true;
  /** Admits exactly the addresses of the Internet. */
  readonly isInternet?: true;
  admits(): Partition<P, Grant>;
  /** What lets a flow through here, or stops it. */
  because(probe: Probe<P>): Because;
  /** Not worth a hop of its own in a path that is open. */
  readonly silent?: true;
  /** The smallest change that would open it, as an instruction. */
  readonly opening: (probe: Probe<P>) => string;
}

/** Whether a stage lets one flow through. */
export function passes<P extends Point>(stage: Stage<P>, { source, port, client }: Probe<P>): boolean {
  return stage
    .admits()
    .some(
      ({ from, to, value }) =>
        source >= from && source < to && contains(value.ports.spans, port) && contains(value.clients.spans, client),
    );
}

/** What rules are read by: the constraints of one address family, for one protocol. */
export interface Reading<P extends Point> {
  readonly constraints: Constraints<P>;
  readonly protocol: ProtocolName;
}

/** Whether a listener or target group of this protocol carries TCP or UDP. */
export function carries(protocol: string, name: ProtocolName): boolean {
  const datagrams = /UDP|QUIC/.test(protocol);
  return name === 'udp' ? datagrams : !datagrams || protocol.startsWith('TCP_');
}

/** CloudFormation type of a load balancer. */
export function balancerType({ kind }: LoadBalancer): string {
  return kind === 'classic' ? 'AWS::ElasticLoadBalancing::LoadBalancer' : 'AWS::ElasticLoadBalancingV2::LoadBalancer';
}
