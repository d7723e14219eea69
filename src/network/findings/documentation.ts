/** The tables of docs/network.md: what profiles recognise. */
import { PROFILES, type Service } from './services.ts';

function ports(list: Service['tcp']): string {
  return (list ?? []).map((port) => (typeof port === 'number' ? String(port) : `${port[0]}–${port[1]}`)).join(', ');
}

/** Every service that a profile recognises: its ports, and how severe it is to reach it from the Internet and otherwise. */
export function serviceTable(): string {
  const inspector: ReadonlySet<string> = new Set(PROFILES['inspector-v2'].services.map(({ name }) => name));
  const rows = PROFILES.extended.services.map(({ name, tcp, udp, internet, other }) => [
    name,
    ports(tcp),
    ports(udp),
    internet.toLowerCase(),
    other.toLowerCase(),
    inspector.has(name) ? 'all' : '`extended`',
  ]);
  const head = ['service', 'TCP', 'UDP', 'from the Internet', 'from elsewhere', 'profiles'];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [head, head.map(() => '---'), ...rows].map(line).join('\n');
}
