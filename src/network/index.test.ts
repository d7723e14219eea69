/** What an assessment says beside its findings: gaps are told, and nothing is called complete that is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from '../../tests/support/estates/builder.ts';
import { memoryEstate } from '../estate/memory.ts';
import { assessNetwork } from './index.ts';

const PLACE = { account: '111111111111', region: 'eu-west-1' };
const ENI = { NetworkInterfaceId: 'eni-1', SubnetId: 'subnet-1', VpcId: 'vpc-1', PrivateIpAddress: '10.0.0.4', Groups: [] };

test('an empty snapshot is not a clean one', () => {
  const { findings, problems, summary } = assessNetwork(memoryEstate([PLACE]), 'inspector-v2');
  assert.deepEqual([findings.length, summary.complete], [0, false]);
  assert.ok(problems.some(({ code, message }) => code === 'estate-table-missing' && /DescribeSecurityGroups/.test(message)));
});

test('interfaces whose subnet is not there are told', () => {
  const estate = memoryEstate([{ ...PLACE, tables: { 'ec2.DescribeNetworkInterfaces': [ENI], 'ec2.DescribeSubnets': [] } }]);
  const { problems, summary } = assessNetwork(estate, 'inspector-v2');
  const told = problems.find(({ code }) => code === 'network-interface-unplaced');
  assert.deepEqual([told?.effect, told?.message.includes('eni-1'), summary.complete], ['incomplete', true, false]);
});

test('endpoint services: a profile without them says so; one with them says what is not known', () => {
  const arn = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/net/lb/1';
  const services = [{ ServiceId: 'vpce-svc-1', ServiceState: 'Available', NetworkLoadBalancerArns: [arn] }];
  const call = 'ec2.DescribeVpcEndpointServiceConfigurations';
  const told = (rows: typeof services | undefined, profile: 'inspector-v2' | 'extended') =>
    assessNetwork(memoryEstate([{ ...PLACE, tables: rows === undefined ? {} : { [call]: rows } }]), profile)
      .problems.filter(({ code }) => code === 'network-endpoint-service')
      .map(({ effect, message }) => `${effect} ${/vpce-svc-1|lb\/1|111111111111\/eu-west-1/.exec(message)?.[0]}`);
  assert.deepEqual(told(services, 'inspector-v2'), ['notice vpce-svc-1']);
  assert.deepEqual(told(services, 'extended'), ['incomplete lb/1']);
  assert.deepEqual(told(undefined, 'extended'), ['incomplete 111111111111/eu-west-1']);
  assert.deepEqual(told([], 'extended'), []);
});

test('malformed rows are told and never throw', () => {
  for (const rows of [
    [{}],
    [{ NetworkInterfaceId: 7 }],
    [{ ...ENI, SubnetId: null }],
    [{ ...ENI, Groups: 'x', PrivateIpAddresses: [1, null] }],
  ]) {
    const { problems } = assessNetwork(
      memoryEstate([{ ...PLACE, tables: { 'ec2.DescribeNetworkInterfaces': rows } }]),
      'extended',
    );
    assert.ok(problems.some(({ effect }) => effect === 'incomplete'));
  }
});

/** A server that anyone may reach. */
function server(ip: readonly string[], publicIp?: string): Network {
  return new Network()
    .vpc('vpc-a', '10.0.0.0/16', '2001:db8:1:aa00::/56')
    .subnet('subnet-a', 'vpc-a', ['10.0.1.0/24', '2001:db8:1:aa01::/64'])
    .igw('igw-a', 'vpc-a')
    .table('rtb-a', 'vpc-a', ['main'], ['0.0.0.0/0 igw-a', '::/0 igw-a'])
    .group('sg-a', 'vpc-a', ['tcp 22 0.0.0.0/0', 'tcp 22 ::/0'])
    .eni('eni-a', 'subnet-a', { ip, groups: ['sg-a'], ...(publicIp === undefined ? {} : { public: publicIp }) });
}

test('addresses for documentation and tests stand for real ones: snapshots that were made anonymous have them', () => {
  for (const outside of ['203.0.113.7', '198.51.100.9', '192.0.2.1', '198.18.0.1', '100.64.0.1', '127.0.0.5', '10.9.9.9']) {
    const { findings, problems, summary } = assessNetwork(server(['10.0.1.5'], outside).estate(), 'inspector-v2');
    assert.deepEqual([findings.map(({ witness }) => witness.destination), problems, summary.complete], [[outside], [], true]);
  }
  const six = assessNetwork(server(['2001:db8:1:aa01::5']).estate(), 'inspector-v2');
  assert.deepEqual([six.findings.map(({ witness }) => witness.destination), six.problems], [['2001:db8:1:aa01::5'], []]);
});

