/** Load balancers and their targets. */
import type { Row } from '../../../../src/estate/estate.ts';
import { type BalancerOptions, Network, type TargetGroupOptions } from '../builder.ts';
import type { Case } from './case.ts';

interface Options {
  readonly balancer?: Partial<BalancerOptions>;
  readonly group?: Partial<TargetGroupOptions>;
  /** Rules of the targets' group. */
  readonly target?: readonly string[];
  readonly targetAcl?: readonly [ingress: readonly string[], egress: readonly string[]];
  readonly nodeAcl?: readonly [ingress: readonly string[], egress: readonly string[]];
  readonly ingress?: readonly string[];
  readonly egress?: readonly string[];
}

/** Nodes in the public subnets of two zones, instances in private subnets of three. */
function behind(kind: 'application' | 'network', options: Options = {}): Network {
  const isNetwork = kind === 'network';
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16', '2600:1f00:1:aa00::/56')
    .subnet('subnet-p1', 'vpc-a', ['10.0.1.0/24', '2600:1f00:1:aa01::/64'])
    .subnet('subnet-p2', 'vpc-a', ['10.0.2.0/24'], 'b')
    .subnet('subnet-t1', 'vpc-a', ['10.0.11.0/24', '2600:1f00:1:aa0b::/64'])
    .subnet('subnet-t2', 'vpc-a', ['10.0.12.0/24'], 'b')
    .subnet('subnet-t3', 'vpc-a', ['10.0.13.0/24'], 'c')
    .igw('igw-a', 'vpc-a')
    .table('rtb-public', 'vpc-a', ['subnet-p1', 'subnet-p2'], ['0.0.0.0/0 igw-a', '::/0 igw-a'])
    .group('sg-lb', 'vpc-a', options.ingress ?? ['tcp 80 0.0.0.0/0', 'udp 80 0.0.0.0/0', 'tcp 80 ::/0'], options.egress)
    .group('sg-target', 'vpc-a', options.target ?? ['tcp 8080 sg-lb'], [])
    .eni('eni-one', 'subnet-t1', { ip: ['10.0.11.1', '2600:1f00:1:aa0b::1'], groups: ['sg-target'] })
    .eni('eni-two', 'subnet-t2', { ip: ['10.0.12.1'], groups: ['sg-target'] })
    .eni('eni-three', 'subnet-t3', { ip: ['10.0.13.1'], groups: ['sg-target'] })
    .balancer('web', {
      kind,
      nodes: { 'subnet-p1': '10.0.1.10', 'subnet-p2': '10.0.2.10' },
      public: { 'subnet-p1': '54.0.0.1', 'subnet-p2': '54.0.0.2' },
      groups: ['sg-lb'],
      listeners: isNetwork ? { 'TCP 80': ['app'] } : { 'HTTP 80': ['app'] },
      ...options.balancer,
    })
    .targetGroup('app', {
      port: 8080,
      vpc: 'vpc-a',
      protocol: isNetwork ? 'TCP' : 'HTTP',
      targets: ['i-one', 'i-two'],
      ...options.group,
    });
  if (options.targetAcl !== undefined) network.acl('acl-t', 'vpc-a', ['subnet-t1', 'subnet-t2'], ...options.targetAcl);
  if (options.nodeAcl !== undefined) network.acl('acl-p', 'vpc-a', ['subnet-p1', 'subnet-p2'], ...options.nodeAcl);
  return network;
}

const HTTP = 'tcp 8.8.8.8:49152 > 54.0.0.1:80';
const NODE = 'eni-web-subnet-p1';
const OPEN = ['1 allow all 0.0.0.0/0', '2 allow all ::/0'];
const APP = new Network().targetGroupArn('app');
const LISTENER = `${new Network().balancerArn('web').replace(':loadbalancer/', ':listener/')}/80-HTTP`;

function reaches(...targets: readonly string[]): string {
  return targets.length === 0 ? NODE : `${NODE} > ${targets.join(', ')}`;
}

function one(name: string, network: () => Network, fate: string, text: string = HTTP, from = 'internet'): Case {
  return { name, network, packets: [[from, text, fate]] };
}

