/** How findings grade what clients need. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from '../../../tests/support/estates/builder.ts';
import { assessNetwork } from '../index.ts';

/** Grades by port of a server whose subnet lets these replies out. */
function grades(replies: readonly string[], ingress: readonly string[] = ['tcp 22 0.0.0.0/0']): string[] {
  const estate = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a1', 'vpc-a', ['10.0.1.0/24'])
    .igw('igw-a', 'vpc-a')
    .table('rtb-a', 'vpc-a', ['main'], ['0.0.0.0/0 igw-a'])
    .acl('acl-a', 'vpc-a', [], ['1 allow all 0.0.0.0/0'], replies)
    .group('sg-a', 'vpc-a', ingress)
    .eni('eni-a', 'subnet-a1', { ip: ['10.0.1.1'], groups: ['sg-a'], public: '54.0.0.1' })
    .estate();
  return assessNetwork(estate, 'inspector-v2').findings.map(
    ({ openPortRange, clientPorts }) => `${openPortRange.begin} ${clientPorts}`,
  );
}

test('three grades of client ports', () => {
  for (const [ports, grade] of [
    ['0-65535', 'any'],
    ['1024-65535', 'any'],
    ['32768-60999', 'ephemeral'],
    ['49152-65535', 'ephemeral'],
    ['1024-5000', 'ephemeral'],
    ['0-1024', 'ephemeral'],
    ['0-1023', 'crafted'],
    ['443', 'crafted'],
  ] as const)
    assert.deepEqual(grades([`1 allow tcp ${ports} 0.0.0.0/0`]), [`22 ${grade}`], ports);
});

test('the grade is that of the clients who reach this port', () => {
  const replies = ['1 allow tcp 0-1023 8.0.0.0/8', '2 deny all 8.0.0.0/8', '3 allow all 0.0.0.0/0'];
  assert.deepEqual(grades(replies, ['tcp 22 8.0.0.0/8', 'tcp 80 9.0.0.0/8']), ['22 crafted', '80 any']);
});
