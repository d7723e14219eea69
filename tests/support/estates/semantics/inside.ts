/** Between interfaces, and what a load balancer's consumers reach over PrivateLink. */
import { Network } from '../builder.ts';
import type { Case } from './case.ts';

/** Two subnets of a VPC, with a group of its own for each interface. */
function pair(): Network {
  return new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
    .subnet('subnet-a2', 'vpc-a', ['10.0.2.0/24'], 'b')
    .group('sg-one', 'vpc-a', ['all 0.0.0.0/0'])
    .group('sg-near', 'vpc-a', ['all 0.0.0.0/0'])
    .group('sg-far', 'vpc-a', ['all 0.0.0.0/0'])
    .eni('eni-one', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-one'] })
    .eni('eni-near', 'subnet-a1', { ip: ['10.0.1.2'], groups: ['sg-near'] })
    .eni('eni-far', 'subnet-a2', { ip: ['10.0.2.1'], groups: ['sg-far'] });
}

const NEAR = 'tcp 10.0.1.1:5000 > 10.0.1.2:80';
const FAR = 'tcp 10.0.1.1:5000 > 10.0.2.1:80';
const OPEN = ['1 allow all 0.0.0.0/0'];

function acls(words: string, sender: readonly string[], receiver: readonly string[], near: string, far: string): Case {
  return {
    name: `network ACLs are skipped within a subnet and asked on both edges between two: ${words}`,
    network: () =>
      pair().acl('acl-1', 'vpc-a', ['subnet-a1'], sender, sender).acl('acl-2', 'vpc-a', ['subnet-a2'], receiver, receiver),
    packets: [
      ['eni-one', NEAR, near],
      ['eni-one', FAR, far],
    ],
  };
}

function service(ingress: readonly string[], target: readonly string[], row: Readonly<Record<string, unknown>> = {}): Network {
  return pair()
    .group('sg-lb', 'vpc-a', ingress)
    .group('sg-t', 'vpc-a', target)
    .eni('eni-t', 'subnet-a2', { ip: ['10.0.2.10'], groups: ['sg-t'] })
    .balancer('lb', {
      kind: 'network',
      scheme: 'internal',
      nodes: { 'subnet-a2': '10.0.2.240' },
      groups: ['sg-lb'],
      listeners: { 'TCP 80': ['one'] },
      row,
    })
    .targetGroup('one', { port: 8080, vpc: 'vpc-a', protocol: 'TCP', targets: ['i-t'] })
    .add('ec2.DescribeVpcEndpointServiceConfigurations', {
      ServiceId: 'vpce-svc-a',
      ServiceState: 'Available',
      ServiceType: [{ ServiceType: 'Interface' }],
      AcceptanceRequired: false,
      NetworkLoadBalancerArns: [new Network().balancerArn('lb', 'network')],
    })
    .per('ec2.DescribeVpcEndpointServicePermissions', 'vpce-svc-a', [{ Principal: '*' }]);
}

const LINKED = 'tcp 10.9.1.1:5000 > 10.0.2.240:80';
const NODE = 'eni-lb-subnet-a2';

export const INSIDE: readonly Case[] = [
  {
    name: 'the sender’s groups let out, the receiver’s let in, and replies need neither',
    network: () =>
      pair()
        .group('sg-shy', 'vpc-a', [], ['tcp 80 10.0.2.0/24'])
        .eni('eni-shy', 'subnet-a1', { ip: ['10.0.1.9'], groups: ['sg-shy'] }),
    packets: [
      ['eni-shy', 'tcp 10.0.1.9:5000 > 10.0.2.1:80', 'eni-far'],
      ['eni-shy', 'tcp 10.0.1.9:5000 > 10.0.2.1:81', 'closed'],
      ['eni-shy', 'tcp 10.0.1.9:5000 > 10.0.1.1:80', 'closed'],
      ['eni-far', 'tcp 10.0.2.1:5000 > 10.0.1.9:80', 'closed'],
    ],
  },
  acls('both closed', [], [], 'eni-near', 'closed'),
  acls('the receiver’s closed', OPEN, [], 'eni-near', 'closed'),
  acls('the sender’s closed', [], OPEN, 'eni-near', 'closed'),
  acls('both open', OPEN, OPEN, 'eni-near', 'eni-far'),
  acls('the reply is stopped at the sender’s', ['1 allow tcp 80 0.0.0.0/0'], OPEN, 'eni-near', 'one-way'),
  acls(
    'the reply passes to the sender’s port',
    ['1 allow tcp 80 0.0.0.0/0', '2 allow tcp 5000 0.0.0.0/0'],
    OPEN,
    'eni-near',
    'eni-far',
  ),
  acls('the reply is stopped at the receiver’s', OPEN, ['1 allow tcp 80 0.0.0.0/0'], 'eni-near', 'one-way'),
  {
    name: 'references within a VPC: private addresses of members, self, and nobody else',
    network: () =>
      pair()
        .group('sg-db', 'vpc-a', ['tcp 3306 sg-one', 'tcp 7 sg-db', 'tcp 1 sg-gone'])
        .eni('eni-db', 'subnet-a2', { ip: ['10.0.2.5'], groups: ['sg-db'] })
        .eni('eni-db2', 'subnet-a1', { ip: ['10.0.1.6'], groups: ['sg-db'] }),
    packets: [
      ['eni-one', 'tcp 10.0.1.1:5000 > 10.0.2.5:3306', 'eni-db'],
      ['eni-near', 'tcp 10.0.1.2:5000 > 10.0.2.5:3306', 'closed'],
      ['eni-one', 'tcp 10.0.1.1:5000 > 10.0.2.5:1', 'closed'],
      ['eni-db2', 'tcp 10.0.1.6:5000 > 10.0.2.5:7', 'eni-db'],
      ['eni-one', 'tcp 10.0.1.1:5000 > 10.0.2.5:7', 'closed'],
    ],
  },
  {
    name: 'members of a group are those of its own VPC, where the other one is not peered',
    network: () =>
      pair()
        .vpc('vpc-b', '10.1.0.0/16')
        .subnet('subnet-b1', 'vpc-b', ['10.1.1.0/24'])
        .group('sg-both', 'vpc-a', ['tcp 22 sg-both'])
        .eni('eni-b', 'subnet-b1', { ip: ['10.1.1.1'], groups: ['sg-both'] })
        .group('sg-two', 'vpc-a', ['tcp 22 sg-both'])
        .eni('eni-b2', 'subnet-b1', { ip: ['10.1.1.2'], groups: ['sg-two'] }),
    packets: [['eni-b', 'tcp 10.1.1.1:5000 > 10.1.1.2:22', 'eni-b2']],
  },
  {
    name: 'routes: a static one more specific than local leads to an appliance, a propagated one does not count',
    network: () =>
      pair()
        .vgw('vgw-1', 'vpc-a')
        .eni('eni-box', 'subnet-a2', { ip: ['10.0.2.99'], groups: [], checked: false })
        .eni('eni-low', 'subnet-a2', { ip: ['10.0.2.129'], groups: ['sg-far'] })
        .table('rtb-a', 'vpc-a', ['main'], ['10.0.2.0/25 eni-box', '10.0.2.128/25 vgw-1 propagated']),
    packets: [
      ['eni-one', FAR, 'unknown eni-box'],
      ['eni-one', FAR.replace('10.0.2.1', '10.0.2.129'), 'eni-low'],
    ],
  },
  {
    name: 'PrivateLink: consumers reach the node by their private addresses, and targets see the node’s',
    network: () => service(['tcp 80 10.0.0.0/8'], ['tcp 8080 10.0.2.240/32']),
    packets: [
      ['vpce-svc-a', LINKED, `${NODE} > eni-t:8080`],
      ['vpce-svc-a', LINKED.replace('10.9.1.1', '172.16.0.1'), 'closed'],
    ],
  },
  {
    name: 'PrivateLink: a target that knows the consumer’s address only gets nothing',
    network: () => service(['tcp 80 10.0.0.0/8'], ['tcp 8080 10.9.0.0/16']),
    packets: [['vpce-svc-a', LINKED, NODE]],
  },
  {
    name: 'PrivateLink: the load balancer’s inbound rules can be switched off for it',
    network: () => service([], ['tcp 8080 10.0.2.240/32'], { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off' }),
    packets: [['vpce-svc-a', LINKED, `${NODE} > eni-t:8080`]],
  },
];
