import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BalancerOptions, Network, type TargetGroupOptions } from '../../../tests/support/estates/builder.ts';
import { legs, outcome } from '../../../tests/support/estates/probe.ts';

interface Options {
  readonly balancer?: Partial<BalancerOptions>;
  readonly group?: Partial<TargetGroupOptions>;
  readonly target?: readonly string[];
  readonly targetAcl?: readonly [ingress: readonly string[], egress: readonly string[]];
  readonly nodeAcl?: readonly [ingress: readonly string[], egress: readonly string[]];
  readonly balancerGroups?: { readonly ingress: readonly string[]; readonly egress?: readonly string[] };
}

/** A load balancer with nodes in the public subnets of two zones, and instances in private subnets of both. */
function balanced(kind: 'application' | 'network', options: Options = {}): Network {
  const { ingress, egress } = options.balancerGroups ?? { ingress: ['tcp 80 0.0.0.0/0'] };
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-p1', 'vpc-a', ['10.0.1.0/24'])
    .subnet('subnet-p2', 'vpc-a', ['10.0.2.0/24'], 'b')
    .subnet('subnet-t1', 'vpc-a', ['10.0.11.0/24'])
    .subnet('subnet-t2', 'vpc-a', ['10.0.12.0/24'], 'b')
    .subnet('subnet-t3', 'vpc-a', ['10.0.13.0/24'], 'c')
    .igw('igw-a', 'vpc-a')
    .table('rtb-public', 'vpc-a', ['subnet-p1', 'subnet-p2'], ['0.0.0.0/0 igw-a'])
    .group('sg-lb', 'vpc-a', ingress, egress)
    .group('sg-target', 'vpc-a', options.target ?? ['tcp 8080 sg-lb'], [])
    .eni('eni-one', 'subnet-t1', { ip: ['10.0.11.1'], groups: ['sg-target'] })
    .eni('eni-two', 'subnet-t2', { ip: ['10.0.12.1'], groups: ['sg-target'] })
    .eni('eni-three', 'subnet-t3', { ip: ['10.0.13.1'], groups: ['sg-target'] })
    .balancer('web', {
      kind,
      nodes: { 'subnet-p1': '10.0.1.10', 'subnet-p2': '10.0.2.10' },
      public: { 'subnet-p1': '54.0.0.1', 'subnet-p2': '54.0.0.2' },
      groups: ['sg-lb'],
      listeners: kind === 'network' ? { 'TCP 80': ['app'] } : { 'HTTP 80': ['app'] },
      ...options.balancer,
    })
    .targetGroup('app', {
      port: 8080,
      vpc: 'vpc-a',
      protocol: kind === 'network' ? 'TCP' : 'HTTP',
      targets: ['i-one', 'i-two'],
      ...options.group,
    });
  if (options.targetAcl !== undefined) network.acl('acl-t', 'vpc-a', ['subnet-t1', 'subnet-t2'], ...options.targetAcl);
  if (options.nodeAcl !== undefined) network.acl('acl-p', 'vpc-a', ['subnet-p1', 'subnet-p2'], ...options.nodeAcl);
  return network;
}

const HTTP = 'tcp 8.8.8.8:49152 > 54.0.0.1:80';

function expect(network: Network, expected: readonly string[], text = HTTP, from = 'internet'): void {
  assert.deepEqual(legs(network.estate(), from, text), expected);
}

test("ALB: listener, its group and routes decide the node; targets get the target group's port from the node", () => {
  const estate = balanced('application').estate();
  assert.equal(outcome(estate, 'internet', HTTP), 'eni-web-subnet-p1 returned');
  assert.equal(outcome(estate, 'internet', HTTP.replace(':80', ':81')), 'dropped');
  expect(balanced('application'), ['eni-one:8080 delivered returned', 'eni-two:8080 delivered returned']);
  // Nothing but the listener's port, though the group has it open.
  assert.equal(
    outcome(
      balanced('application', { balancerGroups: { ingress: ['all 0.0.0.0/0'] } }).estate(),
      'internet',
      HTTP.replace(':80', ':8080'),
    ),
    'dropped',
  );
});

test('ALB: internal ones are not reached from the Internet', () => {
  const network = balanced('application', { balancer: { scheme: 'internal' } });
  assert.equal(outcome(network.estate(), 'internet', HTTP), 'dropped');
  assert.equal(outcome(balanced('application', { balancer: { public: {} } }).estate(), 'internet', HTTP), 'dropped');
});

