/** Packets and outcomes as short texts. */
import type { Estate } from '../../../src/estate/estate.ts';
import type { Entry, Packet } from '../../../src/network/packet.ts';
import { simulate } from '../../../src/network/simulate/index.ts';
import type { Leg } from '../../../src/network/simulate/legs.ts';

/** A packet from `tcp 8.8.8.8:49152 > 54.1.1.1:22`, IPv6 addresses in brackets. */
export function packet(text: string): Packet {
  const found = /^(tcp|udp) \[?([^\]>]+?)\]?:(\d+) > \[?([^\]>]+?)\]?:(\d+)$/.exec(text);
  if (found === null) throw new Error(`not a packet: ${text}`);
  const [, protocol, source = '', sourcePort, destination = '', destinationPort] = found;
  return {
    family: source.includes(':') ? 6 : 4,
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    source,
    sourcePort: Number(sourcePort),
    destination,
    destinationPort: Number(destinationPort),
  };
}

/** An entry from `internet`, or the id of a peering, a VPN gateway, an attachment, an endpoint service, an interface. */
export function entry(text: string): Entry {
  if (text === 'internet') return { kind: 'internet' };
  if (text.startsWith('pcx-')) return { kind: 'peering', id: text };
  if (text.startsWith('vpce-svc-')) return { kind: 'private-link', id: text };
  if (text.startsWith('vgw-')) return { kind: 'vpn-gateway', id: text };
  if (text.startsWith('tgw-attach-')) return { kind: 'transit-gateway', attachment: text };
  return { kind: 'interface', id: text };
}

/** What became of a packet: `eni-web returned`, `eni-web reply dropped`, `dropped`, `unknown`, `left returned`; `potential` and `assumed` are added. */
export function outcome(estate: Estate, from: string, text: string): string {
  const { forward, interface: to, reply, potential, assumed } = simulate(estate, entry(from), packet(text));
  const replied = reply === 'none' ? '' : reply === 'returned' ? ' returned' : ` reply ${reply}`;
  const extra = `${potential ? ' potential' : ''}${assumed && forward !== 'dropped' ? ' assumed' : ''}`;
  if (forward === 'delivered') return `${to ?? 'left'}${replied}${extra}`;
  return forward === 'dropped' ? 'dropped' : `unknown${to === undefined ? '' : ` ${to}`}${extra}`;
}

/** What a load balancer's targets get: `eni-one:8080 delivered returned`, chains after `>`. */
export function legs(estate: Estate, from: string, text: string): string[] {
  return (simulate(estate, entry(from), packet(text)).legs ?? []).map(legText);
}

function legText(leg: Leg): string {
  const flags = `${leg.authenticated === true ? ' authenticated' : ''}${leg.potential ? ' potential' : ''}`;
  const inner = (leg.legs ?? []).map((next) => ` > ${legText(next)}`).join('');
  return `${leg.interface ?? leg.target}:${leg.port ?? '?'} ${leg.forward} ${leg.reply}${flags}${inner}`;
}