const ACTIONS: readonly (readonly [words: string, actions: readonly Row[], fate: string])[] = [
  ['a redirect', [{ Type: 'redirect' }], reaches()],
  ['a fixed response', [{ Type: 'fixed-response' }], reaches()],
  ['weight 0', [{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: APP, Weight: 0 }] } }], reaches()],
  [
    'a weight',
    [{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: APP, Weight: 1 }] } }],
    reaches('eni-one:8080'),
  ],
  ['authentication before', [{ Type: 'authenticate-oidc' }, { Type: 'forward', TargetGroupArn: APP }], reaches('eni-one:8080')],
];

/** Whether the target sees the client's address: a rule for the client alone and one for the node alone tell. */
function preservation(
  words: string,
  kept: boolean,
  group: Partial<TargetGroupOptions>,
  listeners: BalancerOptions['listeners'] = { 'TCP 80': ['app'] },
  protocol: 'tcp' | 'udp' = 'tcp',
): readonly Case[] {
  const text = HTTP.replace('tcp', protocol);
  const made = (source: string) => () =>
    behind('network', {
      group: { targets: ['i-one'], ...group },
      target: [`${protocol} 8080 ${source}`],
      balancer: { listeners },
    });
  const yes = reaches('eni-one:8080');
  return [
    one(
      `NLB, client addresses: ${words}: ${kept ? 'kept' : 'not kept'}, by a rule for the client`,
      made('8.8.8.8/32'),
      kept ? yes : reaches(),
      text,
    ),
    one(
      `NLB, client addresses: ${words}: ${kept ? 'kept' : 'not kept'}, by a rule for the node`,
      made('10.0.1.10/32'),
      kept ? reaches() : yes,
      text,
    ),
  ];
}

const BY_ADDRESS = { type: 'ip', targets: ['10.0.11.1'] } as const;
const keep = (value: boolean) => ({ attributes: { 'preserve_client_ip.enabled': String(value) } });
const ALL_ZONES = { targets: ['i-one', 'i-two', 'i-three'] } as const;
const NOT_KEPT = { ...ALL_ZONES, ...keep(false) };

/** An instance that is among the targets of the load balancer it calls, and one more target. */
function hairpin(kept: boolean): Network {
  return behind('network', {
    group: { targets: ['i-self', 'i-one'], ...keep(kept) },
    ingress: ['tcp 80 10.0.0.0/16'],
    target: ['tcp 8080 10.0.0.0/16'],
  })
    .group('sg-self', 'vpc-a', ['tcp 8080 10.0.0.0/16'])
    .eni('eni-self', 'subnet-t1', { ip: ['10.0.11.9'], groups: ['sg-self'] });
}

const SELF = 'tcp 10.0.11.9:49152 > 10.0.1.10:80';

function chain(inner: readonly string[], preserved?: boolean): Network {
  return behind('network', {
    group: {
      type: 'alb',
      port: 80,
      targets: [new Network().balancerArn('inner')],
      ...(preserved === undefined ? {} : keep(preserved)),
    },
  })
    .group('sg-inner', 'vpc-a', inner)
    .balancer('inner', {
      scheme: 'internal',
      nodes: { 'subnet-t1': '10.0.11.50' },
      groups: ['sg-inner'],
      listeners: { 'HTTP 80': ['deep'] },
    })
    .group('sg-deep', 'vpc-a', ['tcp 8080 sg-inner'])
    .eni('eni-deep', 'subnet-t1', { ip: ['10.0.11.77'], groups: ['sg-deep'] })
    .targetGroup('deep', { port: 8080, vpc: 'vpc-a', targets: ['i-deep'] });
}

function classic(egress: readonly string[], options: { crossZone?: boolean; scheme?: string } = {}): Network {
  return behind('application')
    .group('sg-clb', 'vpc-a', ['tcp 80 0.0.0.0/0'])
    .group('sg-back', 'vpc-a', ['tcp 8081 sg-clb'])
    .eni('eni-back', 'subnet-p1', { ip: ['10.0.1.77'], groups: ['sg-back'] })
    .eni('eni-far', 'subnet-p2', { ip: ['10.0.2.77'], groups: ['sg-back'] })
    .acl('acl-p', 'vpc-a', ['subnet-p1'], OPEN, egress)
    .classic('old', {
      nodes: { 'subnet-p1': '10.0.1.60', 'subnet-p2': '10.0.2.60' },
      public: { 'subnet-p1': '54.0.0.60', 'subnet-p2': '54.0.0.61' },
      groups: ['sg-clb'],
      listeners: ['80 8081'],
      instances: ['i-back', 'i-far'],
      ...options,
    });
}