test("ALB: its egress rules and the targets' groups see the node, not the client", () => {
  expect(balanced('application', { target: ['tcp 8080 8.8.8.8/32'] }), [
    'eni-one:8080 dropped none',
    'eni-two:8080 dropped none',
  ]);
  expect(balanced('application', { target: ['tcp 8080 10.0.1.10/32'] }), [
    'eni-one:8080 delivered returned',
    'eni-two:8080 delivered returned',
  ]);
  expect(balanced('application', { balancerGroups: { ingress: ['tcp 80 0.0.0.0/0'], egress: ['tcp 8080 10.0.12.0/24'] } }), [
    'eni-one:8080 dropped none',
    'eni-two:8080 delivered returned',
  ]);
});

test("ALB: network ACLs between the subnets, with a port of the node's choice from 1024 on", () => {
  const open = ['1 allow all 0.0.0.0/0'];
  expect(balanced('application', { targetAcl: [['1 allow tcp 8080 10.0.1.0/24'], ['1 allow tcp 60000-60010 10.0.1.0/24']] }), [
    'eni-one:8080 delivered returned',
    'eni-two:8080 delivered returned',
  ]);
  expect(balanced('application', { targetAcl: [open, ['1 allow tcp 0-1023 0.0.0.0/0']] }), [
    'eni-one:8080 delivered dropped',
    'eni-two:8080 delivered dropped',
  ]);
  expect(balanced('application', { nodeAcl: [['1 allow tcp 80 0.0.0.0/0', '2 allow tcp 1024-65535 10.0.0.0/16'], open] }), [
    'eni-one:8080 delivered returned',
    'eni-two:8080 delivered returned',
  ]);
});

test('ALB: rules forward too; redirects, fixed responses and weight 0 do not; authentication is told', () => {
  const network = (actions: readonly Readonly<Record<string, unknown>>[]): Network =>
    balanced('application', { balancer: { listeners: { 'HTTP 80': actions } }, group: { targets: ['i-one'] } });
  const arn = new Network().targetGroupArn('app');
  expect(network([{ Type: 'redirect' }]), []);
  expect(network([{ Type: 'fixed-response' }]), []);
  expect(network([{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: arn, Weight: 0 }] } }]), []);
  expect(network([{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: arn, Weight: 1 }] } }]), [
    'eni-one:8080 delivered returned',
  ]);
  expect(network([{ Type: 'authenticate-oidc' }, { Type: 'forward', TargetGroupArn: arn }]), [
    'eni-one:8080 delivered returned authenticated',
  ]);
  const listener = `${new Network().balancerArn('web').replace(':loadbalancer/', ':listener/')}/80-HTTP`;
  const ruled = network([{ Type: 'fixed-response' }]).per('elbv2.DescribeRules', listener, [
    { Actions: [{ Type: 'forward', TargetGroupArn: arn }] },
  ]);
  expect(ruled, ['eni-one:8080 delivered returned']);
  expect(network([{ Type: 'fixed-response' }]).per('elbv2.DescribeRules', listener, { code: 'Throttling', message: '' }), [
    '?:? unknown none',
  ]);
});

test('Targets: override ports, addresses, functions, missing instances', () => {
  expect(balanced('application', { target: ['tcp 9090 sg-lb'], group: { targets: ['i-one#9090', 'i-gone'] } }), [
    'eni-one:9090 delivered returned',
    'i-gone:8080 dropped none',
  ]);
  expect(balanced('application', { group: { type: 'ip', targets: ['10.0.12.1', '10.0.12.9'] } }), [
    'eni-two:8080 delivered returned',
    '10.0.12.9:8080 dropped none',
  ]);
  expect(balanced('application', { group: { type: 'lambda', targets: ['arn:aws:lambda:eu-west-1:1:function:f'] } }), [
    'arn:aws:lambda:eu-west-1:1:function:f:? delivered returned',
  ]);
});

test("Zones: targets in zones that are not enabled get nothing; cross-zone off keeps to the node's zone", () => {
  const three = { targets: ['i-one', 'i-two', 'i-three'] };
  const dropped = (name: string) => `${name}:8080 dropped none`;
  const returned = (name: string) => `${name}:8080 delivered returned`;
  expect(balanced('application', { group: three }), [returned('eni-one'), returned('eni-two'), dropped('eni-three')]);
  const nlb = { ...three, attributes: { 'preserve_client_ip.enabled': 'false' } };
  expect(balanced('network', { group: nlb }), [returned('eni-one'), dropped('eni-two'), dropped('eni-three')]);
  expect(balanced('network', { group: nlb, balancer: { attributes: { 'load_balancing.cross_zone.enabled': 'true' } } }), [
    returned('eni-one'),
    returned('eni-two'),
    dropped('eni-three'),
  ]);
  const off = { ...three, attributes: { 'load_balancing.cross_zone.enabled': 'false' } };
  expect(balanced('application', { group: off }), [returned('eni-one'), dropped('eni-two'), dropped('eni-three')]);
  expect(
    balanced('application', { group: off }),
    [dropped('eni-one'), returned('eni-two'), dropped('eni-three')],
    HTTP.replace('54.0.0.1', '54.0.0.2'),
  );
});

