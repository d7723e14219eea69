/** Security groups. */
import type { Row } from '../../../../src/estate/estate.ts';
import { Network } from '../builder.ts';
import type { Case } from './case.ts';
import { SSH, SSH6, web } from './web.ts';

/** What one rule lets in of TCP and UDP to port 22 from 8.8.8.8. */
function opens(rule: string | Row, tcp: boolean, udp = false): Case['packets'] & { readonly rule: string | Row } {
  const packets: [string, string, string][] = [
    ['internet', SSH, tcp ? 'eni-web' : 'closed'],
    ['internet', SSH.replace('tcp', 'udp'), udp ? 'eni-web' : 'closed'],
  ];
  return Object.assign(packets, { rule });
}

const PROTOCOLS: readonly ReturnType<typeof opens>[] = [
  opens('tcp 20-22 0.0.0.0/0', true),
  opens('tcp 22-30 0.0.0.0/0', true),
  opens('tcp 23-30 0.0.0.0/0', false),
  opens('tcp 0-21 0.0.0.0/0', false),
  opens('tcp 0-65535 0.0.0.0/0', true),
  opens('6 22 0.0.0.0/0', true),
  opens('17 22 0.0.0.0/0', false, true),
  opens('udp 22 0.0.0.0/0', false, true),
  opens('all 0.0.0.0/0', true, true),
  opens('all 80-80 0.0.0.0/0', true, true),
  opens('47 0.0.0.0/0', false),
  opens('icmp -1 0.0.0.0/0', false),
  opens({ IpProtocol: 'icmp', FromPort: -1, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, false),
  opens({ IpProtocol: 'icmp', FromPort: 8, ToPort: 0, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, false),
  opens({ IpProtocol: 'icmpv6', FromPort: -1, ToPort: -1, Ipv6Ranges: [{ CidrIpv6: '::/0' }] }, false),
  opens('58 0.0.0.0/0', false),
];

const MEMBERS = (): Network =>
  new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
    .vpc('vpc-b', '10.1.0.0/16')
    .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
    .peering('pcx-1', 'vpc-a', 'vpc-b')
    .table('rtb-a', 'vpc-a', ['main'], ['10.1.0.0/16 pcx-1', '0.0.0.0/0 igw-a'])
    .table('rtb-b', 'vpc-b', ['main'], ['10.0.0.0/16 pcx-1', '0.0.0.0/0 igw-b'])
    .igw('igw-a', 'vpc-a')
    .igw('igw-b', 'vpc-b')
    .group('sg-app', 'vpc-b', [])
    .eni('eni-app', 'subnet-b1', {
      ip: ['10.1.1.1', '10.1.1.2'],
      groups: ['sg-app'],
      public: '54.1.0.1',
      prefixes: ['10.1.1.64/28'],
    })
    .eni('eni-other', 'subnet-b1', { ip: ['10.1.1.9'], groups: [] });

export const GROUPS: readonly Case[] = [
  {
    name: 'only allow rules: the union over all rules of all groups, in any order; nothing that matches means closed',
    network: () =>
      web({ ingress: ['tcp 80 0.0.0.0/0', 'tcp 22 8.8.8.0/24'], eni: { groups: ['sg-web', 'sg-more', 'sg-none'] } })
        .group('sg-more', 'vpc-a', ['tcp 443 0.0.0.0/0', 'tcp 22 9.0.0.0/8'], [])
        .group('sg-none', 'vpc-a', [], []),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH.replace('8.8.8.8', '9.9.9.9'), 'eni-web'],
      ['internet', SSH.replace('8.8.8.8', '7.7.7.7'), 'closed'],
      ['internet', SSH.replace(':22', ':80'), 'eni-web'],
      ['internet', SSH.replace(':22', ':443'), 'eni-web'],
      ['internet', SSH.replace(':22', ':444'), 'closed'],
    ],
  },
  {
    name: 'an interface without any group lets nothing in',
    network: () => web({ eni: { groups: [] } }),
    packets: [['internet', SSH, 'closed']],
  },
  {
    name: 'stateful: replies pass without any egress rule',
    network: () => web({ egress: [] }),
    packets: [['internet', SSH, 'eni-web']],
  },
  ...PROTOCOLS.map(
    (packets): Case => ({
      name: `protocols and ports of a rule: ${JSON.stringify(packets.rule)}`,
      network: () => web({ ingress: [packets.rule] }),
      packets,
    }),
  ),
  {
    name: 'an IPv4 rule never matches IPv6 and the reverse',
    network: () => web({ ingress: ['tcp 22 0.0.0.0/0', 'tcp 23 ::/0', 'all 0.0.0.0/0'] }),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH6, 'closed'],
      ['internet', SSH6.replace(']:22', ']:23'), 'eni-web'],
    ],
  },
  {
    name: 'an IPv6 rule alone opens nothing over IPv4',
    network: () => web({ ingress: ['all ::/0'] }),
    packets: [
      ['internet', SSH, 'closed'],
      ['internet', SSH6, 'eni-web'],
    ],
  },
  {
    name: 'sources are ranges: single addresses, ranges whose base has host bits, the ends of a range',
    network: () => web({ ingress: ['tcp 22 8.8.8.8/32', 'tcp 23 8.8.8.9/31', 'tcp 24 8.8.8.0/29'] }),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH.replace('8.8.8.8', '8.8.8.9'), 'closed'],
      ['internet', SSH.replace(':22', ':23'), 'eni-web'],
      ['internet', SSH.replace(':22', ':24').replace('8.8.8.8', '8.8.8.7'), 'eni-web'],
      ['internet', SSH.replace(':22', ':24'), 'closed'],
    ],
  },
  {
    name: 'prefix lists, of customers and of AWS, mean their entries of the family',
    network: () =>
      web({ ingress: ['tcp 22 pl-mine', 'tcp 80 pl-aws'] })
        .prefixList('pl-mine', '9.0.0.0/8', '8.8.8.0/24', '2a00::/16')
        .prefixList('pl-aws', '13.0.0.0/8'),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH6, 'eni-web'],
      ['internet', SSH.replace('8.8.8.8', '8.8.9.1'), 'closed'],
      ['internet', SSH.replace(':22', ':80'), 'closed'],
      ['internet', SSH.replace(':22', ':80').replace('8.8.8.8', '13.1.1.1'), 'eni-web'],
    ],
  },
  {
    name: 'a prefix list whose entries are not known is unknown, on the ports that name it',
    network: () => web({ ingress: ['tcp 22 pl-gone'] }),
    packets: [
      ['internet', SSH, 'unknown pl-gone'],
      ['internet', SSH.replace(':22', ':23'), 'closed'],
    ],
  },
  {
    name: 'a reference means the private addresses of members: primary, secondary and prefixes, here of a peered VPC',
    network: () =>
      MEMBERS()
        .group('sg-db', 'vpc-a', ['tcp 3306 sg-app'])
        .eni('eni-db', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-db'], public: '54.0.0.1' }),
    packets: [
      ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:3306', 'eni-db'],
      ['pcx-1', 'tcp 10.1.1.2:5000 > 10.0.1.1:3306', 'eni-db'],
      ['pcx-1', 'tcp 10.1.1.70:5000 > 10.0.1.1:3306', 'eni-db'],
      ['pcx-1', 'tcp 10.1.1.80:5000 > 10.0.1.1:3306', 'closed'],
      ['pcx-1', 'tcp 10.1.1.9:5000 > 10.0.1.1:3306', 'closed'],
    ],
  },
  {
    name: 'a member that comes by its public address does not match a reference; a rule with that address does',
    network: () =>
      MEMBERS()
        .group('sg-db', 'vpc-a', ['tcp 3306 sg-app', 'tcp 3307 54.1.0.1/32'])
        .eni('eni-db', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-db'], public: '54.0.0.1' }),
    packets: [
      ['internet', 'tcp 54.1.0.1:5000 > 54.0.0.1:3306', 'closed'],
      ['internet', 'tcp 54.1.0.1:5000 > 54.0.0.1:3307', 'eni-db'],
    ],
  },
  {
    name: 'a self reference means members only: of the same group in the other VPC, nobody else there',
    network: () =>
      MEMBERS()
        .group('sg-self', 'vpc-a', ['tcp 7 sg-self'])
        .eni('eni-one', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-self'] })
        .eni('eni-two', 'subnet-b1', { ip: ['10.1.1.3'], groups: ['sg-self'] }),
    packets: [
      ['pcx-1', 'tcp 10.1.1.3:5000 > 10.0.1.1:7', 'eni-one'],
      ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:7', 'closed'],
      ['internet', 'tcp 8.8.8.8:5000 > 10.0.1.1:7', 'closed'],
    ],
  },
  {
    name: 'a dangling reference matches nothing: the group is gone, or its peering was deleted',
    network: () =>
      MEMBERS()
        .group('sg-db', 'vpc-a', [
          'tcp 1 sg-gone',
          {
            IpProtocol: 'tcp',
            FromPort: 2,
            ToPort: 2,
            UserIdGroupPairs: [
              { GroupId: 'sg-app', UserId: '111111111111', VpcPeeringConnectionId: 'pcx-0', PeeringStatus: 'deleted' },
            ],
          },
        ])
        .eni('eni-db', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-db'] }),
    packets: [
      ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:1', 'closed'],
      ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:2', 'closed'],
    ],
  },
  {
    name: 'a reference to a group of an account that was not collected is unknown, within the peer’s addresses',
    network: () =>
      new Network()
        .vpc('vpc-a', '10.0.0.0/16')
        .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
        .peering('pcx-1', 'vpc-a', 'vpc-other', { cidrs: ['10.9.0.0/16'] })
        .table('rtb-a', 'vpc-a', ['main'], ['10.0.0.0/8 pcx-1'])
        .group('sg-a', 'vpc-a', [
          {
            IpProtocol: 'tcp',
            FromPort: 23,
            ToPort: 23,
            UserIdGroupPairs: [{ GroupId: 'sg-theirs', UserId: '222222222222', VpcPeeringConnectionId: 'pcx-1' }],
          },
        ])
        .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'] }),
    packets: [
      ['pcx-1', 'tcp 10.9.1.1:5000 > 10.0.1.1:23', 'unknown sg-a'],
      ['pcx-1', 'tcp 10.9.1.1:5000 > 10.0.1.1:24', 'closed'],
    ],
  },
  {
    name: 'references do not reach over a peering that is not active, nor without one',
    network: () =>
      new Network()
        .vpc('vpc-a', '10.0.0.0/16')
        .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
        .vpc('vpc-b', '10.1.0.0/16')
        .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
        .vgw('vgw-1', 'vpc-a')
        .table('rtb-a', 'vpc-a', ['main'], ['10.1.0.0/16 vgw-1'])
        .group('sg-app', 'vpc-b', [])
        .eni('eni-app', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-app'] })
        .group('sg-a', 'vpc-a', ['tcp 1 sg-app', 'tcp 2 10.1.1.1/32'])
        .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'] }),
    packets: [
      ['vgw-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:1', 'closed'],
      ['vgw-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:2', 'eni-a'],
    ],
  },
  {
    name: 'references do not reach into another region',
    network: () => {
      const there = new Network('111111111111', 'us-east-1')
        .vpc('vpc-b', '10.1.0.0/16')
        .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
        .table('rtb-b', 'vpc-b', ['main'], ['10.0.0.0/16 pcx-1'])
        .group('sg-app', 'vpc-b', [])
        .eni('eni-app', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-app'] });
      const here = new Network()
        .vpc('vpc-a', '10.0.0.0/16')
        .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
        .peering('pcx-1', 'vpc-a', 'vpc-b', { cidrs: ['10.1.0.0/16'] })
        .table('rtb-a', 'vpc-a', ['main'], ['10.1.0.0/16 pcx-1'])
        .group('sg-a', 'vpc-a', ['tcp 1 sg-app', 'tcp 2 10.1.0.0/16'])
        .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'] });
      return [here, there];
    },
    packets: [
      ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:1', 'closed'],
      ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:2', 'eni-a'],
    ],
  },
  {
    name: 'a group that is associated with another VPC keeps its rules there',
    network: () =>
      MEMBERS()
        .group('sg-both', 'vpc-a', ['tcp 22 8.8.8.0/24', 'tcp 23 sg-app'])
        .add('ec2.DescribeSecurityGroupVpcAssociations', { GroupId: 'sg-both', VpcId: 'vpc-b', State: 'associated' })
        .eni('eni-both', 'subnet-b1', { ip: ['10.1.1.5'], groups: ['sg-both'], public: '54.1.0.5' }),
    packets: [
      ['internet', 'tcp 8.8.8.8:5000 > 54.1.0.5:22', 'eni-both'],
      ['internet', 'tcp 8.8.9.8:5000 > 54.1.0.5:22', 'closed'],
      ['pcx-1', 'tcp 10.0.1.1:5000 > 10.1.1.5:22', 'closed'],
    ],
  },
  {
    name: 'a group that is shared from another account, in a shared subnet, keeps its rules',
    network: () => {
      const participant = new Network('222222222222')
        .add('ec2.DescribeVpcs', { VpcId: 'vpc-a', OwnerId: '111111111111', CidrBlock: '10.0.0.0/16' })
        .group('sg-theirs', 'vpc-a', ['tcp 443 0.0.0.0/0'], []);
      return [
        web().eni('eni-shared', 'subnet-a1', { ip: ['10.0.1.50'], groups: ['sg-theirs'], public: '54.1.1.50' }),
        participant,
      ];
    },
    packets: [
      ['internet', 'tcp 8.8.8.8:5000 > 54.1.1.50:443', 'eni-shared'],
      ['internet', 'tcp 8.8.8.8:5000 > 54.1.1.50:22', 'closed'],
    ],
  },
  {
    name: 'a group that is not in the snapshot is unknown, by its name',
    network: () => web({ ingress: ['tcp 80 0.0.0.0/0'], eni: { groups: ['sg-web', 'sg-lost'] } }),
    packets: [
      ['internet', SSH, 'unknown sg-lost'],
      ['internet', SSH.replace(':22', ':80'), 'eni-web'],
    ],
  },
  {
    name: 'groups are of an interface, not of its instance: each interface by its own groups, subnet and routes',
    network: () =>
      web()
        .group('sg-two', 'vpc-a', ['tcp 80 0.0.0.0/0'], [])
        .eni('eni-two', 'subnet-a1', { ip: ['10.0.1.20'], groups: ['sg-two'], instance: 'i-web', device: 1, public: '54.1.1.2' })
        .eni('eni-three', 'subnet-a2', {
          ip: ['10.0.2.20'],
          groups: ['sg-two'],
          instance: 'i-web',
          device: 2,
          public: '54.1.1.3',
        }),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH.replace(':22', ':80'), 'closed'],
      ['internet', SSH.replace('54.1.1.1', '54.1.1.2'), 'closed'],
      ['internet', SSH.replace('54.1.1.1:22', '54.1.1.2:80'), 'eni-two'],
      ['internet', SSH.replace('54.1.1.1:22', '54.1.1.3:80'), 'one-way'],
    ],
  },
  {
    name: 'every address is a destination of its own under the same groups: secondary, several public ones, delegated prefixes',
    network: () =>
      web({
        ingress: ['tcp 22 0.0.0.0/0', 'tcp 22 ::/0'],
        eni: {
          ip: ['10.0.1.10', '10.0.1.11', '10.0.1.12', '2600:1f00:1:aa01::10', '2600:1f00:1:aa01::11'],
          public: { '10.0.1.10': '54.1.1.1', '10.0.1.12': '54.1.1.12' },
          prefixes: ['10.0.1.64/28', '2600:1f00:1:aa01:5::/80'],
        },
      }),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH.replace('54.1.1.1', '54.1.1.12'), 'eni-web'],
      ['internet', SSH.replace('54.1.1.1', '10.0.1.11'), 'closed'],
      ['internet', SSH.replace('54.1.1.1', '10.0.1.70'), 'closed'],
      ['internet', SSH6, 'eni-web'],
      ['internet', SSH6.replace('aa01::10', 'aa01::11'), 'eni-web'],
      ['internet', SSH6.replace('aa01::10', 'aa01:5::77'), 'eni-web'],
      ['internet', SSH6.replace('aa01::10', 'aa01:6::77'), 'closed'],
    ],
  },
];
