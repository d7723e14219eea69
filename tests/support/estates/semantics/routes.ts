/** Route tables. */
import { Network } from '../builder.ts';
import type { Case } from './case.ts';
import { SSH, SSH6, TO_IGW, web } from './web.ts';

const lists = (network: Network): Network =>
  network.prefixList('pl-1', '8.8.0.0/16', '9.0.0.0/8').prefixList('pl-2', '8.8.8.0/24').vgw('vgw-1', 'vpc-a');

/** What becomes of the reply to 8.8.8.8 by these routes. */
const ORDER: readonly (readonly [name: string, routes: readonly string[], fate: string])[] = [
  ['the longest prefix wins: away', ['0.0.0.0/0 igw-a', '8.0.0.0/8 vgw-1'], 'one-way'],
  ['the longest prefix wins: back', ['0.0.0.0/0 vgw-1', '8.0.0.0/8 igw-a'], 'eni-web'],
  ['a prefix list stands for its entries, each with its own length', ['0.0.0.0/0 vgw-1', 'pl-1 igw-a'], 'eni-web'],
  ['of overlapping prefix lists the longer entry wins: away', ['pl-1 igw-a', 'pl-2 vgw-1'], 'one-way'],
  ['of overlapping prefix lists the longer entry wins: back', ['pl-1 vgw-1', 'pl-2 igw-a'], 'eni-web'],
  ['equal prefixes: static before prefix list', ['pl-1 vgw-1', '8.8.0.0/16 igw-a'], 'eni-web'],
  ['equal prefixes: prefix list before propagated', ['8.8.0.0/16 vgw-1 propagated', 'pl-1 igw-a'], 'eni-web'],
  ['equal prefixes: static before propagated', ['8.8.0.0/16 vgw-1 propagated', '8.8.0.0/16 igw-a'], 'eni-web'],
  ['a longer propagated route beats a shorter static one', ['8.8.8.8/32 vgw-1 propagated', '8.8.0.0/16 igw-a'], 'one-way'],
  ['a blackhole takes part and drops: nothing falls through', ['0.0.0.0/0 igw-a', '8.8.8.0/24 nat-gone blackhole'], 'one-way'],
  ['a blackhole of a prefix list drops too', ['0.0.0.0/0 igw-a', 'pl-2 pcx-gone blackhole'], 'one-way'],
  ['a shorter blackhole does not matter', ['8.0.0.0/8 nat-gone blackhole', '8.8.8.0/24 igw-a'], 'eni-web'],
  ['a prefix list of unknown entries may claim anything', ['0.0.0.0/0 igw-a', 'pl-lost vgw-1'], 'unknown rtb-a1'],
  ['a route to the client alone is enough', ['8.8.8.8/32 igw-a'], 'eni-web'],
  ['no route for the client', ['9.0.0.0/8 igw-a'], 'one-way'],
];