const CLB = HTTP.replace('54.0.0.1', '54.0.0.60');
const OLD = 'eni-old-subnet-p1';

export const BALANCERS: readonly Case[] = [
  {
    name: 'ALB: the listener’s port at a node, its group and routes; the targets’ port is the target group’s',
    network: () => behind('application', { ingress: ['all 0.0.0.0/0'] }),
    packets: [
      ['internet', HTTP, reaches('eni-one:8080', 'eni-two:8080')],
      ['internet', HTTP.replace(':80', ':8080'), 'closed'],
      ['internet', HTTP.replace('tcp', 'udp'), 'closed'],
      ['internet', HTTP.replace('54.0.0.1', '54.0.0.2'), 'eni-web-subnet-p2 > eni-one:8080, eni-two:8080'],
      ['internet', HTTP.replace('54.0.0.1', '10.0.11.1'), 'closed'],
    ],
  },
  one('ALB: its group stops clients', () => behind('application', { ingress: ['tcp 80 9.0.0.0/8'] }), 'closed'),
  one(
    'ALB: the network ACL of its subnet stops clients',
    () => behind('application', { nodeAcl: [['1 allow tcp 81 0.0.0.0/0'], OPEN] }),
    'closed',
  ),
  one(
    'ALB: a subnet without a route to the Internet gateway: the client gets no answer, and targets no connection',
    () => behind('application').table('rtb-none', 'vpc-a', ['subnet-p1'], []),
    'one-way',
  ),
  one(
    'ALB: internal ones take nothing from the Internet',
    () => behind('application', { balancer: { scheme: 'internal' } }),
    'closed',
  ),
  one(
    'ALB: internal ones are reached over a VPN',
    () =>
      behind('application', { balancer: { scheme: 'internal', public: {} } })
        .vgw('vgw-1', 'vpc-a')
        .table('rtb-vpn', 'vpc-a', ['subnet-p1'], ['192.168.0.0/16 vgw-1']),
    reaches('eni-one:8080', 'eni-two:8080'),
    'tcp 192.168.1.1:5000 > 10.0.1.10:80',
    'vgw-1',
  ),
  ...ACTIONS.map(([words, actions, fate]) =>
    one(
      `ALB, action of the listener: ${words}`,
      () => behind('application', { balancer: { listeners: { 'HTTP 80': actions } }, group: { targets: ['i-one'] } }),
      fate,
    ),
  ),
  one(
    'ALB: rules forward as well as the default',
    () =>
      behind('application', {
        balancer: { listeners: { 'HTTP 80': [{ Type: 'fixed-response' }] } },
        group: { targets: ['i-one'] },
      }).per('elbv2.DescribeRules', LISTENER, [{ Actions: [{ Type: 'forward', TargetGroupArn: APP }] }]),
    reaches('eni-one:8080'),
  ),
  one('ALB: targets see the node, not the client', () => behind('application', { target: ['tcp 8080 8.8.8.8/32'] }), reaches()),
  one(
    'ALB: targets see the address of this node',
    () => behind('application', { target: ['tcp 8080 10.0.1.10/32'] }),
    reaches('eni-one:8080', 'eni-two:8080'),
  ),
  one('ALB: its own egress rules', () => behind('application', { egress: ['tcp 8080 10.0.12.0/24'] }), reaches('eni-two:8080')),
  one(
    'ALB: network ACLs between the subnets, with a port of the node’s choice from 1024 on',
    () => behind('application', { targetAcl: [['1 allow tcp 8080 10.0.1.0/24'], ['1 allow tcp 60000-60010 10.0.1.0/24']] }),
    reaches('eni-one:8080', 'eni-two:8080'),
  ),
  one(
    'ALB: a node has no port below 1024 to send from',
    () => behind('application', { targetAcl: [OPEN, ['1 allow tcp 0-1023 0.0.0.0/0']] }),
    reaches(),
  ),
  one(
    'ALB: the reply passes the network ACL of the node’s subnet',
    () => behind('application', { nodeAcl: [['1 allow tcp 80 0.0.0.0/0'], OPEN] }),
    reaches(),
  ),
  one(
    'targets: their own port overrides that of the group',
    () => behind('application', { target: ['tcp 9090 sg-lb'], group: { targets: ['i-one#9090', 'i-gone'] } }),
    reaches('eni-one:9090'),
  ),
  one(
    'targets: instances mean the primary address of the first interface',
    () =>
      behind('application', { group: { targets: ['i-multi'] } })
        .eni('eni-second', 'subnet-t1', { ip: ['10.0.11.31'], groups: ['sg-target'], instance: 'i-multi', device: 1 })
        .eni('eni-first', 'subnet-t1', {
          ip: ['10.0.11.30', '10.0.11.32'],
          groups: ['sg-target'],
          instance: 'i-multi',
          device: 0,
        }),
    reaches('eni-first:8080'),
  ),
  one(
    'targets: addresses mean whoever has them; one that nobody has leads nowhere',
    () => behind('application', { group: { type: 'ip', targets: ['10.0.12.1', '10.0.12.9'] } }),
    reaches('eni-two:8080'),
  ),
  one(
    'targets: addresses in a peered VPC',
    () =>
      behind('application', { group: { type: 'ip', targets: ['10.1.1.1@all'] }, target: ['tcp 8080 sg-lb'] })
        .vpc('vpc-b', '10.1.0.0/16')
        .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
        .peering('pcx-1', 'vpc-a', 'vpc-b')
        .table('rtb-b', 'vpc-b', ['main'], ['10.0.0.0/16 pcx-1'])
        .table('rtb-peer', 'vpc-a', ['subnet-p1'], ['0.0.0.0/0 igw-a', '10.1.0.0/16 pcx-1'])
        .group('sg-b', 'vpc-b', ['tcp 8080 10.0.1.0/24'])
        .eni('eni-b', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-b'] }),
    reaches('eni-b:8080'),
  ),
  one(
    'targets: an address that only another VPC of the same ranges has leads nowhere',
    () =>
      behind('application', { group: { type: 'ip', targets: ['10.0.12.9'] } })
        .vpc('vpc-b', '10.0.0.0/16')
        .subnet('subnet-b1', 'vpc-b', ['10.0.12.0/24'], 'b')
        .group('sg-b', 'vpc-b', ['all 0.0.0.0/0'])
        .eni('eni-b', 'subnet-b1', { ip: ['10.0.12.9'], groups: ['sg-b'] }),
    reaches(),
  ),
  one(
    'targets: addresses in a peered VPC that has no route back',
    () =>
      behind('application', { group: { type: 'ip', targets: ['10.1.1.1@all'] } })
        .vpc('vpc-b', '10.1.0.0/16')
        .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
        .peering('pcx-1', 'vpc-a', 'vpc-b')
        .table('rtb-peer', 'vpc-a', ['subnet-p1'], ['0.0.0.0/0 igw-a', '10.1.0.0/16 pcx-1'])
        .group('sg-b', 'vpc-b', ['tcp 8080 10.0.1.0/24'])
        .eni('eni-b', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-b'] }),
    reaches(),
  ),
  one(
    'targets: in zones that are not enabled get nothing',
    () => behind('application', { group: ALL_ZONES }),
    reaches('eni-one:8080', 'eni-two:8080'),
  ),
  one(
    'targets: unhealthy ones count, because all unhealthy ones get traffic',
    () =>
      behind('application', { group: { targets: [] } }).per('elbv2.DescribeTargetHealth', APP, [
        { Target: { Id: 'i-one', Port: 8080 }, TargetHealth: { State: 'unhealthy' } },
      ]),
    reaches('eni-one:8080'),
  ),
  one(
    'targets: stopped ones are potential',
    () =>
      behind('application', { group: { targets: ['i-off'] } }).eni('eni-off', 'subnet-t1', {
        ip: ['10.0.11.5'],
        groups: ['sg-target'],
        state: 'stopped',
      }),
    reaches('eni-off:8080 potential'),
  ),
  one('cross-zone: off by default for an NLB', () => behind('network', { group: NOT_KEPT }), reaches('eni-one:8080')),
  one(
    'cross-zone: on for an NLB by its attribute',
    () => behind('network', { group: NOT_KEPT, balancer: { attributes: { 'load_balancing.cross_zone.enabled': 'true' } } }),
    reaches('eni-one:8080', 'eni-two:8080'),
  ),
  one(
    'cross-zone: the target group’s attribute goes before the load balancer’s',
    () =>
      behind('network', {
        group: { ...NOT_KEPT, attributes: { ...NOT_KEPT.attributes, 'load_balancing.cross_zone.enabled': 'false' } },
        balancer: { attributes: { 'load_balancing.cross_zone.enabled': 'true' } },
      }),
    reaches('eni-one:8080'),
  ),
  one(
    'cross-zone: off for an ALB’s target group',
    () => behind('application', { group: { ...ALL_ZONES, attributes: { 'load_balancing.cross_zone.enabled': 'false' } } }),
    reaches('eni-one:8080'),
  ),
  one(
    'cross-zone: a target for all zones gets traffic of every node',
    () => behind('network', { group: { type: 'ip', targets: ['10.0.12.1@all'] } }),
    reaches('eni-two:8080'),
  ),
  {
    name: 'NLB: without groups every listener’s port is open, and nothing else',
    network: () =>
      behind('network', {
        balancer: { groups: [], listeners: { 'TCP 80': ['app'], 'UDP 53': ['app'], 'TLS 443': ['app'], 'QUIC 444': ['app'] } },
        target: ['all 0.0.0.0/0'],
        group: { targets: ['i-one'] },
      }),
    packets: [
      ['internet', HTTP, reaches('eni-one:8080')],
      ['internet', HTTP.replace(':80', ':443'), reaches('eni-one:8080')],
      ['internet', 'udp 8.8.8.8:49152 > 54.0.0.1:53', reaches('eni-one:8080')],
      ['internet', 'udp 8.8.8.8:49152 > 54.0.0.1:444', reaches('eni-one:8080')],
      ['internet', 'tcp 8.8.8.8:49152 > 54.0.0.1:444', 'closed'],
      ['internet', HTTP.replace(':80', ':53'), 'closed'],
      ['internet', 'udp 8.8.8.8:49152 > 54.0.0.1:80', 'closed'],
      ['internet', HTTP.replace(':80', ':22'), 'closed'],
    ],
  },
  ...preservation('instances', true, {}),
  ...preservation('instances, switched off', false, keep(false)),
  ...preservation('instances over TLS', true, { protocol: 'TLS' }, { 'TLS 80': ['app'] }),
  ...preservation('addresses', false, BY_ADDRESS),
  ...preservation('addresses, switched on', true, { ...BY_ADDRESS, ...keep(true) }),
  ...preservation(
    'addresses over UDP, whatever the attribute',
    true,
    { ...BY_ADDRESS, protocol: 'UDP', ...keep(false) },
    { 'UDP 80': ['app'] },
    'udp',
  ),
  ...preservation('addresses over TCP_UDP', true, { ...BY_ADDRESS, protocol: 'TCP_UDP' }, { 'TCP_UDP 80': ['app'] }),
  ...preservation(
    'instances over QUIC, whatever the attribute',
    true,
    { protocol: 'QUIC', ...keep(false) },
    { 'QUIC 80': ['app'] },
    'udp',
  ),
  one(
    'NLB: client addresses are not kept from IPv6 to IPv4',
    () =>
      behind('network', {
        balancer: { nodes: { 'subnet-p1': '10.0.1.10 2600:1f00:1:aa01::10' }, row: { IpAddressType: 'dualstack' } },
        group: { targets: ['i-one'] },
        target: ['tcp 8080 10.0.1.10/32'],
      }),
    reaches('eni-one:8080'),
    'tcp [2a00::8]:49152 > [2600:1f00:1:aa01::10]:80',
  ),
  one(
    'targets: whose group is not in the snapshot are unknown',
    () =>
      behind('application', { group: { targets: ['i-lost'] } }).eni('eni-lost', 'subnet-t1', {
        ip: ['10.0.11.5'],
        groups: ['sg-lost'],
      }),
    reaches('eni-lost:8080?'),
  ),
  one(
    'targets: behind a transit gateway are unknown',
    () =>
      behind('application', { group: { type: 'ip', targets: ['10.1.1.1@all'] } })
        .vpc('vpc-b', '10.1.0.0/16')
        .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
        .transitGateway('tgw-1')
        .attachment('tgw-attach-a', 'tgw-1', 'vpc-a', 'tgw-rtb', { subnets: ['subnet-p1'] })
        .attachment('tgw-attach-b', 'tgw-1', 'vpc-b', 'tgw-rtb', { subnets: ['subnet-b1'] })
        .transitTable('tgw-rtb', 'tgw-1', ['10.0.0.0/16 tgw-attach-a', '10.1.0.0/16 tgw-attach-b'])
        .table('rtb-b', 'vpc-b', ['main'], ['10.0.0.0/16 tgw-1'])
        .table('rtb-hub', 'vpc-a', ['subnet-p1'], ['0.0.0.0/0 igw-a', '10.1.0.0/16 tgw-1'])
        .group('sg-b', 'vpc-b', ['tcp 8080 10.0.1.0/24'])
        .eni('eni-b', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-b'] }),
    `${reaches('eni-b:8080')} // ${reaches('eni-b:8080?')}`,
  ),
  one(
    'NLB: a kept client also matches a reference to the load balancer’s group',
    () => behind('network', { group: { targets: ['i-one'] }, target: ['tcp 8080 sg-lb'] }),
    reaches('eni-one:8080'),
  ),
  {
    name: 'NLB: with kept clients the target’s network ACL sees the client and its port, and the target needs no route to the Internet',
    network: () =>
      behind('network', {
        group: { targets: ['i-one'] },
        target: ['tcp 8080 8.8.8.8/32'],
        targetAcl: [['1 allow tcp 8080 8.8.8.8/32'], ['1 allow tcp 49152 8.8.8.8/32']],
      }),
    packets: [
      ['internet', HTTP, reaches('eni-one:8080')],
      ['internet', HTTP.replace('49152', '49153'), reaches()],
      ['internet', HTTP.replace('8.8.8.8', '8.8.8.9'), reaches()],
    ],
  },
  one(
    'NLB: with kept clients a target’s network ACL for the node alone closes',
    () =>
      behind('network', {
        group: { targets: ['i-one'] },
        target: ['tcp 8080 8.8.8.8/32'],
        targetAcl: [['1 allow tcp 8080 10.0.0.0/16'], OPEN],
      }),
    reaches(),
  ),
  one(
    'NLB, client addresses: kept: a target does not reach itself, others it does',
    () => hairpin(true),
    reaches('eni-one:8080'),
    SELF,
    'eni-self',
  ),
  one(
    'NLB, client addresses: not kept: a target reaches itself too',
    () => hairpin(false),
    reaches('eni-one:8080', 'eni-self:8080'),
    SELF,
    'eni-self',
  ),
  one(
    'NLB in front of an ALB: the inner one sees the client',
    () => chain(['tcp 80 8.8.8.8/32']),
    reaches('eni-deep:8080', 'eni-inner-subnet-t1:80'),
  ),
  one('NLB in front of an ALB: whose group does not know the client', () => chain(['tcp 80 9.0.0.0/8']), reaches()),
  {
    name: 'CLB: a listener leads to the instances’ port, held against the network ACL even within a subnet',
    network: () => classic(['1 allow all 0.0.0.0/0'], { crossZone: true }),
    packets: [
      ['internet', CLB, `${OLD} > eni-back:8081, eni-far:8081`],
      ['internet', CLB.replace(':80', ':8081'), 'closed'],
    ],
  },
  one('CLB: cross-zone off keeps to the node’s zone', () => classic(['1 allow all 0.0.0.0/0']), `${OLD} > eni-back:8081`, CLB),
  one(
    'CLB: the network ACL of its subnet closes the way to a target in the same subnet',
    () => classic(['1 allow tcp 49152 8.8.8.8/32']),
    OLD,
    CLB,
  ),
  one('CLB: internal ones take nothing from the Internet', () => classic(OPEN, { scheme: 'internal' }), 'closed', CLB),
  one(
    'GWLB: exposes nothing by itself',
    () =>
      behind('application').eni('eni-gwlb', 'subnet-p1', {
        ip: ['10.0.1.90'],
        groups: [],
        instance: 'none',
        type: 'gateway_load_balancer',
        description: 'ELB gwy/fw/1',
        public: '54.0.0.90',
      }),
    'closed',
    HTTP.replace('54.0.0.1', '54.0.0.90'),
  ),
];