test("NLB: without groups every listener's port is open", () => {
  const network = balanced('network', { balancer: { groups: [], listeners: { 'TCP 80': ['app'], 'UDP 53': ['app'] } } });
  assert.equal(outcome(network.estate(), 'internet', HTTP), 'eni-web-subnet-p1 returned');
  assert.equal(outcome(network.estate(), 'internet', 'udp 8.8.8.8:49152 > 54.0.0.1:53'), 'eni-web-subnet-p1 returned');
  assert.equal(outcome(network.estate(), 'internet', HTTP.replace(':80', ':81')), 'dropped');
  assert.equal(outcome(network.estate(), 'internet', 'udp 8.8.8.8:49152 > 54.0.0.1:80'), 'dropped');
});

test('NLB: client addresses kept: instances by default, addresses not, UDP always; the attribute decides for TCP', () => {
  const client = ['tcp 8080 8.8.8.8/32', 'udp 8080 8.8.8.8/32'];
  const node = ['tcp 8080 10.0.1.10/32', 'udp 8080 10.0.1.10/32'];
  const seen = (
    group: Partial<TargetGroupOptions>,
    target: readonly string[],
    balancer: Partial<BalancerOptions> = {},
    text = HTTP,
  ): boolean => {
    const found = legs(
      balanced('network', { group: { targets: ['i-one'], ...group }, target, balancer }).estate(),
      'internet',
      text,
    );
    return found.length === 1 && found[0] === 'eni-one:8080 delivered returned';
  };
  const ip = { type: 'ip' as const, targets: ['10.0.11.1'] };
  const udp = { listeners: { 'UDP 80': ['app'], 'TCP_UDP 53': ['app'] }, groups: [] };
  for (const [kept, group, balancer, text] of [
    [true, {}],
    [false, { attributes: { 'preserve_client_ip.enabled': 'false' } }],
    [false, ip],
    [true, { ...ip, attributes: { 'preserve_client_ip.enabled': 'true' } }],
    [true, { ...ip, protocol: 'UDP', attributes: { 'preserve_client_ip.enabled': 'false' } }, udp, HTTP.replace('tcp', 'udp')],
    [true, { ...ip, protocol: 'TCP_UDP' }, udp, HTTP.replace(':80', ':53')],
  ] as const) {
    assert.equal(seen(group, client, balancer, text), kept, JSON.stringify([group, 'client']));
    assert.equal(seen(group, node, balancer, text), !kept, JSON.stringify([group, 'node']));
  }
});

test("NLB: a kept client also matches references to the load balancer's group; its subnet's ACL sees the client; no route is needed", () => {
  const kept = { targets: ['i-one'] };
  expect(balanced('network', { group: kept, target: ['tcp 8080 sg-lb'] }), ['eni-one:8080 delivered returned']);
  const client = { group: kept, target: ['tcp 8080 8.8.8.8/32'] };
  expect(balanced('network', { ...client, targetAcl: [['1 allow tcp 8080 8.8.8.8/32'], ['1 allow tcp 49152 8.8.8.8/32']] }), [
    'eni-one:8080 delivered returned',
  ]);
  expect(balanced('network', { ...client, targetAcl: [['1 allow tcp 8080 10.0.0.0/16'], ['1 allow all 0.0.0.0/0']] }), [
    'eni-one:8080 dropped none',
  ]);
  expect(balanced('network', { ...client, targetAcl: [['1 allow all 0.0.0.0/0'], ['1 allow tcp 49153 8.8.8.8/32']] }), [
    'eni-one:8080 delivered dropped',
  ]);
});

test('NLB: whether addresses are kept was not collected: unknown where it matters', () => {
  const network = (target: readonly string[]): Network =>
    balanced('network', { group: { targets: ['i-one'] }, target }).fail('elbv2.DescribeTargetGroupAttributes');
  // Cross-zone is not asked within the node's zone.
  assert.match(legs(network(['tcp 8080 8.8.8.8/32']).estate(), 'internet', HTTP).join(), / unknown /);
  expect(network(['tcp 8080 0.0.0.0/0']), ['eni-one:8080 delivered returned']);
});

