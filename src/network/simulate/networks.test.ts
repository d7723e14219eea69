import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from '../../../tests/support/estates/builder.ts';
import { outcome } from '../../../tests/support/estates/probe.ts';

function expect(
  network: Network,
  table: readonly (readonly [from: string, packet: string, outcome: string])[],
  ...others: Network[]
): void {
  const estate = network.estate(...others);
  for (const [from, text, expected] of table) assert.equal(outcome(estate, from, text), expected, `${from}: ${text}`);
}

/** Two subnets of a VPC with an interface in each and two in the first. */
function pair(): Network {
  return new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
    .subnet('subnet-a2', 'vpc-a', ['10.0.2.0/24'], 'b')
    .group('sg-open', 'vpc-a', ['all 0.0.0.0/0'])
    .group('sg-app', 'vpc-a', [])
    .eni('eni-one', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-open', 'sg-app'] })
    .eni('eni-near', 'subnet-a1', { ip: ['10.0.1.2'], groups: ['sg-open'] })
    .eni('eni-far', 'subnet-a2', { ip: ['10.0.2.1'], groups: ['sg-open'] });
}

test("Between interfaces: the sender's groups let out, the receiver's let in, replies need neither", () => {
  const network = pair()
    .group('sg-out', 'vpc-a', [], ['tcp 80 10.0.2.0/24'])
    .eni('eni-shy', 'subnet-a1', { ip: ['10.0.1.9'], groups: ['sg-out'] });
  expect(network, [
    ['eni-shy', 'tcp 10.0.1.9:5000 > 10.0.2.1:80', 'eni-far returned'],
    ['eni-shy', 'tcp 10.0.1.9:5000 > 10.0.2.1:81', 'dropped'],
    ['eni-shy', 'tcp 10.0.1.9:5000 > 10.0.1.1:80', 'dropped'],
    ['eni-far', 'tcp 10.0.2.1:5000 > 10.0.1.9:80', 'dropped'],
    ['eni-far', 'tcp 10.0.2.1:5000 > 10.0.2.77:80', 'dropped'],
  ]);
});

test('Source/destination check: an interface sends by its own addresses only; without the check nobody knows', () => {
  const network = pair().eni('eni-box', 'subnet-a1', { ip: ['10.0.1.50'], groups: ['sg-open'], checked: false });
  expect(network, [
    ['eni-one', 'tcp 10.0.1.77:5000 > 10.0.2.1:80', 'dropped'],
    ['eni-box', 'tcp 10.0.1.77:5000 > 10.0.2.1:80', 'unknown'],
    ['eni-box', 'tcp 10.0.1.50:5000 > 10.0.2.1:80', 'eni-far returned'],
    ['eni-none', 'tcp 10.0.1.50:5000 > 10.0.2.1:80', 'dropped'],
  ]);
});

test('Network ACLs are skipped within a subnet and asked on both edges between two', () => {
  const network = (sender: readonly string[], receiver: readonly string[]): Network =>
    pair().acl('acl-1', 'vpc-a', ['subnet-a1'], sender, sender).acl('acl-2', 'vpc-a', ['subnet-a2'], receiver, receiver);
  const open = ['1 allow all 0.0.0.0/0'];
  const near = 'tcp 10.0.1.1:5000 > 10.0.1.2:80';
  const far = 'tcp 10.0.1.1:5000 > 10.0.2.1:80';
  expect(network([], []), [
    ['eni-one', near, 'eni-near returned'],
    ['eni-one', far, 'dropped'],
  ]);
  expect(network(open, []), [['eni-one', far, 'dropped']]);
  expect(network([], open), [['eni-one', far, 'dropped']]);
  expect(network(open, open), [['eni-one', far, 'eni-far returned']]);
  // Out to port 80 and back in to the client's port 5000; the receiver's subnet the other way.
  expect(network(['1 allow tcp 80 0.0.0.0/0'], open), [['eni-one', far, 'eni-far reply dropped']]);
  expect(network(['1 allow tcp 80 0.0.0.0/0', '2 allow tcp 5000 0.0.0.0/0'], open), [['eni-one', far, 'eni-far returned']]);
  expect(network(open, ['1 allow tcp 80 0.0.0.0/0']), [['eni-one', far, 'eni-far reply dropped']]);
});

test('References: private addresses of members, self, and dangling ones that match nothing', () => {
  const network = pair()
    .igw('igw-a', 'vpc-a')
    .table('rtb-a', 'vpc-a', ['main'], ['0.0.0.0/0 igw-a'])
    .group('sg-db', 'vpc-a', ['tcp 3306 sg-app', 'tcp 1 sg-gone', 'tcp 7 sg-db'])
    .eni('eni-db', 'subnet-a2', { ip: ['10.0.2.5'], groups: ['sg-db'], public: '54.0.0.5' })
    .eni('eni-db2', 'subnet-a1', { ip: ['10.0.1.6'], groups: ['sg-db'] })
    .eni('eni-app', 'subnet-a1', {
      ip: ['10.0.1.7', '10.0.1.8'],
      groups: ['sg-app'],
      public: '54.0.0.7',
      prefixes: ['10.0.1.64/28'],
    });
  expect(network, [
    ['eni-app', 'tcp 10.0.1.7:5000 > 10.0.2.5:3306', 'eni-db returned'],
    ['eni-app', 'tcp 10.0.1.8:5000 > 10.0.2.5:3306', 'eni-db returned'],
    ['eni-app', 'tcp 10.0.1.70:5000 > 10.0.2.5:3306', 'eni-db returned'],
    ['eni-near', 'tcp 10.0.1.2:5000 > 10.0.2.5:3306', 'dropped'],
    // By public addresses the member is a stranger.
    ['eni-app', 'tcp 10.0.1.7:5000 > 54.0.0.5:3306', 'dropped'],
    ['eni-app', 'tcp 10.0.1.7:5000 > 10.0.2.5:1', 'dropped'],
    ['eni-db2', 'tcp 10.0.1.6:5000 > 10.0.2.5:7', 'eni-db returned'],
    ['eni-app', 'tcp 10.0.1.7:5000 > 10.0.2.5:7', 'dropped'],
  ]);
});

test("Hairpin: by a public address a flow leaves and comes in again as the sender's public address", () => {
  const network = (egress: string): Network =>
    pair()
      .igw('igw-a', 'vpc-a')
      .table('rtb-a', 'vpc-a', ['main'], [egress])
      .group('sg-web', 'vpc-a', ['tcp 80 54.0.0.7/32', 'tcp 81 10.0.1.7/32'])
      .eni('eni-web', 'subnet-a2', { ip: ['10.0.2.5'], groups: ['sg-web'], public: '54.0.0.5' })
      .eni('eni-app', 'subnet-a1', { ip: ['10.0.1.7', '10.0.1.8'], groups: ['sg-open'], public: '54.0.0.7' });
  expect(network('0.0.0.0/0 igw-a'), [
    ['eni-app', 'tcp 10.0.1.7:5000 > 54.0.0.5:80', 'eni-web returned'],
    ['eni-app', 'tcp 10.0.1.7:5000 > 54.0.0.5:81', 'dropped'],
    ['eni-app', 'tcp 10.0.1.7:5000 > 10.0.2.5:81', 'eni-web returned'],
    ['eni-app', 'tcp 10.0.1.8:5000 > 54.0.0.5:80', 'dropped'],
    ['eni-app', 'tcp 10.0.1.7:5000 > 9.9.9.9:80', 'left returned'],
    ['eni-one', 'tcp 10.0.1.1:5000 > 9.9.9.9:80', 'dropped'],
  ]);
  expect(network('9.9.9.0/24 igw-a'), [['eni-app', 'tcp 10.0.1.7:5000 > 54.0.0.5:80', 'dropped']]);
});

test('Block public access lets egress-only gateways and NAT out when only ingress is blocked', () => {
  const network = (mode: string, ...exclusions: string[]): Network =>
    pair()
      .igw('igw-a', 'vpc-a')
      .table('rtb-a', 'vpc-a', ['subnet-a2'], ['0.0.0.0/0 igw-a'])
      .table('rtb-b', 'vpc-a', ['subnet-a1'], ['0.0.0.0/0 nat-a'])
      .nat('nat-a', 'subnet-a2', '10.0.2.200', '54.0.0.200')
      .eni('eni-app', 'subnet-a2', { ip: ['10.0.2.7'], groups: ['sg-open'], public: '54.0.0.7' })
      .block(mode, ...exclusions);
  const direct = ['eni-app', 'tcp 10.0.2.7:5000 > 9.9.9.9:80'] as const;
  const nat = ['eni-one', 'tcp 10.0.1.1:5000 > 9.9.9.9:80'] as const;
  expect(network('block-ingress'), [
    [...direct, 'dropped'],
    [...nat, 'left returned'],
  ]);
  expect(network('block-bidirectional'), [
    [...direct, 'dropped'],
    [...nat, 'dropped'],
  ]);
  expect(network('block-bidirectional', 'subnet-a2 allow-egress'), [
    [...direct, 'left returned'],
    [...nat, 'left returned'],
  ]);
});

test('Reserved addresses are never filtered', () => {
  const network = pair().acl('acl-1', 'vpc-a', ['subnet-a1'], [], []);
  network.group('sg-none', 'vpc-a', [], []).eni('eni-shut', 'subnet-a1', { ip: ['10.0.1.40'], groups: ['sg-none'] });
  expect(network, [
    ['eni-shut', 'udp 10.0.1.40:5000 > 10.0.0.2:53', 'left returned'],
    ['eni-shut', 'tcp 10.0.1.40:5000 > 169.254.169.254:80', 'left returned'],
    ['eni-shut', 'tcp 10.0.1.40:5000 > 10.0.0.3:80', 'dropped'],
  ]);
});

test('NAT gateways: never inbound; outbound their own address is what rules see', () => {
  const network = (acl: readonly string[] = ['1 allow all 0.0.0.0/0']): Network =>
    pair()
      .igw('igw-a', 'vpc-a')
      .table('rtb-1', 'vpc-a', ['subnet-a1'], ['0.0.0.0/0 nat-a'])
      .table('rtb-2', 'vpc-a', ['subnet-a2'], ['0.0.0.0/0 igw-a'])
      .acl('acl-2', 'vpc-a', ['subnet-a2'], acl, ['1 allow all 0.0.0.0/0'])
      .nat('nat-a', 'subnet-a2', '10.0.2.200', '54.0.0.200')
      .vpc('vpc-b', '10.1.0.0/16')
      .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
      .igw('igw-b', 'vpc-b')
      .table('rtb-b', 'vpc-b', ['main'], ['0.0.0.0/0 igw-b'])
      .group('sg-b', 'vpc-b', ['tcp 443 54.0.0.200/32'])
      .eni('eni-b', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-b'], public: '54.1.0.1' });
  expect(network(), [
    ['internet', 'tcp 8.8.8.8:5000 > 54.0.0.200:443', 'dropped'],
    ['eni-one', 'tcp 10.0.1.1:5000 > 54.1.0.1:443', 'eni-b returned'],
    ['eni-one', 'tcp 10.0.1.1:5000 > 54.1.0.1:444', 'dropped'],
    ['eni-one', 'tcp 10.0.1.1:5000 > 9.9.9.9:443', 'left returned'],
    ['eni-far', 'tcp 10.0.2.1:5000 > 54.1.0.1:443', 'dropped'],
  ]);
  // The gateway may choose any port from 1024 on: one that its subnet lets back in is enough.
  expect(network(['1 allow tcp 443 10.0.1.0/24', '2 allow tcp 61000-61001 54.1.0.1/32']), [
    ['eni-one', 'tcp 10.0.1.1:5000 > 54.1.0.1:443', 'eni-b returned'],
  ]);
  expect(network(['1 allow tcp 443 10.0.1.0/24', '2 allow tcp 0-1023 0.0.0.0/0']), [
    ['eni-one', 'tcp 10.0.1.1:5000 > 54.1.0.1:443', 'eni-b reply dropped'],
  ]);
  expect(network(['2 allow tcp 1024-65535 0.0.0.0/0']), [['eni-one', 'tcp 10.0.1.1:5000 > 54.1.0.1:443', 'dropped']]);
});

test('NAT gateways: private ones stay inside; those that are gone or point to themselves carry nothing', () => {
  const network = (routes: readonly string[], publicIp?: string): Network =>
    pair()
      .igw('igw-a', 'vpc-a')
      .table('rtb-1', 'vpc-a', ['subnet-a1'], ['0.0.0.0/0 nat-a'])
      .table('rtb-2', 'vpc-a', ['subnet-a2'], routes)
      .nat('nat-a', 'subnet-a2', '10.0.2.200', publicIp);
  const text = 'tcp 10.0.1.1:5000 > 9.9.9.9:443';
  expect(network(['0.0.0.0/0 igw-a']), [['eni-one', text, 'dropped']]);
  expect(network(['0.0.0.0/0 nat-a'], '54.0.0.200'), [['eni-one', text, 'dropped']]);
  expect(network(['0.0.0.0/0 igw-a'], '54.0.0.200'), [['eni-one', text, 'left returned']]);
});

/** Two VPCs, peered. */
function peered(
  routesA: readonly string[],
  routesB: readonly string[],
  options: { status?: string; acl?: readonly string[] } = {},
): Network {
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
    .vpc('vpc-b', '10.1.0.0/16')
    .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
    .peering('pcx-1', 'vpc-a', 'vpc-b', { status: options.status })
    .table('rtb-a', 'vpc-a', ['main'], routesA)
    .table('rtb-b', 'vpc-b', ['main'], routesB)
    .group('sg-a', 'vpc-a', ['tcp 22 10.1.0.0/16', 'tcp 23 sg-b'])
    .group('sg-b', 'vpc-b', ['tcp 22 10.0.0.0/16', 'tcp 23 sg-a'])
    .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'] })
    .eni('eni-b', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-b'] });
  if (options.acl !== undefined) network.acl('acl-a', 'vpc-a', ['subnet-a1'], options.acl, options.acl);
  return network;
}

test('Peering: active, with routes on both sides; one-sided routes are one-way', () => {
  const [there, back] = [['10.1.0.0/16 pcx-1'], ['10.0.0.0/16 pcx-1']];
  expect(peered(there, back), [
    ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:22', 'eni-a returned'],
    ['pcx-1', 'tcp 10.1.1.77:5000 > 10.0.1.1:22', 'eni-a returned'],
    ['pcx-1', 'tcp 10.0.1.1:5000 > 10.1.1.1:22', 'eni-b returned'],
    ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:24', 'dropped'],
    ['eni-b', 'tcp 10.1.1.1:5000 > 10.0.1.1:22', 'eni-a returned'],
    // Not an address of the other side, or of none of its subnets.
    ['pcx-1', 'tcp 10.2.1.1:5000 > 10.0.1.1:22', 'dropped'],
    ['pcx-1', 'tcp 8.8.8.8:5000 > 10.0.1.1:22', 'dropped'],
    ['pcx-1', 'tcp 10.1.9.1:5000 > 10.0.1.1:22', 'dropped'],
  ]);
  expect(peered([], back), [
    ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:22', 'eni-a reply dropped'],
    ['pcx-1', 'tcp 10.0.1.1:5000 > 10.1.1.1:22', 'dropped'],
    ['eni-b', 'tcp 10.1.1.1:5000 > 10.0.1.1:22', 'eni-a reply dropped'],
  ]);
  expect(peered(there, []), [['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:22', 'dropped']]);
  expect(peered(['10.1.1.0/24 pcx-1'], ['10.0.0.0/8 pcx-1']), [['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:22', 'eni-a returned']]);
  expect(peered(there, back, { status: 'pending-acceptance' }), [
    ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:22', 'dropped'],
    ['eni-b', 'tcp 10.1.1.1:5000 > 10.0.1.1:22', 'dropped'],
  ]);
});

test('Peering: references of groups across an active peering', () => {
  expect(peered(['10.1.0.0/16 pcx-1'], ['10.0.0.0/16 pcx-1']), [
    ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:23', 'eni-a returned'],
    ['pcx-1', 'tcp 10.1.1.2:5000 > 10.0.1.1:23', 'dropped'],
  ]);
});

test("Peering: network ACLs of the receiver's subnet both ways", () => {
  const routes = [['10.1.0.0/16 pcx-1'], ['10.0.0.0/16 pcx-1']] as const;
  expect(peered(...routes, { acl: ['1 allow tcp 22 10.1.0.0/16'] }), [
    ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:22', 'eni-a reply dropped'],
    ['pcx-1', 'tcp 10.1.1.1:22 > 10.0.1.1:22', 'eni-a returned'],
  ]);
});

test('Peering: with a VPC of an account that was not collected', () => {
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
    .peering('pcx-1', 'vpc-a', 'vpc-other', { cidrs: ['10.9.0.0/16'] })
    .table('rtb-a', 'vpc-a', ['main'], ['10.9.0.0/16 pcx-1'])
    .group('sg-a', 'vpc-a', [
      'tcp 22 10.0.0.0/8',
      {
        IpProtocol: 'tcp',
        FromPort: 23,
        ToPort: 23,
        UserIdGroupPairs: [{ GroupId: 'sg-theirs', UserId: '222222222222', VpcPeeringConnectionId: 'pcx-1' }],
      },
    ])
    .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'] });
  expect(network, [
    ['pcx-1', 'tcp 10.9.1.1:5000 > 10.0.1.1:22', 'eni-a returned'],
    ['pcx-1', 'tcp 10.8.1.1:5000 > 10.0.1.1:22', 'dropped'],
    ['pcx-1', 'tcp 10.9.1.1:5000 > 10.0.1.1:23', 'unknown eni-a'],
    ['eni-a', 'tcp 10.0.1.1:5000 > 10.9.1.1:22', 'left returned'],
  ]);
});

test("Peering: no transit through the peer's gateways or a second peering", () => {
  const network = peered(['0.0.0.0/0 pcx-1', '10.2.0.0/16 pcx-1'], ['10.0.0.0/16 pcx-1', '10.2.0.0/16 pcx-2', '0.0.0.0/0 igw-b'])
    .igw('igw-b', 'vpc-b')
    .vpc('vpc-c', '10.2.0.0/16')
    .subnet('subnet-c1', 'vpc-c', ['10.2.1.0/24'])
    .peering('pcx-2', 'vpc-b', 'vpc-c')
    .table('rtb-c', 'vpc-c', ['main'], ['10.0.0.0/8 pcx-2'])
    .group('sg-c', 'vpc-c', ['all 0.0.0.0/0'])
    .eni('eni-c', 'subnet-c1', { ip: ['10.2.1.1'], groups: ['sg-c'] });
  expect(network, [
    ['eni-a', 'tcp 10.0.1.1:5000 > 10.2.1.1:22', 'dropped'],
    ['eni-a', 'tcp 10.0.1.1:5000 > 9.9.9.9:22', 'dropped'],
    ['pcx-2', 'tcp 10.0.1.1:5000 > 10.2.1.1:22', 'dropped'],
    ['eni-b', 'tcp 10.1.1.1:5000 > 10.2.1.1:22', 'eni-c returned'],
  ]);
});

test('VPN gateway: from networks known by routes or connections; else any private one, assumed', () => {
  const network = (routes: readonly string[], state = 'attached'): Network =>
    new Network()
      .vpc('vpc-a', '10.0.0.0/16')
      .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
      .vgw('vgw-1', 'vpc-a', state)
      .table('rtb-a', 'vpc-a', ['main'], routes)
      .group('sg-a', 'vpc-a', ['tcp 22 0.0.0.0/0'])
      .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'], public: '54.0.0.1' });
  const text = 'tcp 192.168.1.1:5000 > 10.0.1.1:22';
  expect(network(['192.168.0.0/16 vgw-1 propagated']), [
    ['vgw-1', text, 'eni-a returned'],
    ['vgw-1', 'tcp 172.16.1.1:5000 > 10.0.1.1:22', 'dropped'],
    ['vgw-1', 'tcp 192.168.1.1:5000 > 54.0.0.1:22', 'dropped'],
    ['eni-a', 'tcp 10.0.1.1:5000 > 192.168.1.1:22', 'left returned'],
  ]);
  expect(network(['192.168.0.0/16 vgw-1', '192.168.1.0/24 vgw-1 blackhole']), [['vgw-1', text, 'eni-a reply dropped']]);
  expect(network([]), [
    ['vgw-1', text, 'eni-a reply dropped assumed'],
    ['vgw-1', 'tcp 8.8.8.8:5000 > 10.0.1.1:22', 'dropped'],
    ['vgw-1', 'tcp 10.0.9.9:5000 > 10.0.1.1:22', 'dropped'],
  ]);
  expect(network(['192.168.0.0/16 vgw-1'], 'detached'), [['vgw-1', text, 'dropped']]);
  const connected = network(['0.0.0.0/0 vgw-1']).add('ec2.DescribeVpnConnections', {
    VpnConnectionId: 'vpn-1',
    VpnGatewayId: 'vgw-1',
    State: 'available',
    Routes: [{ DestinationCidrBlock: '172.16.0.0/12', State: 'available' }],
  });
  expect(connected, [['vgw-1', 'tcp 172.16.1.1:5000 > 10.0.1.1:22', 'eni-a returned']]);
});

test("Route table: propagated routes inside the VPC's own range lose, static ones win", () => {
  const network = (route: string): Network =>
    pair()
      .vgw('vgw-1', 'vpc-a')
      .table('rtb-a', 'vpc-a', ['main'], [route])
      .eni('eni-box', 'subnet-a2', {
        ip: ['10.0.2.99'],
        checked: false,
      });
  const text = 'tcp 10.0.1.1:5000 > 10.0.2.1:80';
  expect(network('10.0.2.0/24 vgw-1 propagated'), [['eni-one', text, 'eni-far returned']]);
  expect(network('10.0.2.0/24 eni-box'), [['eni-one', text, 'unknown eni-far']]);
  expect(network('10.0.2.0/24 vgw-1'), [['eni-one', text, 'left returned']]);
});

test('Route table: the local route covers every range of the VPC', () => {
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16', '100.64.0.0/16')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
    .subnet('subnet-a2', 'vpc-a', ['100.64.1.0/24'])
    .group('sg-open', 'vpc-a', ['all 0.0.0.0/0'])
    .eni('eni-one', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-open'] })
    .eni('eni-two', 'subnet-a2', { ip: ['100.64.1.1'], groups: ['sg-open'] });
  expect(network, [['eni-one', 'tcp 10.0.1.1:5000 > 100.64.1.1:80', 'eni-two returned']]);
});

test('Targets that are not modelled are unknown', () => {
  for (const target of [
    'lgw-1',
    'cagw-1',
    'arn:aws:networkmanager::111111111111:core-network/core-network-1',
    'vpce-1',
    'eni-unlisted',
  ]) {
    const network = pair().table('rtb-a', 'vpc-a', ['main'], [`192.168.0.0/16 ${target}`]);
    expect(network, [['eni-one', 'tcp 10.0.1.1:5000 > 192.168.0.1:80', 'unknown']]);
  }
});

test('Gateway endpoints carry what prefix-list routes send them, outbound only', () => {
  const network = pair()
    .prefixList('pl-s3', '52.216.0.0/15')
    .add('ec2.DescribeVpcEndpoints', { VpcEndpointId: 'vpce-s3', VpcEndpointType: 'Gateway', VpcId: 'vpc-a', State: 'available' })
    .igw('igw-a', 'vpc-a')
    .table('rtb-a', 'vpc-a', ['main'], ['pl-s3 vpce-s3', '0.0.0.0/0 igw-a'])
    .eni('eni-pub', 'subnet-a1', { ip: ['10.0.1.30'], groups: ['sg-open'], public: '54.0.0.30' });
  expect(network, [
    ['eni-one', 'tcp 10.0.1.1:5000 > 52.216.0.1:443', 'left returned'],
    ['internet', 'tcp 52.216.0.1:5000 > 54.0.0.30:443', 'eni-pub reply dropped'],
  ]);
});

/** Two VPCs and a VPN on a transit gateway. */
function transit(options: {
  readonly tableA?: readonly string[];
  readonly tableB?: readonly string[];
  readonly subnetsA?: readonly string[];
  readonly routesA?: readonly string[];
  readonly acl?: readonly [subnet: string, ingress: readonly string[], egress: readonly string[]];
  readonly referencing?: boolean;
}): Network {
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
    .subnet('subnet-a2', 'vpc-a', ['10.0.2.0/24'], 'b')
    .subnet('subnet-at', 'vpc-a', ['10.0.9.0/24'])
    .vpc('vpc-b', '10.1.0.0/16')
    .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
    .transitGateway('tgw-1')
    .attachment('tgw-attach-a', 'tgw-1', 'vpc-a', 'tgw-rtb-a', {
      subnets: options.subnetsA ?? ['subnet-at'],
      referencing: options.referencing,
    })
    .attachment('tgw-attach-b', 'tgw-1', 'vpc-b', 'tgw-rtb-b', { subnets: ['subnet-b1'], referencing: options.referencing })
    .attachment('tgw-attach-v', 'tgw-1', 'vpn:vpn-1', 'tgw-rtb-b')
    .transitTable('tgw-rtb-a', 'tgw-1', options.tableA ?? ['10.1.0.0/16 tgw-attach-b propagated', '192.168.0.0/16 tgw-attach-v'])
    .transitTable('tgw-rtb-b', 'tgw-1', options.tableB ?? ['10.0.0.0/16 tgw-attach-a propagated'])
    .table('rtb-a', 'vpc-a', ['main'], options.routesA ?? ['10.1.0.0/16 tgw-1', '192.168.0.0/16 tgw-1'])
    .table('rtb-b', 'vpc-b', ['main'], ['10.0.0.0/16 tgw-1'])
    .group('sg-a', 'vpc-a', ['tcp 22 0.0.0.0/0', 'tcp 23 sg-b'])
    .group('sg-b', 'vpc-b', ['tcp 22 0.0.0.0/0'])
    .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'] })
    .eni('eni-a2', 'subnet-a2', { ip: ['10.0.2.1'], groups: ['sg-a'] })
    .eni('eni-b', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-b'] });
  if (options.acl !== undefined) network.acl('acl-a', 'vpc-a', [options.acl[0]], options.acl[1], options.acl[2]);
  return network;
}

const FROM_B = 'tcp 10.1.1.1:5000 > 10.0.1.1:22';

test("Transit gateway: association picks the table, longest prefix, blackholes, replies by the receiver's table", () => {
  expect(transit({}), [
    ['tgw-attach-b', FROM_B, 'eni-a returned'],
    ['eni-b', FROM_B, 'eni-a returned'],
    ['tgw-attach-v', 'tcp 192.168.1.1:5000 > 10.0.1.1:22', 'eni-a returned'],
    ['tgw-attach-b', 'tcp 10.1.2.1:5000 > 10.0.1.1:22', 'dropped'],
    ['tgw-attach-v', 'tcp 192.169.1.1:5000 > 10.0.1.1:22', 'dropped'],
    // By the attachment of the receiver's own VPC: from whatever else is attached.
    ['tgw-attach-a', FROM_B, 'eni-a returned'],
    ['tgw-attach-a', 'tcp 192.168.1.1:5000 > 10.0.1.1:22', 'eni-a returned'],
  ]);
  expect(transit({ tableB: [] }), [['tgw-attach-b', FROM_B, 'dropped']]);
  expect(transit({ tableA: [] }), [['tgw-attach-b', FROM_B, 'eni-a reply dropped']]);
  expect(transit({ tableB: ['10.0.0.0/16 tgw-attach-a', '10.0.1.0/24 - blackhole'] }), [['tgw-attach-b', FROM_B, 'dropped']]);
  expect(transit({ tableA: ['10.1.0.0/16 tgw-attach-b', '10.1.1.1/32 tgw-attach-v'] }), [
    ['tgw-attach-b', FROM_B, 'eni-a reply dropped'],
  ]);
  expect(transit({ tableB: ['10.0.0.0/16 tgw-attach-v propagated', '10.0.0.0/16 tgw-attach-a'] }), [
    ['tgw-attach-b', FROM_B, 'eni-a returned'],
  ]);
  expect(transit({ routesA: [] }), [['tgw-attach-b', FROM_B, 'eni-a reply dropped']]);
});

test('Transit gateway: a zone without an attachment subnet cannot send, so its replies fail', () => {
  const text = FROM_B.replace('10.0.1.1', '10.0.2.1');
  expect(transit({}), [
    ['tgw-attach-b', text, 'eni-a2 reply dropped'],
    ['eni-a2', 'tcp 10.0.2.1:5000 > 10.1.1.1:22', 'dropped'],
  ]);
  expect(transit({ subnetsA: ['subnet-at', 'subnet-a2'] }), [['tgw-attach-b', text, 'eni-a2 returned']]);
});

test("Transit gateway: network ACLs of the attachment's subnet, each way on the side of the interfaces", () => {
  const open = ['1 allow all 0.0.0.0/0'];
  // Down: out of the attachment's subnet towards the receiver's address. Up: into it from the receiver's address.
  expect(transit({ acl: ['subnet-at', open, ['1 allow tcp 22 10.0.1.1/32']] }), [['tgw-attach-b', FROM_B, 'eni-a returned']]);
  expect(transit({ acl: ['subnet-at', open, ['1 allow tcp 23 10.0.1.1/32']] }), [['tgw-attach-b', FROM_B, 'dropped']]);
  expect(transit({ acl: ['subnet-at', ['1 allow tcp 5000 10.0.1.1/32'], open] }), [['tgw-attach-b', FROM_B, 'eni-a returned']]);
  expect(transit({ acl: ['subnet-at', ['1 allow tcp 5001 10.0.1.1/32'], open] }), [
    ['tgw-attach-b', FROM_B, 'eni-a reply dropped'],
  ]);
  // In one subnet: nothing is asked on the way down, both lists on the way up.
  const near = (ingress: readonly string[], egress: readonly string[]) =>
    transit({ subnetsA: ['subnet-a1'], acl: ['subnet-a1', ingress, egress] });
  expect(near(['1 allow tcp 5000 10.0.1.1/32'], ['1 allow tcp 5000 10.1.1.1/32']), [['tgw-attach-b', FROM_B, 'eni-a returned']]);
  expect(near([], open), [['tgw-attach-b', FROM_B, 'eni-a reply dropped']]);
});

test("Transit gateway: what comes down follows the route table of the attachment's subnet", () => {
  const network = transit({}).eni('eni-box', 'subnet-a2', { ip: ['10.0.2.99'], checked: false });
  network.table('rtb-at', 'vpc-a', ['subnet-at'], ['10.0.1.0/24 eni-box']);
  expect(network, [['tgw-attach-b', FROM_B, 'unknown eni-a']]);
});

test('Transit gateway: references of groups only where the attachments allow them', () => {
  const text = FROM_B.replace(':22', ':23');
  expect(transit({ referencing: true }), [['tgw-attach-b', text, 'eni-a returned']]);
  expect(transit({ referencing: false }), [['tgw-attach-b', text, 'dropped']]);
  const off = { TransitGatewayId: 'tgw-1', Options: { SecurityGroupReferencingSupport: 'disable' } };
  expect(transit({ referencing: true }).add('ec2.DescribeTransitGateways', off), [['tgw-attach-b', text, 'dropped']]);
});

test('Transit gateway: peering with another one is a further hop', () => {
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
    .vpc('vpc-b', '10.1.0.0/16')
    .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
    .attachment('tgw-attach-a', 'tgw-1', 'vpc-a', 'tgw-rtb-1', { subnets: ['subnet-a1'] })
    .attachment('tgw-attach-p', 'tgw-1', 'peering:tgw-2', 'tgw-rtb-1')
    .attachment('tgw-attach-p', 'tgw-2', 'peering:tgw-1', 'tgw-rtb-2')
    .attachment('tgw-attach-b', 'tgw-2', 'vpc-b', 'tgw-rtb-2', { subnets: ['subnet-b1'] })
    .transitTable('tgw-rtb-1', 'tgw-1', ['10.0.0.0/16 tgw-attach-a', '10.1.0.0/16 tgw-attach-p'])
    .transitTable('tgw-rtb-2', 'tgw-2', ['10.1.0.0/16 tgw-attach-b', '10.0.0.0/16 tgw-attach-p'])
    .table('rtb-a', 'vpc-a', ['main'], ['10.0.0.0/8 tgw-1'])
    .table('rtb-b', 'vpc-b', ['main'], ['10.0.0.0/8 tgw-2'])
    .group('sg-a', 'vpc-a', ['tcp 22 10.0.0.0/8'])
    .group('sg-b', 'vpc-b', ['tcp 22 10.0.0.0/8'])
    .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'] })
    .eni('eni-b', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-b'] });
  expect(network, [['eni-b', FROM_B, 'eni-a returned']]);
});

test('Transit gateway: routes that were not collected are unknown', () => {
  expect(transit({}).fail('ec2.SearchTransitGatewayRoutes'), [['tgw-attach-b', FROM_B, 'unknown']]);
});

test('Edge route tables of VPN gateways', () => {
  const network = pair()
    .vgw('vgw-1', 'vpc-a')
    .table('rtb-a', 'vpc-a', ['main'], ['192.168.0.0/16 vgw-1'])
    .table('rtb-edge', 'vpc-a', ['vgw-1'], ['10.0.1.0/24 vpce-firewall']);
  expect(network, [
    ['vgw-1', 'tcp 192.168.0.1:5000 > 10.0.1.1:22', 'unknown eni-one'],
    ['vgw-1', 'tcp 192.168.0.1:5000 > 10.0.2.1:22', 'eni-far returned'],
  ]);
});

test('Groups used in another VPC keep their rules; members are those of each VPC', () => {
  const network = pair()
    .vpc('vpc-b', '10.1.0.0/16')
    .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
    .group('sg-both', 'vpc-a', ['tcp 22 sg-both'])
    .eni('eni-b', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-both', 'sg-open'] })
    .eni('eni-b2', 'subnet-b1', { ip: ['10.1.1.2'], groups: ['sg-both'] });
  expect(network, [['eni-b', 'tcp 10.1.1.1:5000 > 10.1.1.2:22', 'eni-b2 returned']]);
});

test('Loops between route tables end', () => {
  const network = pair()
    .transitGateway('tgw-1')
    .attachment('tgw-attach-a', 'tgw-1', 'vpc-a', 'tgw-rtb-a', { subnets: ['subnet-a1', 'subnet-a2'] })
    .transitTable('tgw-rtb-a', 'tgw-1', ['0.0.0.0/0 tgw-attach-a'])
    .table('rtb-a', 'vpc-a', ['main'], ['0.0.0.0/0 tgw-1']);
  expect(network, [['eni-one', 'tcp 10.0.1.1:5000 > 192.168.0.1:80', 'dropped']]);
});
