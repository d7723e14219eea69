/** Network ACLs. */
import { Network } from '../builder.ts';
import type { Case } from './case.ts';
import { ANY, SSH, SSH6, web } from './web.ts';

const UDP = SSH.replace('tcp', 'udp');

export const ACLS: readonly Case[] = [
  {
    name: 'by number, the first match decides whatever the order of the rows',
    network: () => web({ acl: [['100 deny tcp 22 8.8.8.8/32', '90 allow tcp 22 8.8.0.0/16', '95 deny all 0.0.0.0/0'], ANY] }),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH.replace('8.8.8.8', '8.9.8.8'), 'closed'],
    ],
  },
  {
    name: 'an earlier denial cuts its part out of a later allowance',
    network: () => web({ acl: [['90 deny tcp 22 8.8.8.8/32', '100 allow tcp 22 8.8.0.0/16'], ANY] }),
    packets: [
      ['internet', SSH, 'closed'],
      ['internet', SSH.replace('8.8.8.8', '8.8.8.7'), 'eni-web'],
      ['internet', SSH.replace('8.8.8.8', '8.8.8.9'), 'eni-web'],
    ],
  },
  {
    name: 'what no entry matches is denied at the end',
    network: () => web({ acl: [[], ANY] }),
    packets: [['internet', SSH, 'closed']],
  },
  {
    name: 'the two directions are lists of their own',
    network: () => web({ acl: [['100 allow tcp 22 0.0.0.0/0'], ['100 deny tcp 22 0.0.0.0/0', '110 allow all 0.0.0.0/0']] }),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH.replace('49152', '22'), 'one-way'],
    ],
  },
  {
    name: 'an IPv4 entry never matches IPv6 and the reverse',
    network: () =>
      web({
        ingress: ['tcp 22 0.0.0.0/0', 'tcp 22 ::/0'],
        acl: [
          ['90 deny all ::/0', '100 allow all 0.0.0.0/0'],
          ['100 allow all 0.0.0.0/0', '200 deny all ::/0'],
        ],
      }),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH6, 'closed'],
    ],
  },
  {
    name: 'IPv6 entries alone: IPv4 is denied',
    network: () => web({ ingress: ['tcp 22 0.0.0.0/0', 'tcp 22 ::/0'], acl: [['100 allow all ::/0'], ['100 allow all ::/0']] }),
    packets: [
      ['internet', SSH, 'closed'],
      ['internet', SSH6, 'eni-web'],
    ],
  },
  {
    name: 'protocols by number: TCP, UDP, all; ICMP entries do not concern TCP, and ports count for TCP and UDP only',
    network: () =>
      web({
        ingress: ['all 0.0.0.0/0'],
        acl: [
          ['80 deny icmp 0.0.0.0/0', '81 deny 58 0.0.0.0/0', '82 deny 47 0.0.0.0/0', '90 deny udp 22 0.0.0.0/0', ...ANY],
          ANY,
        ],
      }),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', UDP, 'eni-web'],
    ],
  },
  {
    name: 'an entry for all protocols has no ports, whatever it says',
    network: () => web({ acl: [['90 deny all 80-80 8.8.8.8/32', '100 allow all 0.0.0.0/0'], ANY] }),
    packets: [
      ['internet', SSH, 'closed'],
      ['internet', SSH.replace('8.8.8.8', '8.8.8.9'), 'eni-web'],
    ],
  },
  {
    name: 'UDP entries leave TCP alone',
    network: () => web({ ingress: ['all 0.0.0.0/0'], acl: [['90 deny udp 0-65535 0.0.0.0/0', '100 allow all 0.0.0.0/0'], ANY] }),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', UDP, 'closed'],
    ],
  },
  {
    name: 'stateless: the reply is held against the outbound list with the client as destination and its port',
    network: () => web({ ingress: ['all 0.0.0.0/0'], acl: [ANY, ['100 allow tcp 32768-60999 8.8.0.0/16']] }),
    packets: [
      ['internet', SSH, 'eni-web'],
      ['internet', SSH.replace('49152', '32768'), 'eni-web'],
      ['internet', SSH.replace('49152', '60999'), 'eni-web'],
      ['internet', SSH.replace('49152', '32767'), 'one-way'],
      ['internet', SSH.replace('49152', '61000'), 'one-way'],
      ['internet', SSH.replace('8.8.8.8', '8.9.8.8'), 'one-way'],
      ['internet', UDP, 'one-way'],
    ],
  },
  {
    name: 'a subnet with none of its own has the default one of its VPC',
    network: () =>
      web()
        .acl('acl-default', 'vpc-a', [], ['100 deny tcp 22 8.8.8.8/32', '110 allow all 0.0.0.0/0'], ANY)
        .acl('acl-a2', 'vpc-a', ['subnet-a2'], [], [])
        .vpc('vpc-b', '10.1.0.0/16')
        .acl('acl-b', 'vpc-b', [], [], []),
    packets: [
      ['internet', SSH, 'closed'],
      ['internet', SSH.replace('8.8.8.8', '8.8.8.9'), 'eni-web'],
    ],
  },
  {
    name: 'at the edge of the subnet only: what comes by a peering passes the receiver’s both ways',
    network: () =>
      new Network()
        .vpc('vpc-a', '10.0.0.0/16')
        .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
        .vpc('vpc-b', '10.1.0.0/16')
        .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
        .peering('pcx-1', 'vpc-a', 'vpc-b')
        .table('rtb-a', 'vpc-a', ['main'], ['10.1.0.0/16 pcx-1'])
        .table('rtb-b', 'vpc-b', ['main'], ['10.0.0.0/16 pcx-1'])
        .acl('acl-a', 'vpc-a', ['subnet-a1'], ['100 allow tcp 22 10.1.1.0/24'], ['100 allow tcp 5000-5001 10.1.1.0/24'])
        .group('sg-a', 'vpc-a', ['all 0.0.0.0/0'])
        .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'] }),
    packets: [
      ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:22', 'eni-a'],
      ['pcx-1', 'tcp 10.1.1.1:5002 > 10.0.1.1:22', 'one-way'],
      ['pcx-1', 'tcp 10.1.1.1:5000 > 10.0.1.1:23', 'closed'],
    ],
  },
  {
    name: 'network ACLs that were not collected are unknown',
    network: () => web().fail('ec2.DescribeNetworkAcls'),
    packets: [
      ['internet', SSH, 'unknown NetworkAcl'],
      ['internet', SSH.replace(':22', ':23'), 'closed'],
    ],
  },
];
