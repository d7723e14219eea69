/** What the analysis says: which ports of which interface can be reached, from where, and the proof. */
import type { Packet, ProtocolName } from './packet.ts';

/** Inclusive. */
export interface PortRange {
  readonly begin: number;
  readonly end: number;
}

/** Inclusive, addresses as text. */
export interface AddressRange {
  readonly first: string;
  readonly last: string;
}

export type SourceKind =
  | 'internet'
  | 'peering'
  | 'vpn-gateway'
  | 'transit-gateway'
  | 'private-link'
  /** Lateral movement, on request: members of another security group. */
  | 'security-group';

export interface Source {
  readonly kind: SourceKind;
  /** `igw-…`, `pcx-…`, `vgw-…`, `tgw-attach-…`, `vpce-svc-…`; `sg-…,sg-…`: all groups that the senders carry. */
  readonly id: string;
  /** Its addresses are not known from routes: every private address outside of the VPC was taken. */
  readonly assumed?: true;
  /** Of `private-link`: account ids and ARNs of who may send; `*` is anyone. */
  readonly consumers?: readonly string[];
}

/** Sources that reach the same ports with the same client ports. */
export interface Reach {
  readonly sources: readonly AddressRange[];
  readonly ports: readonly PortRange[];
  readonly clientPorts: readonly PortRange[];
}

/** One component on the way and what let the packet through there. */
export interface Hop {
  readonly direction: 'forward' | 'reply';
  /** CloudFormation type, e.g. `AWS::EC2::NetworkAcl`. */
  readonly type: string;
  readonly id: string;
  /** The rule, route or address in words and by id: `rule 100 allows tcp 22 from 0.0.0.0/0`. */
  readonly because?: string;
  /** Id or number of the rule: what has to be changed to close the path. */
  readonly rule?: string;
  /** Whether it lets the packet pass is not known; `because` says why. */
  readonly unknown?: true;
}

export interface Exposure {
  /** Stable over runs and over what does not concern it. */
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly vpc: string;
  readonly subnet: string;
  readonly interface: string;
  readonly instance?: string;
  /** ARN or, of classic ones, name: the load balancer whose node the interface is. */
  readonly loadBalancer?: string;
  /** The instance's or interface's private address that is reached. */
  readonly address: string;
  /** What clients address, where it is another. */
  readonly publicAddress?: string;
  readonly family: 4 | 6;
  readonly protocol: ProtocolName;
  readonly source: Source;
  /** The way through a load balancer to one of its targets. */
  readonly through?: { readonly loadBalancer: string; readonly listenerPort: number; readonly targetGroup?: string };
  /** Sorted by source. */
  readonly reach: readonly Reach[];
  /** `one-way`: a datagram arrives and its reply does not. */
  readonly ways: 'two-way' | 'one-way';
  /** `potential`: the instance is stopped. */
  readonly state: 'active' | 'potential';
  /** Components on the path that are not modelled: with them the path may be closed, and nobody knows. */
  readonly unknown: readonly string[];
  readonly path: readonly Hop[];
  /** A packet that the simulator has delivered. */
  readonly witness: Packet;
}