export const ROUTES: readonly Case[] = [
  ...ORDER.map(
    ([name, routes, fate]): Case => ({
      name: `route table: ${name}`,
      network: () => lists(web({ routes })),
      packets: [['internet', SSH, fate]],
    }),
  ),
  {
    name: 'the routes of the two families are independent',
    network: () => web({ ingress: ['tcp 22 0.0.0.0/0', 'tcp 22 ::/0'], routes: ['::/0 igw-a', '8.0.0.0/8 igw-a blackhole'] }),
    packets: [
      ['internet', SSH, 'one-way'],
      ['internet', SSH6, 'eni-web'],
    ],
  },
  {
    name: 'a subnet without a table of its own has the main table of its own VPC',
    network: () =>
      new Network()
        .vpc('vpc-a', '10.0.0.0/16')
        .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
        .igw('igw-a', 'vpc-a')
        .vpc('vpc-b', '10.1.0.0/16')
        .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
        .igw('igw-b', 'vpc-b')
        .table('rtb-b', 'vpc-b', ['main'], ['0.0.0.0/0 igw-b'])
        .table('rtb-a', 'vpc-a', ['main'], [])
        .group('sg-a', 'vpc-a', ['tcp 22 0.0.0.0/0'])
        .group('sg-b', 'vpc-b', ['tcp 22 0.0.0.0/0'])
        .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'], public: '54.0.0.1' })
        .eni('eni-b', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-b'], public: '54.0.0.2' }),
    packets: [
      ['internet', 'tcp 8.8.8.8:5000 > 54.0.0.1:22', 'one-way'],
      ['internet', 'tcp 8.8.8.8:5000 > 54.0.0.2:22', 'eni-b'],
    ],
  },
  {
    name: 'route tables that were not collected are unknown',
    network: () => web().fail('ec2.DescribeRouteTables'),
    packets: [['internet', SSH, 'unknown RouteTable']],
  },
  {
    name: 'propagated routes within the VPC’s own ranges lose, even longer ones; static ones win',
    network: () =>
      new Network()
        .vpc('vpc-a', '10.0.0.0/16', '100.64.0.0/16')
        .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
        .subnet('subnet-at', 'vpc-a', ['10.0.9.0/24'])
        .subnet('subnet-a3', 'vpc-a', ['100.64.1.0/24'])
        .vgw('vgw-1', 'vpc-a')
        .transitGateway('tgw-1')
        .attachment('tgw-attach-a', 'tgw-1', 'vpc-a', 'tgw-rtb', { subnets: ['subnet-at'] })
        .attachment('tgw-attach-v', 'tgw-1', 'vpn:vpn-1', 'tgw-rtb')
        .transitTable('tgw-rtb', 'tgw-1', [
          '10.0.0.0/16 tgw-attach-a',
          '100.64.0.0/16 tgw-attach-a',
          '192.168.0.0/16 tgw-attach-v',
        ])
        .table('rtb-main', 'vpc-a', ['main'], ['192.168.0.0/16 tgw-1'])
        .table(
          'rtb-at',
          'vpc-a',
          ['subnet-at'],
          ['10.0.1.0/28 vgw-1 propagated', '10.0.1.32/28 vgw-1', '10.0.1.48/28 nat-x blackhole'],
        )
        .group('sg-a', 'vpc-a', ['tcp 22 192.168.0.0/16'])
        .eni('eni-one', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'] })
        .eni('eni-two', 'subnet-a1', { ip: ['10.0.1.33'], groups: ['sg-a'] })
        .eni('eni-three', 'subnet-a1', { ip: ['10.0.1.49'], groups: ['sg-a'] })
        .eni('eni-four', 'subnet-a3', { ip: ['100.64.1.1'], groups: ['sg-a'] }),
    packets: [
      ['tgw-attach-v', 'tcp 192.168.1.1:5000 > 10.0.1.1:22', 'eni-one'],
      ['tgw-attach-v', 'tcp 192.168.1.1:5000 > 10.0.1.33:22', 'closed'],
      ['tgw-attach-v', 'tcp 192.168.1.1:5000 > 10.0.1.49:22', 'closed'],
      // The local routes cover every range of the VPC.
      ['tgw-attach-v', 'tcp 192.168.1.1:5000 > 100.64.1.1:22', 'eni-four'],
    ],
  },
  ...(
    [
      ['eni-box', false, 'unknown eni-box'],
      ['eni-box', true, 'closed'],
      ['eni-web', true, 'eni-web'],
      ['local', true, 'eni-web'],
      ['vpce-firewall', true, 'unknown vpce-firewall'],
      ['eni-gone blackhole', true, 'closed'],
    ] as const
  ).map(
    ([target, checked, fate]): Case => ({
      name: `edge table: what comes in by the gateway goes to ${target}${target === 'eni-box' ? `, source/destination check ${checked ? 'on' : 'off'}` : ''}`,
      network: () =>
        web()
          .table('rtb-edge', 'vpc-a', ['igw-a'], [`10.0.1.0/24 ${target}`])
          .eni('eni-box', 'subnet-a2', { ip: ['10.0.2.99'], groups: [], checked }),
      packets: [
        ['internet', SSH, fate],
        ['internet', SSH.replace(':22', ':23'), 'closed'],
      ],
    }),
  ),
  {
    name: 'edge table of a VPN gateway',
    network: () =>
      web({ ingress: ['tcp 22 192.168.0.0/16'], routes: [...TO_IGW, '192.168.0.0/16 vgw-1'] })
        .vgw('vgw-1', 'vpc-a')
        .table('rtb-edge', 'vpc-a', ['vgw-1'], ['10.0.1.10/32 vpce-firewall', '10.0.1.11/32 eni-gone blackhole'])
        .eni('eni-two', 'subnet-a1', { ip: ['10.0.1.11'], groups: ['sg-web'] })
        .eni('eni-three', 'subnet-a1', { ip: ['10.0.1.12'], groups: ['sg-web'] }),
    packets: [
      ['vgw-1', 'tcp 192.168.0.1:5000 > 10.0.1.10:22', 'unknown vpce-firewall'],
      ['vgw-1', 'tcp 192.168.0.1:5000 > 10.0.1.11:22', 'closed'],
      ['vgw-1', 'tcp 192.168.0.1:5000 > 10.0.1.12:22', 'eni-three'],
    ],
  },
];
