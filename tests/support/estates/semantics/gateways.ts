/** Gateways: Internet, egress-only, NAT, VPN, endpoints, peerings, and what may block or replace them. */
import { Network } from '../builder.ts';
import type { Case } from './case.ts';
import { SSH, SSH6, TO_IGW, web } from './web.ts';

const BOTH = ['tcp 22 0.0.0.0/0', 'tcp 22 ::/0'];

function pair(a: readonly string[], b: readonly string[], status = 'active'): Network {
  return new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
    .vpc('vpc-b', '10.1.0.0/16')
    .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
    .subnet('subnet-b2', 'vpc-b', ['10.1.2.0/24'])
    .peering('pcx-1', 'vpc-a', 'vpc-b', { status })
    .table('rtb-a', 'vpc-a', ['main'], a)
    .table('rtb-b', 'vpc-b', ['subnet-b1'], b)
    .group('sg-a', 'vpc-a', ['all 0.0.0.0/0'])
    .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'], public: '54.0.0.1' });
}

const FROM_B = 'tcp 10.1.1.1:5000 > 10.0.1.1:22';

const BLOCKS: readonly (readonly [words: string, options: readonly [string, ...string[]], fate: string])[] = [
  ['off', ['off'], 'eni-web'],
  ['both directions', ['block-bidirectional'], 'closed'],
  ['ingress', ['block-ingress'], 'closed'],
  ['ingress, the VPC excluded', ['block-ingress', 'vpc-a allow-bidirectional'], 'eni-web'],
  ['both directions, the subnet excluded', ['block-bidirectional', 'subnet-a1 allow-bidirectional'], 'eni-web'],
  ['both directions, another subnet excluded', ['block-bidirectional', 'subnet-a2 allow-bidirectional'], 'closed'],
  ['both directions, the VPC excluded for egress', ['block-bidirectional', 'vpc-a allow-egress'], 'closed'],
  ['ingress, the subnet excluded for egress', ['block-ingress', 'subnet-a1 allow-egress'], 'closed'],
];

const UNMODELLED: readonly (readonly [words: string, target: string])[] = [
  ['local gateways', 'lgw-1'],
  ['carrier gateways', 'cagw-1'],
  ['core networks (Cloud WAN)', 'arn:aws:networkmanager::111111111111:core-network/core-network-1'],
  ['endpoints of gateway load balancers and firewalls', 'vpce-1'],
  ['appliances', 'eni-unlisted'],
];

