import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from '../../../tests/support/estates/builder.ts';
import { outcome } from '../../../tests/support/estates/probe.ts';

/** A web server with a public address in a subnet that routes to the Internet. */
function web(ingress: readonly string[] = ['tcp 22 0.0.0.0/0'], egress: readonly string[] = []): Network {
  return new Network()
    .vpc('vpc-a', '10.0.0.0/16', '2600:1f00:1:aa00::/56')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24', '2600:1f00:1:aa01::/64'])
    .subnet('subnet-a2', 'vpc-a', ['10.0.2.0/24', '2600:1f00:1:aa02::/64'], 'b')
    .igw('igw-a', 'vpc-a')
    .group('sg-web', 'vpc-a', ingress, egress)
    .eni('eni-web', 'subnet-a1', { ip: ['10.0.1.10', '2600:1f00:1:aa01::10'], groups: ['sg-web'], public: '54.1.1.1' });
}

const OPEN = ['0.0.0.0/0 igw-a', '::/0 igw-a'];
const SSH = 'tcp 8.8.8.8:49152 > 54.1.1.1:22';
const SSH6 = 'tcp [2a00::8]:49152 > [2600:1f00:1:aa01::10]:22';

function expect(network: Network, from: string, table: readonly (readonly [packet: string, outcome: string])[]): void {
  const estate = network.estate();
  for (const [text, expected] of table) assert.equal(outcome(estate, from, text), expected, text);
}

test('IGW: one-to-one translation, attached gateway, a public address, a route back', () => {
  expect(web().table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN), 'internet', [
    [SSH, 'eni-web returned'],
    ['tcp 8.8.8.8:49152 > 10.0.1.10:22', 'dropped'],
    ['tcp 8.8.8.8:49152 > 54.1.1.2:22', 'dropped'],
    ['tcp 10.9.9.9:49152 > 54.1.1.1:22', 'dropped'],
    ['tcp 198.51.100.1:49152 > 54.1.1.1:22', 'dropped'],
    ['tcp 8.8.8.8:49152 > 54.1.1.1:23', 'dropped'],
    ['udp 8.8.8.8:49152 > 54.1.1.1:22', 'dropped'],
  ]);
});

test('IGW: not attached, nothing comes in', () => {
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
    .igw('igw-a')
    .group('sg-web', 'vpc-a', ['tcp 22 0.0.0.0/0'])
    .table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN)
    .eni('eni-web', 'subnet-a1', { ip: ['10.0.1.10'], groups: ['sg-web'], public: '54.1.1.1' });
  expect(network, 'internet', [[SSH, 'dropped']]);
});

test('IGW: a reply must leave by the same gateway: a route elsewhere makes the flow one-way', () => {
  for (const routes of [
    [],
    ['0.0.0.0/0 nat-1'],
    ['0.0.0.0/0 tgw-1'],
    ['0.0.0.0/0 igw-other'],
    ['0.0.0.0/0 vgw-1'],
    ['0.0.0.0/0 igw-a', '8.0.0.0/8 igw-a blackhole'],
    ['0.0.0.0/0 igw-a', '8.8.8.0/24 nat-gone blackhole'],
  ]) {
    expect(web().table('rtb-1', 'vpc-a', ['subnet-a1'], routes), 'internet', [[SSH, 'eni-web reply dropped']]);
  }
});

test('IGW: a route for the client alone is enough', () => {
  expect(web().table('rtb-1', 'vpc-a', ['subnet-a1'], ['8.8.8.0/24 igw-a']), 'internet', [
    [SSH, 'eni-web returned'],
    ['tcp 8.8.9.0:49152 > 54.1.1.1:22', 'eni-web reply dropped'],
  ]);
});

test('Security group: no egress rule is needed for replies; IPv4 rules do not open IPv6 nor the reverse', () => {
  const table = (network: Network): Network => network.table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN);
  expect(table(web(['tcp 22 0.0.0.0/0'])), 'internet', [
    [SSH, 'eni-web returned'],
    [SSH6, 'dropped'],
  ]);
  expect(table(web(['tcp 22 ::/0'])), 'internet', [
    [SSH, 'dropped'],
    [SSH6, 'eni-web returned'],
  ]);
});

