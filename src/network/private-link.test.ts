/** What consumers of endpoint services reach: who they are, what their packets pass, what the targets see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from '../../tests/support/estates/builder.ts';
import { assessNetwork } from './index.ts';

const TARGETS = ['tcp 8080 10.0.1.240/32'];

interface Service {
  readonly row?: Readonly<Record<string, unknown>>;
  readonly principals?: readonly string[];
  readonly state?: string;
  readonly balancer?: Readonly<Record<string, unknown>>;
  readonly ingress?: readonly string[];
  readonly target?: readonly string[];
  readonly acl?: readonly string[];
}

function network({
  row = {},
  principals,
  state,
  balancer = {},
  ingress = ['tcp 80 10.0.0.0/8'],
  target = TARGETS,
  acl,
}: Service) {
  const made = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-n', 'vpc-a', ['10.0.1.0/24'])
    .subnet('subnet-t', 'vpc-a', ['10.0.2.0/24'])
    .group('sg-lb', 'vpc-a', ingress)
    .group('sg-t', 'vpc-a', target)
    .eni('eni-t', 'subnet-t', { ip: ['10.0.2.10'], groups: ['sg-t'] })
    .balancer('lb', {
      kind: 'network',
      scheme: 'internal',
      nodes: { 'subnet-n': '10.0.1.240' },
      groups: ['sg-lb'],
      listeners: { 'TCP 80': ['one'] },
      row: balancer,
    })
    .targetGroup('one', { port: 8080, vpc: 'vpc-a', protocol: 'TCP', targets: ['i-t'] })
    .add('ec2.DescribeVpcEndpointServiceConfigurations', {
      ServiceId: 'vpce-svc-a',
      ServiceState: 'Available',
      ServiceType: [{ ServiceType: 'Interface' }],
      AcceptanceRequired: false,
      NetworkLoadBalancerArns: [new Network().balancerArn('lb', 'network')],
      ...row,
    });
  if (acl !== undefined) made.acl('acl-n', 'vpc-a', ['subnet-n'], acl, ['1 allow all 0.0.0.0/0']);
  if (principals !== undefined) {
    const rows = principals.map((Principal) => ({ Principal }));
    made.per('ec2.DescribeVpcEndpointServicePermissions', 'vpce-svc-a', rows);
  }
  if (state !== undefined) {
    const owner = { ServiceId: 'vpce-svc-a', VpcEndpointId: 'vpce-1', VpcEndpointOwner: '222222222222' };
    made.add('ec2.DescribeVpcEndpointConnections', { ...owner, VpcEndpointState: state });
  }
  return made;
}

/** `node 80 10.0.0.0 222222222222`, `target 8080 …`; `unknown` in front where it is not certain. */
function found(service: Service): string[] {
  const { exposures, problems } = assessNetwork(network(service).estate(), 'extended');
  assert.deepEqual(problems, []);
  return exposures
    .filter(({ source }) => source.kind === 'private-link')
    .map(({ source, through, reach, unknown }) => {
      const what = `${through === undefined ? 'node' : 'target'} ${reach[0]?.ports[0]?.begin} ${reach[0]?.sources[0]?.first}`;
      return `${unknown.length > 0 ? 'unknown ' : ''}${what} ${source.consumers?.join()}`;
    })
    .sort();
}

const both = (consumers: string, first = '10.0.0.0') => [`node 80 ${first} ${consumers}`, `target 8080 ${first} ${consumers}`];

test('consumers are who was accepted, or who is allowed where nobody has to be accepted', () => {
  for (const [principals, required, state, expected] of [
    [['arn:aws:iam::333333333333:root'], false, undefined, both('333333333333')],
    [['*'], false, undefined, both('*')],
    [['arn:aws:iam::333333333333:role/x'], false, 'available', both('222222222222,arn:aws:iam::333333333333:role/x')],
    [['*'], true, undefined, []],
    [['*'], true, 'pendingAcceptance', []],
    [['*'], true, 'rejected', []],
    [[], true, 'available', both('222222222222')],
    [[], false, undefined, []],
  ] as const) {
    assert.deepEqual(
      found({ principals, row: { AcceptanceRequired: required }, ...(state === undefined ? {} : { state }) }),
      expected,
      `${principals} ${required} ${state}`,
    );
  }
});

test('what is not known of the consumers is told as unknown', () => {
  const unknown = both('').map((one) => `unknown ${one}`);
  assert.deepEqual(found({}), unknown, 'nobody knows who is allowed');
  assert.deepEqual(found({ principals: ['*'], row: { AcceptanceRequired: undefined } }), unknown);
  assert.deepEqual(found({ row: { AcceptanceRequired: true } }), [], 'all connections are known');
});

test("the load balancer's groups see the client's private address, its subnet's ACL sees nothing", () => {
  const service = { principals: ['*'] };
  assert.deepEqual(found({ ...service, ingress: ['tcp 80 172.16.0.0/12'] }), both('*', '172.16.0.0'));
  assert.deepEqual(found({ ...service, ingress: ['tcp 80 sg-lb'] }), [], 'no consumer is a member of a group');
  assert.deepEqual(found({ ...service, acl: ['1 allow all 10.0.2.0/24'] }), both('*'));
  const off = { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off' };
  assert.deepEqual(found({ ...service, ingress: [], balancer: off }), both('*', '1.0.0.0'));
});

test("targets see the node's address, whatever the target group says", () => {
  assert.deepEqual(found({ principals: ['*'], target: ['tcp 8080 8.0.0.0/8', 'tcp 8080 10.0.3.0/24'] }), ['node 80 10.0.0.0 *']);
});

test('services that are deleted, of gateway load balancers, or of the other address family', () => {
  for (const row of [
    { ServiceState: 'Deleted' },
    { ServiceType: [{ ServiceType: 'GatewayLoadBalancer' }] },
    { SupportedIpAddressTypes: ['ipv6'] },
  ])
    assert.deepEqual(found({ principals: ['*'], row }), []);
});

test('only the extended profile has them; anyone is as severe as the Internet', () => {
  const severities = (principals: readonly string[], profile: 'extended' | 'inspector-v2') =>
    assessNetwork(network({ principals }).estate(), profile)
      .findings.filter(({ source }) => source.kind === 'private-link')
      .map(({ title, severity }) => `${severity} ${title}`);
  assert.deepEqual(severities(['*'], 'inspector-v2'), []);
  const title = (port: number) => `Port ${port} is reachable from a PrivateLink consumer - TCP`;
  assert.deepEqual(severities(['*'], 'extended'), [`LOW ${title(80)}`, `LOW ${title(8080)}`]);
  assert.deepEqual(severities(['222222222222'], 'extended'), [`INFORMATIONAL ${title(80)}`, `INFORMATIONAL ${title(8080)}`]);
});