test('rows that contradict one another make what depends on them unknown, never our fault', () => {
  const twice = server(['10.0.1.5'], '52.0.0.1').eni('eni-b', 'subnet-a', {
    ip: ['10.0.1.6'],
    groups: ['sg-a'],
    public: '52.0.0.1',
  });
  const { findings, problems, summary } = assessNetwork(twice.estate(), 'inspector-v2');
  assert.deepEqual([findings.length, problems.map(({ code }) => code), summary.complete], [2, ['estate-rows-contradict'], false]);
  assert.deepEqual([summary.reached, summary.unknown, summary.bySeverity.MEDIUM], [0, { resources: 2, findings: 2 }, 0]);
  for (const { unknown } of findings)
    assert.match(unknown.join(), /rows contradict one another on whether 52\.0\.0\.1 is its address/);
  // A public address that is no address is nothing to send to.
  const broken = assessNetwork(server(['10.0.1.5'], 'not-an-address').estate(), 'inspector-v2');
  assert.deepEqual([broken.findings, broken.problems.map(({ code }) => code)], [[], ['estate-row-malformed']]);
});

test('elastic addresses that the interfaces do not have, or others have, are unknown on both', () => {
  const call = 'ec2.DescribeAddresses';
  const say = (PublicIp: string) => ({ PublicIp, NetworkInterfaceId: 'eni-a', PrivateIpAddress: '10.0.1.5' });
  const told = (network: Network, address: string) => {
    const estate = network.add(call, say(address)).estate();
    const { findings, problems } = assessNetwork(estate, 'inspector-v2');
    return [
      findings
        .map((one) => `${one.interface} ${one.witness.destination} ${one.unknown.length > 0 ? 'unknown' : 'certain'}`)
        .sort(),
      problems.map(({ code }) => code),
    ];
  };
  const two = server(['10.0.1.5']).eni('eni-b', 'subnet-a', { ip: ['10.0.1.6'], groups: ['sg-a'], public: '52.0.0.1' });
  assert.deepEqual(told(server(['10.0.1.5'], '52.0.0.1'), '52.0.0.1'), [['eni-a 52.0.0.1 certain'], []]);
  const contradict = ['estate-rows-contradict'];
  assert.deepEqual(told(server(['10.0.1.5'], '52.0.0.1'), '52.0.0.2'), [['eni-a 52.0.0.1 unknown'], contradict]);
  assert.deepEqual(told(two, '52.0.0.1'), [['eni-a 52.0.0.1 unknown', 'eni-b 52.0.0.1 unknown'], contradict]);
});

test('rules that name a group that is gone are told: they match nothing', () => {
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .group('sg-db', 'vpc-a', ['tcp 3306 sg-gone', 'tcp 3306 sg-app'])
    .group('sg-app', 'vpc-a', ['tcp 80 sg-gone']);
  const told = (estate: Network) =>
    assessNetwork(estate.estate(), 'inspector-v2').problems.filter(({ code }) => code === 'network-stale-rule');
  assert.match(told(network)[0]?.message ?? '', /gone: sg-gone \(in sg-app, sg-db\)\. They match nothing/);
  // Where groups are missing nobody knows which are gone.
  assert.deepEqual(told(network.fail('ec2.DescribeSecurityGroups')), []);
});

test('gateways that are not modelled are told: who comes in by them is unknown', () => {
  const network = (target: string) =>
    new Network().vpc('vpc-a', '10.0.0.0/16').table('rtb-a', 'vpc-a', ['main'], [`192.168.0.0/16 ${target}`]);
  const core = 'arn:aws:networkmanager::111111111111:core-network/core-network-1';
  for (const target of ['lgw-1', 'cagw-1', core]) {
    const { problems, summary } = assessNetwork(network(target).estate(), 'inspector-v2');
    const told = problems.find(({ code }) => code === 'network-gateway-unmodelled');
    assert.ok(told?.message.includes(target) && !summary.complete, target);
  }
  const accelerated = server(['10.0.1.5']).eni('eni-ga', 'subnet-a', {
    ip: ['10.0.1.9'],
    groups: ['sg-a'],
    instance: 'none',
    type: 'global_accelerator_managed',
  });
  const { problems: told, summary: about } = assessNetwork(accelerated.estate(), 'inspector-v2');
  assert.deepEqual([told.map(({ code }) => code), about.complete], [['network-gateway-unmodelled'], false]);
  assert.match(told[0]?.message ?? '', /Global Accelerator to vpc-a is unknown/);
  for (const target of ['vgw-1', 'cagw-1 blackhole'])
    assert.deepEqual(assessNetwork(network(target).estate(), 'inspector-v2').problems, [], target);
});
