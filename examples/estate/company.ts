/** A company's networks: two accounts, two regions, a hub with spokes, and the mistakes that grow in such places. */
import type { RegionContent } from '../../src/estate/memory.ts';
import { Network } from '../../tests/support/estates/builder.ts';

const PRODUCTION = '111122223333';
const SHARED = '444455556666';

function numbered(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** A public zone and a private one in each of two availability zones. */
function zones(network: Network, name: string, second: number, kinds: Readonly<Record<string, number>>): void {
  for (const [kind, third] of Object.entries(kinds)) {
    network.subnet(`subnet-${name}-${kind}-a`, `vpc-${name}`, [`10.${second}.${third}.0/24`], 'a');
    network.subnet(`subnet-${name}-${kind}-b`, `vpc-${name}`, [`10.${second}.${third + 1}.0/24`], 'b');
  }
}

interface Fleet {
  readonly count: number;
  /** Of both zones, without the zone's letter. */
  readonly subnets: string;
  readonly second: number;
  readonly third: number;
  readonly first: number;
  readonly groups: readonly string[];
  /** First three bytes of public addresses. */
  readonly public?: string;
}

/** Instances by turns in both zones. */
function fleet(
  network: Network,
  name: string,
  { count, subnets, second, third, first, groups, public: outside }: Fleet,
): string[] {
  return numbered(count).map((number) => {
    const zone = number % 2;
    const host = first + number;
    network.eni(`eni-${name}-${number}`, `${subnets}-${zone === 1 ? 'a' : 'b'}`, {
      ip: [`10.${second}.${third + 1 - zone}.${host}`],
      groups,
      ...(outside === undefined ? {} : { public: `${outside}.${host}` }),
    });
    return `i-${name}-${number}`;
  });
}

/** The shop and, peered with it, analytics. */
function production(): Network {
  const network = new Network(PRODUCTION, 'eu-west-1');
  network.vpc('vpc-shop', '10.20.0.0/16').vpc('vpc-analytics', '10.30.0.0/16');
  network.prefixList('pl-offices', '33.10.20.0/24', '33.44.0.0/22');
  zones(network, 'shop', 20, { public: 0, app: 10, data: 20 });
  zones(network, 'analytics', 30, { work: 0 });
  network.igw('igw-shop', 'vpc-shop').igw('igw-analytics', 'vpc-analytics');
  network.peering('pcx-shop-analytics', 'vpc-analytics', 'vpc-shop');

  network.table('rtb-shop-public', 'vpc-shop', ['subnet-shop-public-a', 'subnet-shop-public-b'], ['0.0.0.0/0 igw-shop']);
  network.nat('nat-shop', 'subnet-shop-public-a', '10.20.0.200', '52.17.30.200');
  network.table(
    'rtb-shop-private',
    'vpc-shop',
    ['main'],
    ['0.0.0.0/0 nat-shop', '10.30.0.0/16 pcx-shop-analytics', '10.10.0.0/16 tgw-hub', '172.16.0.0/12 tgw-hub'],
  );
  network.table('rtb-analytics', 'vpc-analytics', ['main'], ['0.0.0.0/0 igw-analytics', '10.20.0.0/16 pcx-shop-analytics']);
  // Replies to what the database's clients call ephemeral ports, and no others.
  network.acl(
    'acl-shop-data',
    'vpc-shop',
    ['subnet-shop-data-a', 'subnet-shop-data-b'],
    ['100 allow tcp 5432 10.0.0.0/8', '110 allow tcp 9092 10.20.0.0/16', '120 allow tcp 22 172.16.0.0/12'],
    ['100 allow tcp 32768-60999 10.0.0.0/8', '110 allow tcp 32768-65535 172.16.0.0/12'],
  );

  network.group('sg-shop-alb', 'vpc-shop', ['tcp 80 0.0.0.0/0', 'tcp 443 0.0.0.0/0']);
  network.group('sg-shop-web', 'vpc-shop', ['tcp 8080 sg-shop-alb', 'tcp 22 sg-bastion', 'tcp 22 172.16.0.0/12']);
  network.group('sg-bastion', 'vpc-shop', ['tcp 22 0.0.0.0/0']);
  network.group('sg-ingest', 'vpc-shop', ['tcp 5671 0.0.0.0/0', 'tcp 22 sg-bastion']);
  network.group('sg-legacy-elb', 'vpc-shop', ['tcp 80 0.0.0.0/0']);
  network.group('sg-legacy', 'vpc-shop', ['tcp 8000-8100 sg-legacy-elb', 'tcp 21 0.0.0.0/0']);
  network.group('sg-database', 'vpc-shop', ['tcp 5432 sg-shop-web', 'tcp 5432 10.30.0.0/16', 'tcp 22 172.16.0.0/12']);
  network.group('sg-kafka', 'vpc-shop', ['tcp 9092 10.20.0.0/16', 'tcp 22 172.16.0.0/12']);
  network.group('sg-workers', 'vpc-analytics', ['all sg-workers', 'tcp 22 pl-offices']);
  network.group('sg-notebook', 'vpc-analytics', ['tcp 8888 pl-offices', 'tcp 22 pl-offices']);

  network.eni('eni-bastion', 'subnet-shop-public-a', { ip: ['10.20.0.10'], groups: ['sg-bastion'], public: '52.17.30.10' });
  const web = fleet(network, 'web', {
    count: 12,
    subnets: 'subnet-shop-app',
    second: 20,
    third: 10,
    first: 20,
    groups: ['sg-shop-web'],
  });
  const ingest = fleet(network, 'ingest', {
    count: 4,
    subnets: 'subnet-shop-app',
    second: 20,
    third: 10,
    first: 60,
    groups: ['sg-ingest'],
  });
  const legacy = fleet(network, 'legacy', {
    count: 2,
    subnets: 'subnet-shop-public',
    second: 20,
    third: 0,
    first: 30,
    groups: ['sg-legacy'],
    public: '52.17.30',
  });
  fleet(network, 'postgres', {
    count: 3,
    subnets: 'subnet-shop-data',
    second: 20,
    third: 20,
    first: 10,
    groups: ['sg-database'],
  });
  fleet(network, 'kafka', { count: 3, subnets: 'subnet-shop-data', second: 20, third: 20, first: 40, groups: ['sg-kafka'] });
  fleet(network, 'worker', {
    count: 10,
    subnets: 'subnet-analytics-work',
    second: 30,
    third: 0,
    first: 20,
    groups: ['sg-workers'],
    public: '34.245.7',
  });
  network.eni('eni-notebook', 'subnet-analytics-work-a', { ip: ['10.30.0.9'], groups: ['sg-notebook'], public: '34.245.7.9' });

  const nodes = { 'subnet-shop-public-a': '10.20.0.100', 'subnet-shop-public-b': '10.20.1.100' };
  network.balancer('shop', {
    nodes,
    public: { 'subnet-shop-public-a': '52.17.30.100', 'subnet-shop-public-b': '52.17.30.101' },
    groups: ['sg-shop-alb'],
    listeners: {
      'HTTP 80': [{ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } }],
      'HTTPS 443': ['shop-web'],
    },
  });
  network.targetGroup('shop-web', { port: 8080, vpc: 'vpc-shop', targets: web });
  network.balancer('ingest', {
    kind: 'network',
    nodes: { 'subnet-shop-public-a': '10.20.0.110', 'subnet-shop-public-b': '10.20.1.110' },
    public: { 'subnet-shop-public-a': '52.17.30.110', 'subnet-shop-public-b': '52.17.30.111' },
    listeners: { 'TCP 5671': ['ingest'] },
    attributes: { 'load_balancing.cross_zone.enabled': 'true' },
  });
  network.targetGroup('ingest', { protocol: 'TCP', port: 5671, vpc: 'vpc-shop', targets: ingest });
  classic(network, 'legacy-elb', legacy);

  network.transitGateway('tgw-hub');
  network.attachment('tgw-attach-shop', 'tgw-hub', 'vpc-shop', 'tgw-rtb-spokes', {
    subnets: ['subnet-shop-app-a', 'subnet-shop-app-b'],
  });
  return network;
}

