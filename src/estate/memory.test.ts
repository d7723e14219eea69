import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryEstate } from './memory.ts';

test('an estate of values: rows, errors, and what was not asked', () => {
  const estate = memoryEstate([
    { account: '222222222222', region: 'eu-west-1' },
    { account: '111111111111', region: 'us-east-1' },
    {
      account: '111111111111',
      region: 'eu-west-1',
      tables: {
        'ec2.DescribeVpcs': [{ VpcId: 'vpc-1' }],
        'ec2.DescribeSubnets': { code: 'UnauthorizedOperation', message: 'no' },
      },
      perTables: { 'ec2.SearchTransitGatewayRoutes': { 'tgw-rtb-1': [], 'tgw-rtb-2': { code: 'X', message: 'y' } } },
    },
  ]);
  assert.deepEqual(
    estate.regions.map((one) => `${one.account}/${one.region}`),
    ['111111111111/eu-west-1', '111111111111/us-east-1', '222222222222/eu-west-1'],
  );
  const [first, second] = estate.regions;
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(first.table('ec2.DescribeVpcs'), { kind: 'rows', rows: [{ VpcId: 'vpc-1' }] });
  assert.deepEqual(first.table('ec2.DescribeSubnets'), { kind: 'failed', code: 'UnauthorizedOperation', message: 'no' });
  assert.deepEqual(first.table('ec2.DescribeInstances'), { kind: 'absent' });
  assert.deepEqual(
    [...first.tables('ec2.SearchTransitGatewayRoutes')],
    [
      ['tgw-rtb-1', { kind: 'rows', rows: [] }],
      ['tgw-rtb-2', { kind: 'failed', code: 'X', message: 'y' }],
    ],
  );
  assert.equal(second.tables('ec2.SearchTransitGatewayRoutes').size, 0);
});
