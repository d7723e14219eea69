/** `vedette network collect` as a user runs it, against the AWS double. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Asked, type Fault, serveEstate } from '../src/aws/double/server.ts';
import { memoryEstate } from '../src/estate/memory.ts';
import { everyCall } from '../src/estate/names.ts';
import { openEstate } from '../src/estate/read.ts';
import { ended, type Ran, startVedette } from './support/command.ts';
import { temporaryDirectory } from './support/directory.ts';
import { atEnd } from './support/end.ts';
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
  atEnd(context, () => double.close());
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
  atEnd(context, () => double.close());
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

test('killed in the middle of a table, and resumed: the same snapshot, and only what was not whole is asked for again', async (context) => {
  const vpcs = Array.from({ length: 3500 }, (_, at) => ({ VpcId: `vpc-${at}` }));
  const large = memoryEstate([{ account: '111122223333', region: 'eu-west-1', tables: { ...tables, 'ec2.DescribeVpcs': vpcs } }]);
  let kill: (() => void) | undefined;
  const fault = ({ call, from }: Asked): Fault | undefined => {
    if (kill === undefined || call !== 'ec2.DescribeVpcs' || from < 3000) return undefined;
    kill();
    return { kind: 'slow', milliseconds: 50 };
  };
  const double = await serveEstate(large, { pageSize: 1000, fault });
  atEnd(context, () => double.close());
  const out = join(temporaryDirectory(context), 'estate');
  const args = ['network', 'collect', out, '--region', 'eu-west-1', '--endpoint-url', double.url, '-q'];
  const child = startVedette(temporaryDirectory(context), args, { env: environment });
  kill = () => child.kill('SIGKILL');
  assert.deepEqual([(await ended(child)).signal, kill !== undefined], ['SIGKILL', true]);
  const left = readdirSync(join(out, '111122223333/eu-west-1/ec2'));
  assert.ok(left.includes('.DescribeVpcs.tmp') && !left.some((name) => name.startsWith('DescribeVpcs.')), left.join());
  const whole = left.filter((name) => /^Describe\w+\.json$/.test(name)).map((name) => `ec2.${name.slice(0, -'.json'.length)}`);

  kill = undefined;
  const before = double.asked.length;
  assert.equal((await run(context, args.slice(2).concat('--resume'))).status, 0);
  const again = double.asked.slice(before).map(({ call, from }) => `${call} ${from}`);
  assert.deepEqual(
    again.filter((one) => one.startsWith('ec2.DescribeVpcs ')),
    [0, 1000, 2000, 3000].map((from) => `ec2.DescribeVpcs ${from}`),
  );
  assert.ok(whole.length > 0 && whole.every((call) => !again.includes(`${call} 0`)), whole.join());
  const read = await openEstate(out);
  assert.ok(read.ok);
  assert.deepEqual([plainEstate(read.value), read.value.problems], [plainEstate(large), []]);
});

test('several accounts by their roles at once', async (context) => {
  const accounts = ['111122223333', '444455556666'];
  const both = memoryEstate(
    accounts.map((account) => ({
      account,
      region: 'eu-west-1',
      tables: { ...tables, 'ec2.DescribeVpcs': [1, 2, 3].map((at) => ({ VpcId: `vpc-${account}-${at}` })) },
    })),
  );
  const double = await serveEstate(both, { pageSize: 2 });
  atEnd(context, () => double.close());
  const out = join(temporaryDirectory(context), 'estate');
  const roles = accounts.flatMap((account) => ['--role-arn', `arn:aws:iam::${account}:role/reader`]);
  const ran = await run(context, [out, '--region', 'eu-west-1', '--endpoint-url', double.url, ...roles]);
  assert.deepEqual(
    [ran.status, ran.stdout.includes('2 accounts (111122223333, 444455556666), 2 regions')],
    [0, true],
    ran.stderr,
  );
  const read = await openEstate(out);
  assert.ok(read.ok);
  assert.deepEqual(plainEstate(read.value), plainEstate(both));
  const order = double.asked.filter(({ call }) => call.startsWith('ec2.')).map(({ account }) => account);
  assert.ok(order.indexOf('444455556666') < order.lastIndexOf('111122223333'), 'neither waits for the end of the other');
});

test('credentials that have expired, or that SSO has to give anew: what to do is said', async (context) => {
  const expired: Fault = { kind: 'error', status: 400, code: 'ExpiredToken', message: 'The security token is expired' };
  let from = 0;
  const double = await serveEstate(estate, {
    fault: ({ call }) => (call.startsWith('ec2.') && ++from > 3 ? expired : undefined),
  });
  atEnd(context, () => double.close());
  const half = join(temporaryDirectory(context), 'estate');
  const ran = await run(context, [half, '--region', 'eu-west-1', '--endpoint-url', double.url]);
  assert.equal(ran.status, 3);
  assert.match(ran.stderr, /ExpiredToken: .*get new ones \(with SSO "aws sso login".*repeat with --resume/s);

  const home = temporaryDirectory(context);
  const sso = ['sso_start_url = https://example.awsapps.com/start', 'sso_region = eu-west-1'];
  const profile = ['sso_account_id = 111122223333', 'sso_role_name = reader', 'region = eu-west-1'];
  const config = ['[profile work]', ...sso, ...profile, ''].join('\n');
  writeFileSync(join(home, 'config'), config);
  const env = {
    AWS_CONFIG_FILE: join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'none'),
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
  };
  const lost = await run(context, [join(home, 'estate'), '--profile', 'work'], env);
  assert.equal(lost.status, 3);
  assert.match(lost.stderr, /Log in again with "aws sso login --profile work"/);
  const none = await run(context, [join(home, 'estate'), '--profile', 'gone', '--region', 'eu-west-1'], env);
  assert.equal(none.status, 3);
  assert.match(none.stderr, /set AWS_PROFILE or --profile to a profile of/);
});

test('prints the policy, without credentials and without asking anything', async (context) => {
  const ran = await run(context, ['--print-policy']);
  assert.equal(ran.status, 0);
  const policy: unknown = JSON.parse(ran.stdout);
  assert.ok(JSON.stringify(policy).includes('"ec2:SearchTransitGatewayRoutes"'));
});
