/** A second opinion on wire formats: the collector asks moto's server, in which the SDK has made a network. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancing } from '@aws-sdk/client-elastic-load-balancing';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { collect } from '../src/aws/collect/collect.ts';
import type { CallId } from '../src/estate/calls.ts';
import type { EstateRegion } from '../src/estate/estate.ts';
import { openEstate } from '../src/estate/read.ts';
import { fields, items, text } from '../src/inventory/values.ts';
import { messageOf } from '../src/model/problem.ts';
import { temporaryDirectory } from './support/directory.ts';
import { atEnd } from './support/end.ts';
import { type Moto, startMoto } from './support/moto.ts';
import { skipOrFail } from './support/shared.ts';

const region = 'eu-west-1';
const ACCOUNT = '123456789012';

/** The identifier that an answer must have. */
function id(value: string | undefined): string {
  assert.ok(value !== undefined);
  return value;
}

/** A network with something for most calls; the ids of what it has. */
async function build(url: string) {
  const connection = { endpoint: url, region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  const ec2 = new EC2(connection);
  const elb = new ElasticLoadBalancing(connection);
  const elbv2 = new ElasticLoadBalancingV2(connection);
  const vpc = id((await ec2.createVpc({ CidrBlock: '10.7.0.0/16' })).Vpc?.VpcId);
  const subnets: string[] = [];
  for (const [at, zone] of ['a', 'b'].entries()) {
    const made = await ec2.createSubnet({ VpcId: vpc, CidrBlock: `10.7.${at}.0/24`, AvailabilityZone: `${region}${zone}` });
    subnets.push(id(made.Subnet?.SubnetId));
  }
  const gateway = id((await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId);
  await ec2.attachInternetGateway({ InternetGatewayId: gateway, VpcId: vpc });
  const routes = id((await ec2.createRouteTable({ VpcId: vpc })).RouteTable?.RouteTableId);
  await ec2.createRoute({ RouteTableId: routes, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway });
  const group = id((await ec2.createSecurityGroup({ GroupName: 'web', Description: 'web & <more>', VpcId: vpc })).GroupId);
  await ec2.authorizeSecurityGroupIngress({
    GroupId: group,
    IpPermissions: [
      { IpProtocol: 'tcp', FromPort: 22, ToPort: 443, IpRanges: [{ CidrIp: '203.0.113.0/24', Description: 'office' }] },
      { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group }] },
    ],
  });
  const list = await ec2.createManagedPrefixList({
    PrefixListName: 'offices',
    MaxEntries: 5,
    AddressFamily: 'IPv4',
    Entries: [
      { Cidr: '198.51.100.0/24', Description: 'one' },
      { Cidr: '192.0.2.0/24', Description: 'two' },
    ],
  });
  const run = await ec2.runInstances({
    ImageId: 'ami-12345678',
    MinCount: 3,
    MaxCount: 3,
    SubnetId: subnets[0],
    SecurityGroupIds: [group],
  });
  const instances = (run.Instances ?? []).map(({ InstanceId }) => id(InstanceId));
  const transit = id((await ec2.createTransitGateway({ Description: 'hub' })).TransitGateway?.TransitGatewayId);
  await ec2.createTransitGatewayVpcAttachment({ TransitGatewayId: transit, VpcId: vpc, SubnetIds: subnets });
  const made = await ec2.createTransitGatewayRouteTable({ TransitGatewayId: transit });
  const transitRoutes = id(made.TransitGatewayRouteTable?.TransitGatewayRouteTableId);
  await ec2.createTransitGatewayRoute({
    TransitGatewayRouteTableId: transitRoutes,
    DestinationCidrBlock: '10.9.0.0/16',
    Blackhole: true,
  });
  const balancing = await elbv2.createLoadBalancer({ Name: 'front', Subnets: subnets, SecurityGroups: [group] });
  const balancer = id(balancing.LoadBalancers?.[0]?.LoadBalancerArn);
  const grouping = await elbv2.createTargetGroup({ Name: 'targets', Protocol: 'HTTP', Port: 80, VpcId: vpc });
  const targets = id(grouping.TargetGroups?.[0]?.TargetGroupArn);
  await elbv2.registerTargets({ TargetGroupArn: targets, Targets: instances.slice(0, 2).map((Id) => ({ Id, Port: 8080 })) });
  const listening = await elbv2.createListener({
    LoadBalancerArn: balancer,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: targets }],
  });
  const listener = id(listening.Listeners?.[0]?.ListenerArn);
  await elb.createLoadBalancer({
    LoadBalancerName: 'classic',
    Subnets: subnets,
    Listeners: [{ Protocol: 'tcp', LoadBalancerPort: 25, InstancePort: 2525 }],
  });
  for (const client of [ec2, elb, elbv2]) client.destroy();
  const prefixList = id(list.PrefixList?.PrefixListId);
  return { vpc, subnets, gateway, routes, group, instances, transit, transitRoutes, balancer, targets, listener, prefixList };
}

function rows(one: EstateRegion, call: CallId, thing?: string) {
  const table = thing === undefined ? one.table(call) : one.tables(call).get(thing);
  assert.ok(table?.kind === 'rows', `${call}: ${JSON.stringify(table)}`);
  return table.rows;
}