/** A classic load balancer with a node in each public subnet. */
function classic(network: Network, name: string, instances: readonly string[]): void {
  for (const [index, zone] of ['a', 'b'].entries())
    network.eni(`eni-${name}-${zone}`, `subnet-shop-public-${zone}`, {
      ip: [`10.20.${index}.120`],
      public: `52.17.30.${120 + index}`,
      groups: ['sg-legacy-elb'],
      instance: 'none',
      description: `ELB ${name}`,
    });
  network.add('elb.DescribeLoadBalancers', {
    LoadBalancerName: name,
    DNSName: `${name}-1234567890.eu-west-1.elb.amazonaws.com`,
    Scheme: 'internet-facing',
    VPCId: 'vpc-shop',
    AvailabilityZones: ['eu-west-1a', 'eu-west-1b'],
    Subnets: ['subnet-shop-public-a', 'subnet-shop-public-b'],
    SecurityGroups: ['sg-legacy-elb'],
    Instances: instances.map((id) => ({ InstanceId: id })),
    ListenerDescriptions: [
      { Listener: { Protocol: 'HTTP', LoadBalancerPort: 80, InstanceProtocol: 'HTTP', InstancePort: 8080 }, PolicyNames: [] },
    ],
  });
  network.per('elb.DescribeLoadBalancerAttributes', name, [{ CrossZoneLoadBalancing: { Enabled: true } }]);
}

