/** What of AWS networks is worked out, told as unknown, or not looked at: the table of the README. */

type Coverage = 'exact' | 'unknown' | 'not looked at';

const COVERED: readonly (readonly [what: string, coverage: Coverage, notes: string])[] = [
  ['Security groups', 'exact', 'IPv4, IPv6, prefix lists, groups of the VPC, of peers and of transit gateways'],
  ['Network ACLs', 'exact', 'order, both directions, three grades of client ports'],
  ['Route tables', 'exact', 'longest prefix, main and edge tables, propagated routes, prefix lists, blackholes'],
  ['Internet gateways, public addresses, block public access', 'exact', 'exclusions of VPCs and subnets'],
  ['NAT and egress-only gateways', 'exact', 'let nothing in'],
  ['VPC peering', 'exact', 'of other accounts by the record of the peering; no transit'],
  ['VPN gateways, Direct Connect', 'exact', 'networks behind them by routes and connections, else assumed'],
  ['Transit gateways', 'exact', 'associations, propagations, blackholes, zones, appliance mode'],
  ['Application, network and classic load balancers', 'exact', 'listeners, targets, client addresses, zones, one behind another'],
  ['PrivateLink services', 'exact', '`--profile extended`'],
  ['Members of security groups', 'exact', '`--lateral`, `explain --from`'],
  ['Appliances, gateway load balancer endpoints, Network Firewall', 'unknown', 'whatever their rules say'],
  ['Local and carrier gateways, Cloud WAN, Global Accelerator', 'unknown', 'told where a VPC has them'],
  ['Tables that were refused or lost, groups of other accounts', 'unknown', 'with the call that would tell'],
  ['CloudFront, API Gateway, VPC Lattice, web application firewalls', 'not looked at', ''],
  ['Firewalls of the operating system, ICMP', 'not looked at', ''],
];

/** The table of coverage. */
export function coverageTable(): string {
  const head = ['component', 'coverage', 'notes'];
  return [head, head.map(() => '---'), ...COVERED].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
