/** Services that ports are recognised by, and how severe it is to reach them: from the Internet, and over any other path. */
import type { ProtocolName } from '../packet.ts';

export type NetworkSeverity = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW' | 'INFORMATIONAL';

export interface Service {
  readonly name: string;
  /** A port, or first and last of a range. */
  readonly tcp?: readonly (number | readonly [first: number, last: number])[];
  readonly udp?: readonly (number | readonly [first: number, last: number])[];
  readonly internet: NetworkSeverity;
  readonly other: NetworkSeverity;
}

/**
 * What Amazon Inspector recognises, with its severities (user guide, "Network reachability findings"). Anything else is
 * informational.
 */
const INSPECTOR: readonly Service[] = [
  { name: 'FTP', tcp: [21], udp: [21], internet: 'HIGH', other: 'MEDIUM' },
  { name: 'Telnet', tcp: [23], udp: [23], internet: 'HIGH', other: 'MEDIUM' },
  { name: 'Print services', tcp: [515], internet: 'HIGH', other: 'MEDIUM' },
  { name: 'SSH', tcp: [22], udp: [22], internet: 'MEDIUM', other: 'LOW' },
  { name: 'RDP', tcp: [3389], udp: [3389], internet: 'MEDIUM', other: 'LOW' },
  { name: 'SMB', tcp: [445], udp: [445], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'NetBIOS', tcp: [137, 139], udp: [137, 138], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'LDAP', tcp: [389], udp: [389], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'LDAP over TLS', tcp: [636], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'Global catalog LDAP', tcp: [3268], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'Global catalog LDAP over TLS', tcp: [3269], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'RPC', tcp: [111, 135, 530], udp: [111, 135, 530], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'NFS', tcp: [2049, 4045, 1110], udp: [2049, 4045, 1110], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  {
    name: 'Kerberos',
    tcp: [88, 464, 543, 544, 749, 751],
    udp: [88, 464, [749, 752]],
    internet: 'MEDIUM',
    other: 'INFORMATIONAL',
  },
  { name: 'WINS', tcp: [42, 1512], udp: [42, 1512], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'DHCP', tcp: [67, 68, 546, 547], udp: [67, 68, 546, 547], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'Syslog', tcp: [601], udp: [514], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'MongoDB', tcp: [[27_017, 27_019], 28_017], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'SQL Server', tcp: [1433], udp: [1434], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'MySQL', tcp: [3306], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'PostgreSQL', tcp: [5432], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'Oracle', tcp: [1521, 1630], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'Elasticsearch', tcp: [9200, 9300], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'HTTP', tcp: [80], udp: [80], internet: 'LOW', other: 'INFORMATIONAL' },
  { name: 'HTTPS', tcp: [443], udp: [443], internet: 'LOW', other: 'INFORMATIONAL' },
];

/** What Inspector leaves out: services that give away a machine or its data when they are reached. */
const MORE: readonly Service[] = [
  { name: 'Docker', tcp: [2375, 2376], internet: 'CRITICAL', other: 'HIGH' },
  { name: 'kubelet', tcp: [10_250, 10_255], internet: 'HIGH', other: 'MEDIUM' },
  { name: 'etcd', tcp: [2379, 2380], internet: 'HIGH', other: 'MEDIUM' },
  { name: 'Redis', tcp: [6379], internet: 'HIGH', other: 'LOW' },
  { name: 'Memcached', tcp: [11_211], udp: [11_211], internet: 'HIGH', other: 'LOW' },
  { name: 'WinRM', tcp: [5985, 5986], internet: 'MEDIUM', other: 'LOW' },
  { name: 'VNC', tcp: [[5900, 5909]], internet: 'MEDIUM', other: 'LOW' },
  { name: 'SNMP', udp: [161], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'Kafka', tcp: [9092], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'ZooKeeper', tcp: [2181], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'Cassandra', tcp: [7199, 8888, 9042, 9160], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'CouchDB', tcp: [5984], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'Kibana', tcp: [5601], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'Consul', tcp: [8500], internet: 'MEDIUM', other: 'INFORMATIONAL' },
  { name: 'HTTP, alternative port', tcp: [8080, 8443], internet: 'LOW', other: 'INFORMATIONAL' },
  { name: 'SMTP', tcp: [25], internet: 'LOW', other: 'INFORMATIONAL' },
];

/** Whose findings are made: Inspector v2's, those of its Classic rules package, or with more services and one-way paths. */
export const PROFILES = {
  'inspector-v2': { title: 'Amazon Inspector', services: INSPECTOR, classic: false, oneWay: false, privateLink: false },
  'inspector-classic': {
    title: 'Inspector Classic, Network Reachability',
    services: INSPECTOR,
    classic: true,
    oneWay: false,
    privateLink: false,
  },
  extended: {
    title: 'Inspector with more services, consumers of PrivateLink, and datagrams whose replies get lost',
    services: [...INSPECTOR, ...MORE],
    classic: false,
    oneWay: true,
    privateLink: true,
  },
} as const satisfies Record<
  string,
  { title: string; services: readonly Service[]; classic: boolean; oneWay: boolean; privateLink: boolean }
>;
export type ProfileId = keyof typeof PROFILES;

/** Ports of a service as half-open spans. */
export function servicePorts(service: Service, protocol: ProtocolName): readonly (readonly [from: number, to: number])[] {
  return (service[protocol] ?? []).map((port) => (typeof port === 'number' ? [port, port + 1] : [port[0], port[1] + 1]));
}