test('what moto serves is collected', async (context: TestContext) => {
  let moto: Moto;
  try {
    moto = await startMoto();
  } catch (error) {
    return skipOrFail(context, messageOf(error));
  }
  atEnd(context, () => moto.stop());
  const made = await build(moto.url);
  const directory = join(temporaryDirectory(context), 'estate');
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  // moto answers calls that it does not know as a broken server would: no use to repeat them.
  const connection = { endpoint: moto.url, region, credentials, attempts: 1 };
  const done = await collect({ directory, connection, perSecond: 1e6 });
  assert.ok(done.ok, done.ok ? '' : done.problem.message);
  assert.deepEqual(done.value.accounts, [ACCOUNT]);
  const opened = await openEstate(directory);
  assert.ok(opened.ok);
  assert.deepEqual(opened.value.problems, []);
  const [one] = opened.value.regions;
  assert.ok(one !== undefined);

  const ids = (call: CallId, member: string): (string | undefined)[] => rows(one, call).map((row) => text(row[member]));
  const within = (call: CallId, member: string, expected: readonly string[]): void => {
    const found = ids(call, member);
    for (const name of expected) assert.ok(found.includes(name), `${call} lists ${name}`);
  };
  within('ec2.DescribeVpcs', 'VpcId', [made.vpc]);
  within('ec2.DescribeSubnets', 'SubnetId', made.subnets);
  within('ec2.DescribeInternetGateways', 'InternetGatewayId', [made.gateway]);
  within('ec2.DescribeRouteTables', 'RouteTableId', [made.routes]);
  within('ec2.DescribeTransitGateways', 'TransitGatewayId', [made.transit]);
  within('ec2.DescribeTransitGatewayRouteTables', 'TransitGatewayRouteTableId', [made.transitRoutes]);
  within('ec2.DescribeManagedPrefixLists', 'PrefixListId', [made.prefixList]);
  const instances = rows(one, 'ec2.DescribeInstances').flatMap(({ Instances }) => items(Instances).map(fields));
  assert.deepEqual(instances.map((instance) => text(instance?.InstanceId)).sort(), [...made.instances].sort());
  const interfaces = rows(one, 'ec2.DescribeNetworkInterfaces').map(({ Attachment }) => text(fields(Attachment)?.InstanceId));
  for (const instance of made.instances) assert.ok(interfaces.includes(instance));
  const group = rows(one, 'ec2.DescribeSecurityGroups').find(({ GroupId }) => GroupId === made.group);
  assert.deepEqual(
    items(group?.IpPermissions).map((rule) => [fields(rule)?.IpProtocol, fields(rule)?.FromPort, fields(rule)?.ToPort]),
    [
      ['tcp', 22, 443],
      ['-1', undefined, undefined],
    ],
  );
  assert.equal(group?.Description, 'web & <more>');
  const routes = rows(one, 'ec2.DescribeRouteTables').find(({ RouteTableId }) => RouteTableId === made.routes);
  assert.ok(items(routes?.Routes).some((route) => fields(route)?.GatewayId === made.gateway));
  const entries = rows(one, 'ec2.GetManagedPrefixListEntries', made.prefixList).map(({ Cidr }) => Cidr);
  assert.deepEqual(entries.sort(), ['192.0.2.0/24', '198.51.100.0/24']);
  // moto 5.1.4 fails for any MaxResults and answers with a page in HTML.
  const transit = one.tables('ec2.SearchTransitGatewayRoutes').get(made.transitRoutes);
  assert.equal(transit?.kind === 'failed' ? transit.code : transit?.kind, 'InvalidAnswer');

  assert.deepEqual(ids('elbv2.DescribeLoadBalancers', 'LoadBalancerArn'), [made.balancer]);
  assert.deepEqual(
    rows(one, 'elbv2.DescribeListeners', made.balancer).map(({ Port }) => Port),
    [80],
  );
  assert.ok(rows(one, 'elbv2.DescribeRules', made.listener).length > 0);
  const health = rows(one, 'elbv2.DescribeTargetHealth', made.targets).map(({ Target }) => text(fields(Target)?.Id));
  assert.deepEqual(health.sort(), made.instances.slice(0, 2).sort());
  assert.ok(rows(one, 'elbv2.DescribeTargetGroupAttributes', made.targets).length > 0);
  assert.deepEqual(ids('elb.DescribeLoadBalancers', 'LoadBalancerName'), ['classic']);
  assert.equal(rows(one, 'elb.DescribeLoadBalancerAttributes', 'classic').length, 1);
  // Calls that this moto does not know are recorded as failed and told.
  for (const { code } of done.value.problems) assert.equal(code, 'aws-call-failed');
  assert.deepEqual(
    done.value.problems.map(({ message }) => message.split(' ', 1)[0]),
    [
      'ec2:DescribeSecurityGroupVpcAssociations',
      'ec2:DescribeVpcBlockPublicAccessExclusions',
      'ec2:DescribeVpcBlockPublicAccessOptions',
      'ec2:DescribeVpcEndpointConnections',
      'ec2:SearchTransitGatewayRoutes',
    ],
  );
});