export const GATEWAYS: readonly Case[] = [
  {
    name: 'IGW: one-to-one translation of a public address; the private one is none, nor is another',
    network: () => web(),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH.replace('54.1.1.1', '10.0.1.10'), 'closed'],
      ['internet', SSH.replace('54.1.1.1', '54.1.1.2'), 'closed'],
    ],
  },
  {
    name: 'IGW: clients have global addresses: no private, documentation, link-local, loopback, multicast or reserved ones',
    network: () => web({ ingress: BOTH }),
    packets: [
      ...[
        '10.9.9.9',
        '172.16.0.1',
        '192.168.1.1',
        '100.64.0.1',
        '169.254.1.1',
        '127.0.0.1',
        '192.0.2.1',
        '198.51.100.1',
        '203.0.113.1',
        '198.18.0.1',
        '224.0.0.1',
        '240.0.0.1',
        '0.0.0.1',
      ].map((source) => ['internet', SSH.replace('8.8.8.8', source), 'closed'] as const),
      ...['fd00::8', 'fe80::1', '::1', '2001:db8::8', 'ff02::1'].map(
        (source) => ['internet', SSH6.replace('2a00::8', source), 'closed'] as const,
      ),
      ['internet', SSH.replace('8.8.8.8', '1.0.0.0'), 'eni-web'],
      ['internet', SSH.replace('8.8.8.8', '223.255.255.255'), 'eni-web'],
    ],
  },
  {
    name: 'IGW: it has to be attached to the VPC',
    network: () =>
      new Network()
        .vpc('vpc-a', '10.0.0.0/16')
        .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
        .igw('igw-a')
        .table('rtb-a', 'vpc-a', ['main'], TO_IGW)
        .group('sg-web', 'vpc-a', ['tcp 22 0.0.0.0/0'])
        .eni('eni-web', 'subnet-a1', { ip: ['10.0.1.10'], groups: ['sg-web'], public: '54.1.1.1' }),
    packets: [['internet', SSH, 'closed']],
  },
  ...['nat-1', 'tgw-1', 'igw-other', 'vgw-1', 'pcx-1', 'nat-gone blackhole', 'igw-a blackhole'].map(
    (target): Case => ({
      name: `IGW: the reply has to leave by the same gateway, not by ${target}; one datagram still arrives`,
      network: () => web({ ingress: ['all 0.0.0.0/0'], routes: ['0.0.0.0/0 igw-a', `8.8.0.0/16 ${target}`] }),
      packets: [
        ['internet', SSH, 'one-way'],
        ['internet', SSH.replace('tcp', 'udp'), 'one-way'],
        ['internet', SSH.replace('8.8.8.8', '8.9.8.8'), 'eni-web'],
      ],
    }),
  ),
  {
    name: 'IGW: no default route is needed, one for the client makes that client reachable',
    network: () => web({ routes: ['8.8.8.0/24 igw-a'] }),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH.replace('8.8.8.8', '8.8.9.0'), 'one-way'],
    ],
  },
  {
    name: 'IGW: an address of the carrier is not one of the Internet',
    network: () =>
      web().add('ec2.DescribeNetworkInterfaces', {
        NetworkInterfaceId: 'eni-phone',
        SubnetId: 'subnet-a1',
        VpcId: 'vpc-a',
        OwnerId: '111111111111',
        InterfaceType: 'interface',
        SourceDestCheck: true,
        Groups: [{ GroupId: 'sg-web' }],
        PrivateIpAddress: '10.0.1.60',
        PrivateIpAddresses: [{ PrivateIpAddress: '10.0.1.60', Primary: true, Association: { CarrierIp: '155.1.1.1' } }],
      }),
    packets: [['internet', SSH.replace('54.1.1.1', '155.1.1.1'), 'closed']],
  },
  {
    name: 'IPv6: no translation: a global address and a route to the IGW',
    network: () => web({ ingress: BOTH, routes: ['2a00::/16 igw-a'] }),
    packets: [
      ['internet', SSH6, 'eni-web'],
      ['internet', SSH6.replace('2a00::8', '2b00::8'), 'one-way'],
    ],
  },
  {
    name: 'IPv6: a private range of the VPC is not reached from the Internet',
    network: () =>
      web({ ingress: BOTH })
        .vpc('vpc-b', '10.1.0.0/16', 'fd12:3456::/48')
        .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24', 'fd12:3456:0:1::/64'])
        .igw('igw-b', 'vpc-b')
        .table('rtb-b', 'vpc-b', ['main'], ['::/0 igw-b'])
        .group('sg-b', 'vpc-b', BOTH)
        .eni('eni-b', 'subnet-b1', { ip: ['10.1.1.1', 'fd12:3456:0:1::1'], groups: ['sg-b'] }),
    packets: [['internet', 'tcp [2a00::8]:5000 > [fd12:3456:0:1::1]:22', 'closed']],
  },
  {
    name: 'egress-only gateways carry replies of what began inside only',
    network: () => web({ ingress: BOTH, routes: ['0.0.0.0/0 igw-a', '::/0 eigw-a'] }).eigw('eigw-a', 'vpc-a'),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH6, 'one-way'],
    ],
  },
  {
    name: 'NAT gateways let nothing in',
    network: () =>
      web({ ingress: ['all 0.0.0.0/0'] })
        .nat('nat-a', 'subnet-a1', '10.0.1.200', '54.1.1.200')
        .table('rtb-a2', 'vpc-a', ['subnet-a2'], ['0.0.0.0/0 nat-a'])
        .eni('eni-back', 'subnet-a2', { ip: ['10.0.2.1'], groups: ['sg-web'] }),
    packets: [
      ['internet', SSH.replace('54.1.1.1', '54.1.1.200'), 'closed'],
      ['internet', SSH.replace('54.1.1.1', '10.0.2.1'), 'closed'],
    ],
  },
  {
    name: 'NAT gateways: who sends through one has its public address, and rules may admit that',
    network: () => web({ ingress: ['tcp 22 54.9.9.9/32', 'tcp 23 10.0.2.0/24'] }),
    packets: [
      ['internet', SSH.replace('8.8.8.8', '54.9.9.9'), 'eni-web'],
      ['internet', SSH.replace('8.8.8.8', '54.9.9.9').replace(':22', ':23'), 'closed'],
    ],
  },
  ...BLOCKS.map(
    ([words, [mode, ...exclusions], fate]): Case => ({
      name: `public access is blocked: ${words}`,
      network: () => web({ ingress: BOTH }).block(mode, ...exclusions),
      packets: [
        ['internet', SSH, fate],
        ['internet', SSH6, fate],
      ],
    }),
  ),
  {
    name: 'public access that is blocked concerns gateways of the Internet only',
    network: () => pair(['10.1.0.0/16 pcx-1'], ['10.0.0.0/16 pcx-1']).block('block-bidirectional'),
    packets: [['pcx-1', FROM_B, 'eni-a']],
  },
  {
    name: 'VPN gateway: from the networks that routes name, static or propagated; a public address does not help there',
    network: () =>
      web({ ingress: ['tcp 22 0.0.0.0/0'], routes: ['192.168.0.0/16 vgw-1 propagated', '172.16.0.0/16 vgw-1'] }).vgw(
        'vgw-1',
        'vpc-a',
      ),
    packets: [
      ['vgw-1', 'tcp 192.168.1.1:5000 > 10.0.1.10:22', 'eni-web'],
      ['vgw-1', 'tcp 172.16.1.1:5000 > 10.0.1.10:22', 'eni-web'],
      ['vgw-1', 'tcp 172.17.1.1:5000 > 10.0.1.10:22', 'closed'],
      ['vgw-1', 'tcp 192.168.1.1:5000 > 54.1.1.1:22', 'closed'],
    ],
  },
  {
    name: 'VPN gateway: of no known network: any private address that is not the VPC’s own, assumed',
    network: () => web({ ingress: ['tcp 22 0.0.0.0/0'], routes: ['0.0.0.0/0 vgw-1'] }).vgw('vgw-1', 'vpc-a'),
    packets: [['vgw-1', 'tcp 192.168.1.1:5000 > 10.0.1.10:22', 'eni-web']],
  },
  {
    name: 'VPN gateway: what a connection routes to is behind it, and a route has to lead there',
    network: () =>
      web({ routes: ['172.16.0.0/13 vgw-1'] })
        .vgw('vgw-1', 'vpc-a')
        .add('ec2.DescribeVpnConnections', {
          VpnConnectionId: 'vpn-1',
          VpnGatewayId: 'vgw-1',
          State: 'available',
          Routes: [
            { DestinationCidrBlock: '172.16.0.0/12', State: 'available' },
            { DestinationCidrBlock: '192.168.0.0/16', State: 'available' },
          ],
        }),
    packets: [
      ['vgw-1', 'tcp 172.16.1.1:5000 > 10.0.1.10:22', 'eni-web'],
      ['vgw-1', 'tcp 172.31.1.1:5000 > 10.0.1.10:22', 'one-way'],
      ['vgw-1', 'tcp 192.168.1.1:5000 > 10.0.1.10:22', 'one-way'],
    ],
  },
  {
    name: 'VPN gateway: a longer blackhole takes the reply; a detached gateway carries nothing',
    network: () => web({ routes: ['192.168.0.0/16 vgw-1', '192.168.1.0/24 vgw-1 blackhole'] }).vgw('vgw-1', 'vpc-a'),
    packets: [
      ['vgw-1', 'tcp 192.168.1.1:5000 > 10.0.1.10:22', 'one-way'],
      ['vgw-1', 'tcp 192.168.2.1:5000 > 10.0.1.10:22', 'eni-web'],
    ],
  },
  {
    name: 'VPN gateway: a detached one carries nothing',
    network: () => web({ routes: ['192.168.0.0/16 vgw-1'] }).vgw('vgw-1', 'vpc-a', 'detached'),
    packets: [['vgw-1', 'tcp 192.168.1.1:5000 > 10.0.1.10:22', 'closed']],
  },
  {
    name: 'peering: active, with routes on both sides, from subnets of the other VPC that have one',
    network: () => pair(['10.1.0.0/16 pcx-1'], ['10.0.0.0/16 pcx-1']),
    packets: [
      ['pcx-1', FROM_B, 'eni-a'],
      ['pcx-1', FROM_B.replace('10.1.1.1', '10.1.1.254'), 'eni-a'],
      ['pcx-1', FROM_B.replace('10.1.1.1', '10.1.2.1'), 'closed'],
      ['pcx-1', FROM_B.replace('10.1.1.1', '10.1.9.1'), 'closed'],
      ['pcx-1', FROM_B.replace('10.1.1.1', '10.2.1.1'), 'closed'],
      ['pcx-1', FROM_B.replace('10.1.1.1', '8.8.8.8'), 'closed'],
      ['pcx-1', FROM_B.replace('10.0.1.1', '54.0.0.1'), 'closed'],
    ],
  },
  {
    name: 'peering: not active',
    network: () => pair(['10.1.0.0/16 pcx-1'], ['10.0.0.0/16 pcx-1'], 'pending-acceptance'),
    packets: [['pcx-1', FROM_B, 'closed']],
  },
  {
    name: 'peering: a route on our side missing: one-way',
    network: () => pair([], ['10.0.0.0/16 pcx-1']),
    packets: [
      ['pcx-1', FROM_B, 'one-way'],
      ['pcx-1', FROM_B.replace('tcp', 'udp'), 'one-way'],
    ],
  },
  {
    name: 'peering: a route on their side missing: nothing comes',
    network: () => pair(['10.1.0.0/16 pcx-1'], []),
    packets: [['pcx-1', FROM_B, 'closed']],
  },
  {
    name: 'peering: routes wider or narrower than the VPCs',
    network: () => pair(['10.1.1.0/25 pcx-1'], ['10.0.0.0/8 pcx-1']),
    packets: [
      ['pcx-1', FROM_B, 'eni-a'],
      ['pcx-1', FROM_B.replace('10.1.1.1', '10.1.1.128'), 'one-way'],
    ],
  },
  {
    name: 'peering: no transit through the peer’s Internet gateway, VPN, or its other peerings',
    network: () =>
      pair(['0.0.0.0/0 pcx-1'], ['10.0.0.0/16 pcx-1', '10.2.0.0/16 pcx-2', '0.0.0.0/0 igw-b'])
        .igw('igw-b', 'vpc-b')
        .vgw('vgw-b', 'vpc-b')
        .table('rtb-edge', 'vpc-b', ['igw-b', 'vgw-b'], ['10.0.0.0/16 pcx-1'])
        .vpc('vpc-c', '10.2.0.0/16')
        .subnet('subnet-c1', 'vpc-c', ['10.2.1.0/24'])
        .peering('pcx-2', 'vpc-b', 'vpc-c')
        .table('rtb-c', 'vpc-c', ['main'], ['10.0.0.0/8 pcx-2']),
    packets: [
      ['pcx-1', FROM_B, 'eni-a'],
      ['pcx-1', FROM_B.replace('10.1.1.1', '10.2.1.1'), 'closed'],
      ['pcx-2', FROM_B.replace('10.1.1.1', '10.2.1.1'), 'closed'],
      ['pcx-1', FROM_B.replace('10.1.1.1', '192.168.1.1'), 'closed'],
      ['vgw-b', FROM_B.replace('10.1.1.1', '192.168.1.1'), 'closed'],
      ['internet', FROM_B.replace('10.1.1.1', '8.8.8.8'), 'closed'],
    ],
  },
  {
    name: 'peering: with a VPC that was not collected: its ranges are those that the peering tells',
    network: () =>
      new Network()
        .vpc('vpc-a', '10.0.0.0/16')
        .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
        .peering('pcx-1', 'vpc-a', 'vpc-other', { cidrs: ['10.9.0.0/16'] })
        .table('rtb-a', 'vpc-a', ['main'], ['10.0.0.0/8 pcx-1'])
        .group('sg-a', 'vpc-a', ['tcp 22 10.0.0.0/8'])
        .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'] }),
    packets: [
      ['pcx-1', 'tcp 10.9.1.1:5000 > 10.0.1.1:22', 'eni-a'],
      ['pcx-1', 'tcp 10.8.1.1:5000 > 10.0.1.1:22', 'closed'],
    ],
  },
  {
    name: 'gateway endpoints take what their prefix list names, outbound only: replies to there are lost',
    network: () =>
      web({ routes: ['pl-s3 vpce-s3', ...TO_IGW] })
        .prefixList('pl-s3', '52.216.0.0/15')
        .add('ec2.DescribeVpcEndpoints', {
          VpcEndpointId: 'vpce-s3',
          VpcEndpointType: 'Gateway',
          VpcId: 'vpc-a',
          State: 'available',
        }),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH.replace('8.8.8.8', '52.216.0.1'), 'one-way'],
    ],
  },
  ...UNMODELLED.map(
    ([words, target]): Case => ({
      name: `not modelled, so unknown with its name: ${words}`,
      network: () => web({ routes: [...TO_IGW, `8.0.0.0/8 ${target}`] }),
      packets: [
        ['internet', SSH, `unknown ${target}`],
        ['internet', SSH.replace('8.8.8.8', '9.9.9.9'), 'eni-web'],
        ['internet', SSH.replace(':22', ':23'), 'closed'],
      ],
    }),
  ),
  ...(
    [
      ['running', 'eni-web'],
      ['pending', 'eni-web'],
      ['stopped', 'eni-web potential'],
      ['stopping', 'eni-web potential'],
      ['terminated', 'closed'],
    ] as const
  ).map(
    ([state, fate]): Case => ({
      name: `state of the instance: ${state}`,
      network: () => web({ eni: { state } }),
      packets: [['internet', SSH, fate]],
    }),
  ),
];