test('Security group: protocols, ports, other protocols, -1 whatever its ports, malformed rules', () => {
  const cases: readonly (readonly [string | Readonly<Record<string, unknown>>, string])[] = [
    ['tcp 20-22 0.0.0.0/0', 'eni-web returned'],
    ['tcp 22-30 0.0.0.0/0', 'eni-web returned'],
    ['tcp 23-30 0.0.0.0/0', 'dropped'],
    ['tcp 0-21 0.0.0.0/0', 'dropped'],
    ['6 22 0.0.0.0/0', 'eni-web returned'],
    ['udp 22 0.0.0.0/0', 'dropped'],
    ['icmp 22 0.0.0.0/0', 'dropped'],
    ['47 0.0.0.0/0', 'dropped'],
    ['all 0.0.0.0/0', 'eni-web returned'],
    ['all 80-80 0.0.0.0/0', 'eni-web returned'],
    ['tcp 22 8.8.8.8/32', 'eni-web returned'],
    ['tcp 22 8.8.8.9/32', 'dropped'],
    ['tcp 22 8.8.8.9/31', 'eni-web returned'],
    [{ IpProtocol: 'tcp', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, 'unknown eni-web'],
    [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '300.0.0.0/8' }] }, 'unknown eni-web'],
    [{ FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, 'unknown eni-web'],
    [{}, 'dropped'],
  ];
  for (const [rule, expected] of cases) {
    const network = web([]).table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN);
    network.group('sg-two', 'vpc-a', [rule], []);
    network.eni('eni-two', 'subnet-a1', { ip: ['10.0.1.11'], groups: ['sg-web', 'sg-two'], public: '54.1.1.2' });
    const text = SSH.replace('54.1.1.1', '54.1.1.2');
    assert.equal(outcome(network.estate(), 'internet', text), expected.replace('eni-web', 'eni-two'), JSON.stringify(rule));
  }
});

test('Security group: prefix lists are expanded; one that is not known is unknown', () => {
  const base = (): Network => web(['tcp 22 pl-1']).table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN);
  expect(base().prefixList('pl-1', '9.0.0.0/8', '8.8.8.0/24'), 'internet', [
    [SSH, 'eni-web returned'],
    ['tcp 8.8.9.1:49152 > 54.1.1.1:22', 'dropped'],
  ]);
  expect(base(), 'internet', [
    [SSH, 'unknown eni-web'],
    ['tcp 8.8.8.8:49152 > 54.1.1.1:23', 'dropped'],
  ]);
});

test('Network ACL: ordered, the first match decides, the end denies', () => {
  const acl = (ingress: readonly string[]): Network =>
    web().table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN).acl('acl-1', 'vpc-a', ['subnet-a1'], ingress, ['100 allow all 0.0.0.0/0']);
  expect(acl(['100 deny tcp 22 8.8.8.8/32', '90 allow tcp 22 8.8.0.0/16']), 'internet', [[SSH, 'eni-web returned']]);
  expect(acl(['100 allow tcp 22 8.8.0.0/16', '90 deny tcp 22 8.8.8.8/32']), 'internet', [
    [SSH, 'dropped'],
    ['tcp 8.8.8.7:49152 > 54.1.1.1:22', 'eni-web returned'],
    ['tcp 8.9.8.7:49152 > 54.1.1.1:22', 'dropped'],
  ]);
  expect(acl(['100 allow udp 22 0.0.0.0/0', '110 allow tcp 0-21 0.0.0.0/0', '120 allow tcp 23-65535 0.0.0.0/0']), 'internet', [
    [SSH, 'dropped'],
  ]);
  expect(acl(['100 allow all ::/0']), 'internet', [[SSH, 'dropped']]);
});

test('Network ACL: replies are filtered by the client port, with the client as destination', () => {
  const acl = (egress: readonly string[]): Network =>
    web().table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN).acl('acl-1', 'vpc-a', ['subnet-a1'], ['1 allow all 0.0.0.0/0'], egress);
  expect(acl(['100 allow tcp 32768-60999 0.0.0.0/0']), 'internet', [
    [SSH, 'eni-web returned'],
    [SSH.replace('49152', '32768'), 'eni-web returned'],
    [SSH.replace('49152', '32767'), 'eni-web reply dropped'],
    [SSH.replace('49152', '61000'), 'eni-web reply dropped'],
  ]);
  expect(acl(['100 deny tcp 0-65535 8.8.8.8/32', '110 allow all 0.0.0.0/0']), 'internet', [
    [SSH, 'eni-web reply dropped'],
    ['tcp 8.8.8.9:49152 > 54.1.1.1:22', 'eni-web returned'],
  ]);
});