test('NLB in front of an ALB: the ALB sees the client, its targets its node', () => {
  const network = balanced('network', {
    group: { type: 'alb', port: 80, targets: [new Network().balancerArn('inner')] },
  })
    .group('sg-inner', 'vpc-a', ['tcp 80 8.8.8.8/32'])
    .balancer('inner', {
      scheme: 'internal',
      nodes: { 'subnet-t1': '10.0.11.50' },
      groups: ['sg-inner'],
      listeners: { 'HTTP 80': ['deep'] },
    })
    .group('sg-deep', 'vpc-a', ['tcp 8080 sg-inner'])
    .eni('eni-deep', 'subnet-t1', { ip: ['10.0.11.77'], groups: ['sg-deep'] })
    .targetGroup('deep', { port: 8080, vpc: 'vpc-a', targets: ['i-deep'] });
  expect(network, ['eni-inner-subnet-t1:80 delivered returned > eni-deep:8080 delivered returned']);
});

test("CLB: a listener leads to the instances' port; its outbound traffic passes the network ACL even within a subnet", () => {
  const network = (egress: readonly string[]): Network =>
    balanced('application')
      .group('sg-clb', 'vpc-a', ['tcp 80 0.0.0.0/0'])
      .group('sg-back', 'vpc-a', ['tcp 8081 sg-clb'])
      .eni('eni-back', 'subnet-p1', { ip: ['10.0.1.77'], groups: ['sg-back'] })
      .acl('acl-p', 'vpc-a', ['subnet-p1'], ['1 allow all 0.0.0.0/0'], egress)
      .classic('old', {
        nodes: { 'subnet-p1': '10.0.1.60' },
        public: { 'subnet-p1': '54.0.0.60' },
        groups: ['sg-clb'],
        listeners: ['80 8081'],
        instances: ['i-back', 'i-two'],
      });
  const text = HTTP.replace('54.0.0.1', '54.0.0.60');
  expect(network(['1 allow all 0.0.0.0/0']), ['eni-back:8081 delivered returned', 'eni-two:8081 dropped none'], text);
  expect(network(['1 allow tcp 49152 8.8.8.8/32']), ['eni-back:8081 dropped none', 'eni-two:8081 dropped none'], text);
});

test('Stopped targets are potential', () => {
  const network = balanced('application', { group: { targets: ['i-off'] } }).eni('eni-off', 'subnet-t1', {
    ip: ['10.0.11.5'],
    groups: ['sg-target'],
    state: 'stopped',
  });
  expect(network, ['eni-off:8080 delivered returned potential']);
});

test("PrivateLink: an endpoint leads to the service's load balancer, and targets see its nodes", () => {
  const network = (row: Readonly<Record<string, unknown>>, ingress: readonly string[]): Network =>
    balanced('network', {
      balancer: { row },
      target: ['tcp 8080 10.0.1.10/32'],
      balancerGroups: { ingress },
      group: { targets: ['i-one'] },
    })
      .vpc('vpc-c', '10.9.0.0/16')
      .subnet('subnet-c1', 'vpc-c', ['10.9.1.0/24'])
      .group('sg-c', 'vpc-c', ['tcp 80 10.9.0.0/16'])
      .eni('eni-consumer', 'subnet-c1', { ip: ['10.9.1.1'], groups: ['sg-c'] })
      .eni('eni-endpoint', 'subnet-c1', { ip: ['10.9.1.100'], groups: ['sg-c'], instance: 'none', type: 'vpc_endpoint' })
      .add('ec2.DescribeVpcEndpoints', {
        VpcEndpointId: 'vpce-1',
        VpcEndpointType: 'Interface',
        ServiceName: 'svc',
        NetworkInterfaceIds: ['eni-endpoint'],
      })
      .add('ec2.DescribeVpcEndpointServiceConfigurations', {
        ServiceName: 'svc',
        NetworkLoadBalancerArns: [new Network().balancerArn('web', 'network')],
      });
  const text = 'tcp 10.9.1.1:49152 > 10.9.1.100:80';
  const reached = ['eni-one:8080 delivered returned'];
  expect(network({}, ['tcp 80 10.9.0.0/16']), reached, text, 'eni-consumer');
  expect(network({}, ['tcp 80 8.8.8.8/32']), [], text, 'eni-consumer');
  expect(network({ EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off' }, []), reached, text, 'eni-consumer');
  assert.equal(outcome(network({}, []).estate(), 'eni-consumer', text), 'eni-endpoint returned');
});

test('A node of a load balancer that is not listed is unknown', () => {
  assert.equal(
    outcome(balanced('application').fail('elbv2.DescribeLoadBalancers').estate(), 'internet', HTTP),
    'unknown eni-web-subnet-p1',
  );
  assert.equal(
    outcome(balanced('application').fail('elbv2.DescribeListeners').estate(), 'internet', HTTP),
    'unknown eni-web-subnet-p1',
  );
});