/** The hub with its firewall and VPN, and the tools that operations run. */
function shared(): Network {
  const network = new Network(SHARED, 'eu-west-1');
  network.vpc('vpc-hub', '10.10.0.0/16').vpc('vpc-tools', '10.11.0.0/16');
  zones(network, 'hub', 10, { public: 0, inspected: 10, build: 20 });
  zones(network, 'tools', 11, { ops: 0 });
  network.igw('igw-hub', 'vpc-hub').igw('igw-tools', 'vpc-tools').vgw('vgw-tools', 'vpc-tools');

  // What comes in for the inspected subnets goes through a firewall, whose rules nobody here reads.
  network.table('rtb-hub-edge', 'vpc-hub', ['igw-hub'], ['10.10.10.0/24 vpce-firewall', '10.10.11.0/24 vpce-firewall']);
  network.table('rtb-hub-public', 'vpc-hub', ['subnet-hub-public-a', 'subnet-hub-public-b'], ['0.0.0.0/0 igw-hub']);
  network.table(
    'rtb-hub-inspected',
    'vpc-hub',
    ['subnet-hub-inspected-a', 'subnet-hub-inspected-b'],
    ['0.0.0.0/0 vpce-firewall', '10.20.0.0/16 tgw-hub', '172.16.0.0/12 tgw-hub'],
  );
  network.table('rtb-hub-build', 'vpc-hub', ['main'], ['0.0.0.0/0 igw-hub', '10.20.0.0/16 tgw-hub', '172.16.0.0/12 tgw-hub']);
  network.eni('eni-firewall', 'subnet-hub-public-a', {
    ip: ['10.10.0.250'],
    instance: 'none',
    type: 'gateway_load_balancer_endpoint',
    description: 'VPC Endpoint Interface of the firewall',
  });
  network.add('ec2.DescribeVpcEndpoints', {
    VpcEndpointId: 'vpce-firewall',
    VpcEndpointType: 'GatewayLoadBalancer',
    VpcId: 'vpc-hub',
    State: 'available',
    SubnetIds: ['subnet-hub-public-a'],
    NetworkInterfaceIds: ['eni-firewall'],
  });
  network.group('sg-gitlab', 'vpc-hub', ['tcp 443 0.0.0.0/0', 'tcp 22 172.16.0.0/12']);
  network.group('sg-runners', 'vpc-hub', ['tcp 22 172.16.0.0/12']);
  // Opened for an afternoon, three years ago.
  network.group('sg-build-windows', 'vpc-hub', ['tcp 3389 0.0.0.0/0', 'tcp 5985-5986 172.16.0.0/12']);
  network.eni('eni-gitlab', 'subnet-hub-inspected-a', { ip: ['10.10.10.20'], groups: ['sg-gitlab'], public: '54.77.8.20' });
  fleet(network, 'runner', { count: 6, subnets: 'subnet-hub-build', second: 10, third: 20, first: 30, groups: ['sg-runners'] });
  network.eni('eni-build-windows', 'subnet-hub-build-b', {
    ip: ['10.10.21.9'],
    groups: ['sg-build-windows'],
    public: '54.77.8.9',
  });

  network.transitGateway('tgw-hub');
  network.attachment('tgw-attach-hub', 'tgw-hub', 'vpc-hub', 'tgw-rtb-hub', {
    subnets: ['subnet-hub-build-a', 'subnet-hub-build-b'],
  });
  network.attachment('tgw-attach-shop', 'tgw-hub', 'vpc-shop', 'tgw-rtb-spokes');
  network.attachment('tgw-attach-office', 'tgw-hub', 'vpn:vpn-office', 'tgw-rtb-hub');
  network.transitTable('tgw-rtb-hub', 'tgw-hub', [
    '10.10.0.0/16 tgw-attach-hub propagated',
    '10.20.0.0/16 tgw-attach-shop propagated',
    '172.16.0.0/12 tgw-attach-office propagated',
    '10.40.0.0/16 - blackhole',
  ]);
  network.transitTable('tgw-rtb-spokes', 'tgw-hub', [
    '10.10.0.0/16 tgw-attach-hub',
    '172.16.0.0/12 tgw-attach-office propagated',
    '10.30.0.0/16 - blackhole',
  ]);
  network.add('ec2.DescribeVpnConnections', {
    VpnConnectionId: 'vpn-office',
    State: 'available',
    Type: 'ipsec.1',
    TransitGatewayId: 'tgw-hub',
    Routes: [],
  });

  // The NAT gateway is gone; its route is not. What has a public address here cannot answer.
  network.table('rtb-tools', 'vpc-tools', ['main'], ['0.0.0.0/0 nat-tools blackhole', '192.168.0.0/16 vgw-tools propagated']);
  network.group('sg-ops', 'vpc-tools', ['tcp 22 192.168.0.0/16', 'tcp 3000 192.168.0.0/16', 'tcp 443 0.0.0.0/0']);
  network.group('sg-vault', 'vpc-tools', ['tcp 8200 192.168.0.0/16']);
  fleet(network, 'grafana', {
    count: 2,
    subnets: 'subnet-tools-ops',
    second: 11,
    third: 0,
    first: 20,
    groups: ['sg-ops'],
    public: '54.77.9',
  });
  fleet(network, 'vault', { count: 3, subnets: 'subnet-tools-ops', second: 11, third: 0, first: 40, groups: ['sg-vault'] });
  network.add('ec2.DescribeVpnConnections', {
    VpnConnectionId: 'vpn-datacentre',
    State: 'available',
    Type: 'ipsec.1',
    VpnGatewayId: 'vgw-tools',
    Routes: [{ DestinationCidrBlock: '192.168.0.0/16', State: 'available' }],
  });
  return network;
}

