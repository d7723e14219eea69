/** What an assessment says beside its findings: gaps are told, and nothing is called complete that is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('endpoint services are told, because their consumers are not analysed', () => {
  const services = [{ ServiceId: 'vpce-svc-1', ServiceState: 'Available', NetworkLoadBalancerArns: [] }];
  const { problems } = assessNetwork(
    memoryEstate([{ ...PLACE, tables: { 'ec2.DescribeVpcEndpointServiceConfigurations': services } }]),
    'inspector-v2',
  );
  assert.ok(
    problems.some(
      ({ code, effect, message }) => code === 'network-endpoint-service' && effect === 'notice' && /vpce-svc-1/.test(message),
    ),
  );
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
