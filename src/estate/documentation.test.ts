import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { snapshotScript } from './documentation.ts';
import { openEstate } from './read.ts';

/** An `aws` that answers identity, two listings and what is asked for each of their things; anything else it refuses as the CLI does. */
const AWS = `#!/bin/sh
case "$*" in
  'sts get-caller-identity --region eu-west-1 --query Account --output text') echo 123456789012 ;;
  'elbv2 describe-load-balancers'*--query*) printf 'arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/11\\tarn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/b/22\\n' ;;
  'elbv2 describe-load-balancers'*) echo '{"LoadBalancers":[{"LoadBalancerArn":"arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/11"},{"LoadBalancerArn":"arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/b/22"}]}' ;;
  'elbv2 describe-listeners --load-balancer-arn '*/11*--query*) echo arn:aws:elasticloadbalancing:eu-west-1:1:listener/app/a/11/33 ;;
  'elbv2 describe-listeners --load-balancer-arn '*/11*) echo '{"Listeners":[{"ListenerArn":"arn:aws:elasticloadbalancing:eu-west-1:1:listener/app/a/11/33"}]}' ;;
  'elbv2 describe-rules --listener-arn '*/33*) echo '{"Rules":[]}' ;;
  'ec2 describe-vpcs --region eu-west-1 --output json') echo '{"Vpcs":[{"VpcId":"vpc-1"}]}' ;;
  *) echo "An error occurred (UnauthorizedOperation) when calling the X operation: No." >&2; exit 254 ;;
esac
`;

test('the script of docs/estate.md makes a snapshot that is read', async (context) => {
  const directory = temporaryDirectory(context);
  mkdirSync(join(directory, 'bin'));
  writeFileSync(join(directory, 'bin/aws'), AWS);
  chmodSync(join(directory, 'bin/aws'), 0o755);
  writeFileSync(join(directory, 'snapshot.sh'), snapshotScript());
  const env = { PATH: `${join(directory, 'bin')}:${process.env.PATH}` };
  const done = spawnSync('sh', ['snapshot.sh', 'out', 'eu-west-1'], { cwd: directory, env, encoding: 'utf8' });
  assert.deepEqual([done.status, done.stderr], [0, '']);
  const opened = await openEstate(join(directory, 'out'));
  assert.ok(opened.ok);
  assert.deepEqual(opened.value.problems, []);
  const [region] = opened.value.regions;
  assert.ok(region !== undefined);
  assert.deepEqual(region.table('ec2.DescribeVpcs'), { kind: 'rows', rows: [{ VpcId: 'vpc-1' }] });
  assert.deepEqual(region.table('ec2.DescribeInstances'), { kind: 'failed', code: 'UnauthorizedOperation', message: 'No.' });
  const listeners = region.tables('elbv2.DescribeListeners');
  const arns = ['app/a/11', 'net/b/22'].map((name) => `arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/${name}`);
  assert.deepEqual([...listeners.keys()], arns);
  assert.deepEqual(
    [...listeners.values()].map(({ kind }) => kind),
    ['rows', 'failed'],
  );
  const rules = [...region.tables('elbv2.DescribeRules')];
  assert.deepEqual(rules, [['arn:aws:elasticloadbalancing:eu-west-1:1:listener/app/a/11/33', { kind: 'rows', rows: [] }]]);
});