test("Network ACL: a subnet without one has its VPC's default", () => {
  const network = web().table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN).acl('acl-1', 'vpc-a', [], [], []);
  network.acl('acl-2', 'vpc-a', ['subnet-a2'], ['1 allow all 0.0.0.0/0'], ['1 allow all 0.0.0.0/0']);
  expect(network, 'internet', [[SSH, 'dropped']]);
});

test('Route table: a subnet without one has the main table of its own VPC', () => {
  const network = (mine: readonly string[], other: readonly string[]): Network =>
    web()
      .vpc('vpc-b', '10.1.0.0/16')
      .table('rtb-b', 'vpc-b', ['main'], other)
      .table('rtb-a', 'vpc-a', ['main'], mine)
      .table('rtb-2', 'vpc-a', ['subnet-a2'], OPEN);
  expect(network(OPEN, []), 'internet', [[SSH, 'eni-web returned']]);
  expect(network([], OPEN), 'internet', [[SSH, 'eni-web reply dropped']]);
});

test('Route table: longest prefix, prefix lists by their entries, ties: static, list, propagated', () => {
  const lists = (network: Network): Network =>
    network.prefixList('pl-1', '8.8.0.0/16', '9.0.0.0/8').prefixList('pl-2', '8.8.8.0/24').vgw('vgw-1', 'vpc-a');
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['0.0.0.0/0 igw-a', '8.0.0.0/8 vgw-1'], 'eni-web reply dropped'],
    [['0.0.0.0/0 vgw-1', '8.0.0.0/8 igw-a'], 'eni-web returned'],
    [['0.0.0.0/0 vgw-1', 'pl-1 igw-a'], 'eni-web returned'],
    [['pl-1 igw-a', 'pl-2 vgw-1'], 'eni-web reply dropped'],
    [['pl-1 vgw-1', 'pl-2 igw-a'], 'eni-web returned'],
    [['pl-1 vgw-1', '8.8.0.0/16 igw-a'], 'eni-web returned'],
    [['pl-1 igw-a', '8.8.0.0/16 vgw-1 propagated'], 'eni-web returned'],
    [['8.8.0.0/16 vgw-1 propagated', '8.8.0.0/16 igw-a'], 'eni-web returned'],
    [['8.8.8.8/32 vgw-1 propagated', '8.8.0.0/16 igw-a'], 'eni-web reply dropped'],
    [['pl-2 igw-a blackhole', '0.0.0.0/0 igw-a'], 'eni-web reply dropped'],
    [['pl-unknown vgw-1', '0.0.0.0/0 igw-a'], 'eni-web reply unknown'],
  ];
  for (const [routes, expected] of cases) {
    assert.equal(
      outcome(lists(web()).table('rtb-1', 'vpc-a', ['subnet-a1'], routes).estate(), 'internet', SSH),
      expected,
      routes.join(),
    );
  }
});

test('Route table: routes of the two families are independent', () => {
  const network = web(['tcp 22 0.0.0.0/0', 'tcp 22 ::/0']).table('rtb-1', 'vpc-a', ['subnet-a1'], ['::/0 igw-a']);
  expect(network, 'internet', [
    [SSH, 'eni-web reply dropped'],
    [SSH6, 'eni-web returned'],
  ]);
});

test('IPv6: no translation; a global address and a route to the IGW; egress-only gateways never let in', () => {
  const network = (routes: readonly string[]): Network =>
    web(['tcp 22 ::/0']).eigw('eigw-a', 'vpc-a').table('rtb-1', 'vpc-a', ['subnet-a1'], routes);
  expect(network(['2a00::/16 igw-a']), 'internet', [
    [SSH6, 'eni-web returned'],
    [SSH6.replace('2a00::8', '2b00::8'), 'eni-web reply dropped'],
    [SSH6.replace('2a00::8', 'fd00::8'), 'dropped'],
    [SSH6.replace('2a00::8', '2001:db8::8'), 'dropped'],
  ]);
  expect(network(['::/0 eigw-a']), 'internet', [[SSH6, 'eni-web reply dropped']]);
});