/** The shop's American branch, with IPv6. */
function america(): Network {
  const network = new Network(PRODUCTION, 'us-east-1');
  const six = '2600:1f18:64a0:2b';
  network.vpc('vpc-shop-us', '10.40.0.0/16', `${six}00::/56`);
  for (const [index, zone] of ['a', 'b'].entries()) {
    network.subnet(`subnet-shop-us-public-${zone}`, 'vpc-shop-us', [`10.40.${index}.0/24`, `${six}0${index}::/64`], zone);
    network.subnet(`subnet-shop-us-app-${zone}`, 'vpc-shop-us', [`10.40.1${index}.0/24`], zone);
  }
  network.igw('igw-shop-us', 'vpc-shop-us');
  network.table('rtb-shop-us', 'vpc-shop-us', ['main'], ['0.0.0.0/0 igw-shop-us', '::/0 igw-shop-us']);
  network.prefixList('pl-offices-us', '33.10.20.0/24', '33.44.0.0/22');
  network.group('sg-shop-us-alb', 'vpc-shop-us', ['tcp 443 0.0.0.0/0', 'tcp 443 ::/0']);
  network.group('sg-shop-us-web', 'vpc-shop-us', ['tcp 8080 sg-shop-us-alb']);
  // IPv4 was put right, IPv6 forgotten.
  network.group('sg-relay', 'vpc-shop-us', ['tcp 22 pl-offices-us', 'tcp 22 ::/0', 'udp 514 pl-offices-us']);
  network.group('sg-jenkins', 'vpc-shop-us', ['tcp 22 0.0.0.0/0', 'tcp 8080 0.0.0.0/0']);
  const web = fleet(network, 'us-web', {
    count: 8,
    subnets: 'subnet-shop-us-app',
    second: 40,
    third: 10,
    first: 20,
    groups: ['sg-shop-us-web'],
  });
  network.eni('eni-relay', 'subnet-shop-us-public-a', {
    ip: ['10.40.0.30', `${six}00::30`],
    groups: ['sg-relay'],
    public: '3.91.14.30',
  });
  network.eni('eni-old-jenkins', 'subnet-shop-us-public-b', {
    ip: ['10.40.1.40'],
    groups: ['sg-jenkins'],
    public: '3.91.14.40',
    state: 'stopped',
  });
  network.balancer('shop-us', {
    nodes: { 'subnet-shop-us-public-a': '10.40.0.100', 'subnet-shop-us-public-b': '10.40.1.100' },
    public: { 'subnet-shop-us-public-a': '3.91.14.100', 'subnet-shop-us-public-b': '3.91.14.101' },
    groups: ['sg-shop-us-alb'],
    listeners: { 'HTTPS 443': ['shop-us-web'] },
  });
  network.targetGroup('shop-us-web', { port: 8080, vpc: 'vpc-shop-us', targets: web });
  return network;
}

/** Where the company would go on after a disaster: public access is blocked as a whole. */
function recovery(): Network {
  const network = new Network(SHARED, 'us-east-1');
  network.vpc('vpc-recovery', '10.50.0.0/16');
  zones(network, 'recovery', 50, { standby: 0 });
  network.igw('igw-recovery', 'vpc-recovery').block('block-bidirectional');
  network.table('rtb-recovery', 'vpc-recovery', ['main'], ['0.0.0.0/0 igw-recovery']);
  network.group('sg-standby', 'vpc-recovery', ['tcp 443 0.0.0.0/0', 'tcp 5432 sg-standby']);
  fleet(network, 'standby', {
    count: 4,
    subnets: 'subnet-recovery-standby',
    second: 50,
    third: 0,
    first: 10,
    groups: ['sg-standby'],
    public: '44.211.6',
  });
  return network;
}

/** Every region of both accounts, with speaking names for ids. */
export function company(): readonly RegionContent[] {
  return [production(), america(), shared(), recovery()].map((network) => network.content());
}
