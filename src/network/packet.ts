/** A concrete packet, and where it comes from: what witnesses are and what the simulator is given. */

/** IANA protocol numbers that have ports. */
export const PROTOCOLS = { tcp: 6, udp: 17 } as const;
export type ProtocolName = keyof typeof PROTOCOLS;

/** The first packet of a flow. */
export interface Packet {
  readonly family: 4 | 6;
  readonly protocol: ProtocolName;
  /** Text as RFC 5952 or dotted; as it is where the packet enters. */
  readonly source: string;
  readonly sourcePort: number;
  /** As the client addresses it: the public address where there is one. */
  readonly destination: string;
  readonly destinationPort: number;
}

/** Where a packet enters the estate. */
export type Entry =
  | { readonly kind: 'internet' }
  /** From the other side of a peering connection, by an address there. */
  | { readonly kind: 'peering'; readonly id: string }
  | { readonly kind: 'vpn-gateway'; readonly id: string }
  /** Out of an attachment of a transit gateway. */
  | { readonly kind: 'transit-gateway'; readonly attachment: string }
  /** By a consumer of an endpoint service, to a node of its load balancer: the endpoint's own address is the consumer's. */
  | { readonly kind: 'private-link'; readonly id: string }
  /** Sent by a network interface of the estate. */
  | { readonly kind: 'interface'; readonly id: string };