test('IPv6: without an attached IGW an egress-only gateway lets nothing in', () => {
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16', '2600:1f00:1:aa00::/56')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24', '2600:1f00:1:aa01::/64'])
    .eigw('eigw-a', 'vpc-a')
    .group('sg-web', 'vpc-a', ['all ::/0'])
    .table('rtb-1', 'vpc-a', ['subnet-a1'], ['::/0 eigw-a'])
    .eni('eni-web', 'subnet-a1', { ip: ['10.0.1.10', '2600:1f00:1:aa01::10'], groups: ['sg-web'] });
  expect(network, 'internet', [[SSH6, 'dropped']]);
  expect(network, 'eni-web', [['tcp [2600:1f00:1:aa01::10]:49152 > [2a00::8]:443', 'left returned']]);
});

test('Several interfaces, secondary addresses and delegated prefixes: each is a destination of its own', () => {
  const network = web()
    .group('sg-x', 'vpc-a', ['tcp 80 0.0.0.0/0', 'tcp 80 ::/0'])
    .table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN)
    .eni('eni-two', 'subnet-a2', { ip: ['10.0.2.10'], groups: ['sg-x'], instance: 'i-web', device: 1, public: '54.1.1.9' })
    .eni('eni-many', 'subnet-a1', {
      ip: ['10.0.1.20', '10.0.1.21', '10.0.1.22'],
      groups: ['sg-x'],
      public: { '10.0.1.20': '54.1.1.20', '10.0.1.22': '54.1.1.22' },
      prefixes: ['10.0.1.64/28', '2600:1f00:1:aa01:5::/80'],
    });
  expect(network, 'internet', [
    [SSH, 'eni-web returned'],
    ['tcp 8.8.8.8:49152 > 54.1.1.9:80', 'eni-two reply dropped'],
    ['tcp 8.8.8.8:49152 > 54.1.1.20:80', 'eni-many returned'],
    ['tcp 8.8.8.8:49152 > 54.1.1.22:80', 'eni-many returned'],
    ['tcp 8.8.8.8:49152 > 54.1.1.21:80', 'dropped'],
    ['tcp [2a00::8]:49152 > [2600:1f00:1:aa01:5::77]:80', 'eni-many returned'],
    ['tcp [2a00::8]:49152 > [2600:1f00:1:aa01:6::77]:80', 'dropped'],
  ]);
  expect(network, 'eni-web', [['tcp 10.0.1.10:5000 > 10.0.1.70:80', 'dropped']]);
});

test('Stopped instances are potential, terminated ones gone, those of unknown state told', () => {
  for (const [state, expected] of [
    ['running', 'eni-web returned'],
    ['pending', 'eni-web returned'],
    ['stopped', 'eni-web returned potential'],
    ['stopping', 'eni-web returned potential'],
    ['terminated', 'dropped'],
  ] as const) {
    const network = new Network()
      .vpc('vpc-a', '10.0.0.0/16')
      .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
      .igw('igw-a', 'vpc-a')
      .group('sg-web', 'vpc-a', ['tcp 22 0.0.0.0/0'], [])
      .table('rtb-1', 'vpc-a', ['main'], OPEN)
      .eni('eni-web', 'subnet-a1', { ip: ['10.0.1.10'], groups: ['sg-web'], public: '54.1.1.1', state });
    expect(network, 'internet', [[SSH, expected]]);
  }
  expect(web().table('rtb-1', 'vpc-a', ['main'], OPEN).fail('ec2.DescribeInstances'), 'internet', [
    [SSH, 'eni-web returned potential'],
  ]);
});

