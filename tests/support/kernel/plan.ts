/** What the kernel is told to build: namespaces, the cables between them, and what is sent through. `lab.py` carries it out. */
import type { ProtocolName } from '../../../src/network/packet.ts';

interface End {
  /** Of a namespace. */
  readonly name: string;
  readonly device: string;
}

export interface Space {
  readonly name: string;
  /** Lines for `ip -batch`. */
  readonly ip: readonly string[];
  /** Lines that speak of IPv6 without saying so. */
  readonly ip6?: readonly string[];
  /** A ruleset for `nft -f`; may be empty. */
  readonly nft: string;
}

export interface Cable {
  /** The ends of a `line` take everything that is sent for theirs; those of a `port` ask for addresses as on any Ethernet. */
  readonly kind: 'line' | 'port';
  readonly ends: readonly [End, End];
}

export interface KernelProbe {
  readonly namespace: string;
  readonly protocol: ProtocolName;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly port: number;
}

export interface Plan {
  readonly namespaces: readonly Space[];
  readonly cables: readonly Cable[];
  /** Where TCP is accepted and UDP echoed. */
  readonly servers: readonly { readonly namespace: string; readonly address: string; readonly port: number }[];
  readonly probes: readonly KernelProbe[];
}

/** Numbers of probes. */
export interface Outcome {
  /** Datagrams that a server got. */
  readonly arrived: ReadonlySet<number>;
  /** Connections made, and datagrams whose echo came back. */
  readonly returned: ReadonlySet<number>;
}
