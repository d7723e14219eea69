/** Transit gateways. */
import { Network } from '../builder.ts';
import type { Case } from './case.ts';

interface Options {
  readonly tableA?: readonly string[];
  readonly tableB?: readonly string[];
  readonly subnetsA?: readonly string[];
  readonly subnetsB?: readonly string[];
  readonly routesA?: readonly string[];
  readonly routesB?: readonly string[];
  readonly acl?: readonly [subnet: string, ingress: readonly string[], egress: readonly string[]];
  readonly referencing?: boolean;
  readonly appliance?: boolean;
  readonly associatedA?: string | undefined;
}

/** Two VPCs, one with subnets in two zones, and a VPN on one gateway. */
function hub(options: Options = {}): Network {
  const { referencing } = options;
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
    .subnet('subnet-a2', 'vpc-a', ['10.0.2.0/24'], 'b')
    .subnet('subnet-at', 'vpc-a', ['10.0.9.0/24'])
    .vpc('vpc-b', '10.1.0.0/16')
    .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
    .subnet('subnet-b2', 'vpc-b', ['10.1.2.0/24'], 'b')
    .transitGateway('tgw-1')
    .attachment('tgw-attach-a', 'tgw-1', 'vpc-a', 'associatedA' in options ? options.associatedA : 'tgw-rtb-a', {
      subnets: options.subnetsA ?? ['subnet-at'],
      referencing,
      appliance: options.appliance,
    })
    .attachment('tgw-attach-b', 'tgw-1', 'vpc-b', 'tgw-rtb-b', { subnets: options.subnetsB ?? ['subnet-b1'], referencing })
    .attachment('tgw-attach-v', 'tgw-1', 'vpn:vpn-1', 'tgw-rtb-b')
    .transitTable('tgw-rtb-a', 'tgw-1', options.tableA ?? ['10.1.0.0/16 tgw-attach-b propagated', '192.168.0.0/16 tgw-attach-v'])
    .transitTable('tgw-rtb-b', 'tgw-1', options.tableB ?? ['10.0.0.0/16 tgw-attach-a propagated'])
    .table('rtb-a', 'vpc-a', ['main'], options.routesA ?? ['10.1.0.0/16 tgw-1', '192.168.0.0/16 tgw-1'])
    .table('rtb-b', 'vpc-b', ['main'], options.routesB ?? ['10.0.0.0/16 tgw-1'])
    .group('sg-a', 'vpc-a', ['tcp 22 0.0.0.0/0', 'udp 22 0.0.0.0/0', 'tcp 23 sg-b'])
    .group('sg-b', 'vpc-b', ['tcp 22 0.0.0.0/0'])
    .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'] })
    .eni('eni-a2', 'subnet-a2', { ip: ['10.0.2.1'], groups: ['sg-a'] })
    .eni('eni-b', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-b'] });
  if (options.acl !== undefined) network.acl('acl-a', 'vpc-a', [options.acl[0]], options.acl[1], options.acl[2]);
  return network;
}

const FROM_B = 'tcp 10.1.1.1:5000 > 10.0.1.1:22';
const FROM_V = 'tcp 192.168.1.1:5000 > 10.0.1.1:22';
const OPEN = ['1 allow all 0.0.0.0/0'];

export const TRANSIT: readonly Case[] = [
  {
    name: 'the association picks the table, and routes of both VPCs lead to the gateway',
    network: () => hub(),
    packets: [
      ['tgw-attach-b', FROM_B, 'eni-a'],
      ['tgw-attach-v', FROM_V, 'eni-a'],
      ['tgw-attach-v', FROM_V.replace('192.168.1.1', '192.169.1.1'), 'closed'],
    ],
  },
  { name: 'no route there', network: () => hub({ tableB: [] }), packets: [['tgw-attach-b', FROM_B, 'closed']] },
  {
    name: 'no route back on the gateway',
    network: () => hub({ tableA: [] }),
    packets: [
      ['tgw-attach-b', FROM_B, 'one-way'],
      ['tgw-attach-b', FROM_B.replace('tcp', 'udp'), 'one-way'],
    ],
  },
  { name: 'no route back in the VPC', network: () => hub({ routesA: [] }), packets: [['tgw-attach-b', FROM_B, 'one-way']] },
  { name: 'no route there in the other VPC', network: () => hub({ routesB: [] }), packets: [['tgw-attach-b', FROM_B, 'closed']] },
  {
    name: 'longest prefix over static and propagated routes; blackholes drop and nothing falls through',
    network: () =>
      hub({
        tableB: [
          '10.0.0.0/16 tgw-attach-a propagated',
          '10.0.1.0/28 - blackhole',
          '10.0.1.64/28 tgw-attach-v',
          '0.0.0.0/0 tgw-attach-a',
        ],
      })
        .eni('eni-low', 'subnet-a1', { ip: ['10.0.1.16'], groups: ['sg-a'] })
        .eni('eni-high', 'subnet-a1', { ip: ['10.0.1.65'], groups: ['sg-a'] }),
    packets: [
      ['tgw-attach-b', FROM_B, 'closed'],
      ['tgw-attach-b', FROM_B.replace('> 10.0.1.1:', '> 10.0.1.16:'), 'eni-low'],
      ['tgw-attach-b', FROM_B.replace('> 10.0.1.1:', '> 10.0.1.65:'), 'closed'],
    ],
  },
  {
    name: 'a longer route for the client takes the reply elsewhere',
    network: () => hub({ tableA: ['10.1.0.0/16 tgw-attach-b', '10.1.1.1/32 tgw-attach-v'] }),
    packets: [
      ['tgw-attach-b', FROM_B, 'one-way'],
      ['tgw-attach-b', FROM_B.replace('10.1.1.1', '10.1.1.2'), 'eni-a'],
    ],
  },
  {
    name: 'of equal prefixes the static route wins over the propagated one',
    network: () => hub({ tableB: ['10.0.0.0/16 tgw-attach-v propagated', '10.0.0.0/16 tgw-attach-a'] }),
    packets: [['tgw-attach-b', FROM_B, 'eni-a']],
  },
  {
    name: 'of equal propagated prefixes the one of a VPC wins over that of a VPN',
    network: () => hub({ tableB: ['10.0.0.0/16 tgw-attach-v propagated', '10.0.0.0/16 tgw-attach-a propagated'] }),
    packets: [['tgw-attach-b', FROM_B, 'eni-a']],
  },
  {
    name: 'an attachment that is associated with no table sends nothing, replies neither',
    network: () => hub({ associatedA: undefined }),
    packets: [['tgw-attach-b', FROM_B, 'one-way']],
  },
  {
    name: 'an instance in a zone without a subnet of the attachment cannot send, so its replies fail',
    network: () => hub(),
    packets: [
      ['tgw-attach-b', FROM_B.replace('> 10.0.1.1', '> 10.0.2.1'), 'one-way'],
      ['tgw-attach-b', FROM_B.replace('10.1.1.1', '10.1.2.1'), 'closed'],
    ],
  },
  {
    name: 'with a subnet in every zone it can',
    network: () => hub({ subnetsA: ['subnet-at', 'subnet-a2'], subnetsB: ['subnet-b1', 'subnet-b2'] }),
    packets: [
      ['tgw-attach-b', FROM_B.replace('> 10.0.1.1', '> 10.0.2.1'), 'eni-a2'],
      ['tgw-attach-b', FROM_B.replace('10.1.1.1', '10.1.2.1'), 'eni-a'],
    ],
  },
  ...(
    [
      ['subnet-at', OPEN, ['1 allow tcp 22 10.0.1.1/32'], 'eni-a', 'down: out of it to the instance'],
      ['subnet-at', OPEN, ['1 allow tcp 23 10.0.1.1/32'], 'closed', 'down: out of it, another port'],
      ['subnet-at', ['1 allow tcp 5000 10.0.1.1/32'], OPEN, 'eni-a', 'up: into it from the instance'],
      ['subnet-at', ['1 allow tcp 5001 10.0.1.1/32'], OPEN, 'one-way', 'up: into it, another port'],
    ] as const
  ).map(
    ([subnet, ingress, egress, fate, words]): Case => ({
      name: `network ACL of the attachment’s subnet: ${words}`,
      network: () => hub({ acl: [subnet, ingress, egress] }),
      packets: [['tgw-attach-b', FROM_B, fate]],
    }),
  ),
  {
    name: 'network ACL: with the attachment in the instance’s subnet nothing is asked on the way down, both lists on the way up',
    network: () =>
      hub({
        subnetsA: ['subnet-a1'],
        acl: ['subnet-a1', ['1 allow tcp 5000 10.0.1.1/32'], ['1 allow tcp 5000-5001 10.1.1.1/32']],
      }),
    packets: [
      ['tgw-attach-b', FROM_B, 'eni-a'],
      ['tgw-attach-b', FROM_B.replace(':5000', ':5001'), 'one-way'],
    ],
  },
  {
    name: 'what comes down follows the route table of the attachment’s subnet: an appliance there is unknown by its name',
    network: () =>
      hub()
        .eni('eni-box', 'subnet-a2', { ip: ['10.0.2.99'], checked: false })
        .table('rtb-at', 'vpc-a', ['subnet-at'], ['10.0.1.0/28 eni-box', '10.0.1.16/28 nat-gone blackhole'])
        .eni('eni-low', 'subnet-a1', { ip: ['10.0.1.16'], groups: ['sg-a'] }),
    packets: [
      ['tgw-attach-b', FROM_B, 'unknown eni-box'],
      ['tgw-attach-b', FROM_B.replace('> 10.0.1.1:', '> 10.0.1.16:'), 'closed'],
    ],
  },
  ...[false, true].map(
    (appliance): Case => ({
      name: `what comes down keeps to the sender’s zone${appliance ? ', but not in appliance mode' : ''}`,
      network: () => hub({ appliance, subnetsA: ['subnet-at', 'subnet-a2'], acl: ['subnet-at', OPEN, []] }),
      // Out of the attachment's subnet of this zone nothing gets; out of that of the other zone it does.
      packets: [['tgw-attach-b', FROM_B, appliance ? 'eni-a' : 'closed']],
    }),
  ),
  {
    name: 'references of groups where both attachments and the gateway allow them',
    network: () => hub({ referencing: true }),
    packets: [
      ['tgw-attach-b', FROM_B.replace(':22', ':23'), 'eni-a'],
      ['tgw-attach-b', FROM_B.replace(':22', ':23').replace('10.1.1.1', '10.1.1.2'), 'closed'],
    ],
  },
  {
    name: 'references of groups where the attachments do not allow them',
    network: () => hub({ referencing: false }),
    packets: [['tgw-attach-b', FROM_B.replace(':22', ':23'), 'closed']],
  },
  {
    name: 'references of groups where the gateway does not allow them',
    network: () =>
      hub({ referencing: true }).add('ec2.DescribeTransitGateways', {
        TransitGatewayId: 'tgw-1',
        Options: { SecurityGroupReferencingSupport: 'disable' },
      }),
    packets: [['tgw-attach-b', FROM_B.replace(':22', ':23'), 'closed']],
  },
  ...['peering:tgw-2', 'connect:tgw-attach-x', 'direct-connect-gateway:dxgw-1'].map(
    (resource): Case => ({
      name: `a further network by its own attachment: ${resource.split(':')[0]}, from what the tables send there`,
      network: () =>
        hub({
          tableA: ['10.1.0.0/16 tgw-attach-b', '172.16.0.0/16 tgw-attach-p'],
          routesA: ['10.1.0.0/16 tgw-1', '172.16.0.0/12 tgw-1'],
        }).attachment('tgw-attach-p', 'tgw-1', resource, 'tgw-rtb-b'),
      packets: [
        ['tgw-attach-p', FROM_B.replace('10.1.1.1', '172.16.1.1'), 'eni-a'],
        ['tgw-attach-p', FROM_B.replace('10.1.1.1', '172.17.1.1'), 'closed'],
      ],
    }),
  ),
  {
    name: 'routes that were not collected are unknown',
    network: () => hub().fail('ec2.SearchTransitGatewayRoutes'),
    packets: [['tgw-attach-b', FROM_B, 'unknown tgw-rtb']],
  },
];
