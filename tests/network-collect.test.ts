/** `vedette network collect` as a user runs it, against the AWS double. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { serveEstate } from '../src/aws/double/server.ts';
import { memoryEstate } from '../src/estate/memory.ts';
import { everyCall } from '../src/estate/names.ts';
import { openEstate } from '../src/estate/read.ts';
import { ended, type Ran, startVedette } from './support/command.ts';
import { temporaryDirectory } from './support/directory.ts';
import { plainEstate } from './support/estate.ts';

const SECRET = 'wJalrXUtnFEMIexampleSECRET';
const environment = {
  AWS_ACCESS_KEY_ID: 'AKIA111122223333',
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_EC2_METADATA_DISABLED: 'true',
};

const tables = Object.fromEntries(
  everyCall().flatMap(([id, { per, single }]) => (per === undefined ? [[id, single === true ? [{}] : []]] : [])),
);
const estate = memoryEstate([
  { account: '111122223333', region: 'eu-west-1', tables: { ...tables, 'ec2.DescribeVpcs': [{ VpcId: 'vpc-1' }] } },
  {
    account: '111122223333',
    region: 'us-east-1',
    tables: { ...tables, 'ec2.DescribeSubnets': { code: 'UnauthorizedOperation', message: 'You are not authorized.' } },
  },
]);

async function run(context: TestContext, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const ran = await ended(
    startVedette(temporaryDirectory(context), ['network', 'collect', ...args], { env: { ...environment, ...env } }),
  );
  assert.ok(!ran.stdout.includes(SECRET) && !ran.stderr.includes(SECRET), 'the secret is not printed');
  return ran;
}

test('collects every region; what is refused is told and makes the status 3', async (context) => {
  const double = await serveEstate(estate);
  context.after(() => double.close());
  const out = join(temporaryDirectory(context), 'estate');
  const whole = await run(context, [out, '--region', 'all'], { AWS_ENDPOINT_URL: double.url, AWS_REGION: 'eu-west-1' });
  assert.equal(whole.status, 3, whole.stderr);
  assert.match(whole.stderr, /ec2:DescribeSubnets in us-east-1 of 111122223333 failed: UnauthorizedOperation/);
  assert.match(whole.stdout, /1 account \(111122223333\), 2 regions, \d+ answers, 1 failed\n$/);
  const read = await openEstate(out);
  assert.ok(read.ok);
  assert.deepEqual(plainEstate(read.value), plainEstate(estate));

  const other = join(temporaryDirectory(context), 'estate');
  const one = await run(context, [other, '--endpoint-url', double.url, '--region', 'eu-west-1', '-q']);
  assert.deepEqual([one.status, one.stderr], [0, '']);
});

test('a profile names credentials, region and endpoint', async (context) => {
  const double = await serveEstate(estate);
  context.after(() => double.close());
  const directory = temporaryDirectory(context);
  const profile = ['region = eu-west-1', `endpoint_url = ${double.url}`, 'aws_access_key_id = AKIA111122223333'];
  const lines = ['[profile audit]', ...profile, `aws_secret_access_key = ${SECRET}`, ''];
  writeFileSync(join(directory, 'config'), lines.join('\n'));
  const env = {
    AWS_CONFIG_FILE: join(directory, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(directory, 'none'),
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
  };
  const ran = await run(context, [join(directory, 'estate'), '--profile', 'audit'], env);
  assert.deepEqual([ran.status, ran.stdout.includes('1 region,')], [0, true], ran.stderr);
});

test('wrong usage, and credentials that are not there', async (context) => {
  const directory = temporaryDirectory(context);
  for (const [args, message] of [
    [[], /say where to write/],
    [[directory, '--region', 'everywhere'], /"everywhere" is no region/],
    [[join(directory, 'x')], /No region is configured|Name some with --region/],
    [[directory, '--role-arn', 'reader'], /"reader" is no role/],
    [[directory, '--endpoint-url', 'localhost:1'], /is no http\(s\) address/],
  ] as const) {
    const double = await serveEstate(estate);
    const ran = await run(context, args, { AWS_ENDPOINT_URL: double.url });
    await double.close();
    assert.match(ran.stderr, message);
    assert.equal(ran.status, 2, args.join(' '));
  }
  const none = await run(context, [join(directory, 'x'), '--region', 'eu-west-1'], { AWS_ACCESS_KEY_ID: '' });
  assert.equal(none.status, 3);
  assert.match(none.stderr, /Nothing was collected with the credentials at hand/);
});

test('prints the policy, without credentials and without asking anything', async (context) => {
  const ran = await run(context, ['--print-policy']);
  assert.equal(ran.status, 0);
  const policy: unknown = JSON.parse(ran.stdout);
  assert.ok(JSON.stringify(policy).includes('"ec2:SearchTransitGatewayRoutes"'));
});