test('Edge route tables send what comes in to an appliance first: unknown, dropped by its own check, or local', () => {
  const edge = (target: string, checked: boolean): Network =>
    web()
      .table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN)
      .table('rtb-edge', 'vpc-a', ['igw-a'], [`10.0.1.0/24 ${target}`])
      .eni('eni-box', 'subnet-a2', { ip: ['10.0.2.99'], groups: [], checked });
  expect(edge('eni-box', false), 'internet', [
    [SSH, 'unknown eni-web'],
    [SSH.replace(':22', ':23'), 'dropped'],
  ]);
  expect(edge('eni-box', true), 'internet', [[SSH, 'dropped']]);
  expect(edge('vpce-firewall', true), 'internet', [[SSH, 'unknown eni-web']]);
  expect(edge('eni-web', true), 'internet', [[SSH, 'eni-web returned']]);
  expect(edge('local', true), 'internet', [[SSH, 'eni-web returned']]);
  expect(edge('eni-box blackhole', false), 'internet', [[SSH, 'dropped']]);
});

test('Block public access beats gateways; exclusions of VPCs and subnets', () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['off'], 'eni-web returned'],
    [['block-bidirectional'], 'dropped'],
    [['block-ingress'], 'dropped'],
    [['block-ingress', 'vpc-a allow-bidirectional'], 'eni-web returned'],
    [['block-bidirectional', 'subnet-a1 allow-bidirectional'], 'eni-web returned'],
    [['block-bidirectional', 'subnet-a2 allow-bidirectional'], 'dropped'],
    [['block-bidirectional', 'vpc-a allow-egress'], 'dropped'],
    [['surprise'], 'unknown eni-web'],
  ];
  for (const [[mode = '', ...exclusions], expected] of cases) {
    const network = web()
      .table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN)
      .block(mode, ...exclusions);
    assert.equal(outcome(network.estate(), 'internet', SSH), expected, `${mode} ${exclusions}`);
  }
});

test('What was not collected is unknown, unless something else drops the packet for certain', () => {
  const base = (): Network => web().table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN);
  for (const call of [
    'ec2.DescribeSecurityGroups',
    'ec2.DescribeNetworkAcls',
    'ec2.DescribeInternetGateways',
    'ec2.DescribeNetworkInterfaces',
    'ec2.DescribeVpcBlockPublicAccessOptions',
  ] as const) {
    for (const how of ['failed', 'absent'] as const) {
      assert.match(outcome(base().fail(call, how).estate(), 'internet', SSH), /^unknown/, `${call} ${how}`);
    }
  }
  expect(base().fail('ec2.DescribeRouteTables'), 'internet', [[SSH, 'eni-web reply unknown']]);
  expect(base().fail('ec2.DescribeNetworkAcls'), 'internet', [[SSH.replace(':22', ':23'), 'dropped']]);
});

test('Malformed rows and packets give unknown, never an exception', () => {
  const base = (): Network => web().table('rtb-1', 'vpc-a', ['subnet-a1'], OPEN);
  const broken: Network[] = [
    base().add('ec2.DescribeRouteTables', { RouteTableId: 'rtb-1' }),
    base().add('ec2.DescribeNetworkInterfaces', { NetworkInterfaceId: 7 }),
    base().add('ec2.DescribeNetworkInterfaces', {
      NetworkInterfaceId: 'eni-x',
      Groups: 'x',
      PrivateIpAddresses: [null, 3, { PrivateIpAddress: {} }],
    }),
    base().add('ec2.DescribeSecurityGroups', { GroupId: 'sg-z', IpPermissions: [null, 7, { UserIdGroupPairs: [null] }] }),
    base().add('ec2.DescribeVpcPeeringConnections', { VpcPeeringConnectionId: 'pcx-1', AccepterVpcInfo: [] }),
    base().add('ec2.DescribeTransitGatewayAttachments', {}),
  ];
  for (const network of broken) {
    const estate = network.estate();
    for (const from of ['internet', 'pcx-1', 'vgw-1', 'tgw-attach-1', 'eni-web', 'eni-x']) {
      for (const text of [SSH, SSH6, 'udp 10.0.1.10:1 > 10.0.2.1:1']) outcome(estate, from, text);
    }
    assert.equal(outcome(estate, 'internet', SSH), 'eni-web returned');
  }
  for (const text of ['tcp 8.8.8:49152 > 54.1.1.1:22', 'tcp 8.8.8.8:49152 > ::1:22', 'tcp 8.8.8.8:70000 > 54.1.1.1:22']) {
    assert.equal(outcome(base().estate(), 'internet', text), 'unknown', text);
  }
});
