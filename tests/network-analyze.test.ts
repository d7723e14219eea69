/** `vedette network analyze` as a user runs it: on the example's snapshot, and live against the AWS double. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { serveEstate } from '../src/aws/double/server.ts';
import { type Ran, vedette } from './support/command.ts';
import { temporaryDirectory } from './support/directory.ts';
import { atEnd } from './support/end.ts';
import { Network } from './support/estates/builder.ts';

const snapshot = join(resolve(import.meta.dirname, '..'), 'examples/estate/snapshot');

function run(context: TestContext, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return vedette(temporaryDirectory(context), ['network', 'analyze', ...args], { env });
}

test('the table on stdout, others into files; what is unknown makes the status 3', async (context) => {
  const out = temporaryDirectory(context);
  const formats = ['json', 'html', 'sarif', 'csv', 'svg', 'dot'];
  const ran = await run(context, [
    snapshot,
    ...['table', ...formats.map((id) => `${id}=${join(out, id)}`)].flatMap((one) => ['--format', one]),
  ]);
  assert.equal(ran.status, 3, ran.stderr);
  assert.match(ran.stdout, /^MEDIUM +bastion .* SSH 22 +TCP +Internet/m);
  assert.deepEqual(readdirSync(out).sort(), formats.sort());
  assert.equal(JSON.parse(readFileSync(join(out, 'json'), 'utf8')).profile, 'inspector-v2');
});

test('gates, profiles and limits', async (context) => {
  const medium = await run(context, [snapshot, '--fail-on', 'high', '--limit', '1', '--evidence', '0']);
  assert.equal(medium.status, 1);
  assert.match(medium.stderr, /--fail-on "high": 2 findings match/);
  assert.match(medium.stdout, /… \d+ more rows/);
  assert.doesNotMatch(medium.stdout, /witness/);
  // Nothing in it is critical; what is unknown remains.
  assert.equal((await run(context, [snapshot, '--fail-on', 'critical', '-q'])).status, 3);
  const classic = await run(context, [snapshot, '--profile', 'inspector-classic', '--format', 'json', '-q']);
  assert.match(classic.stdout, /"type":"RecognizedPortNoAgent","rule":"Recognized port reachable from internet"/);
});

test('--lateral adds what members of groups reach, told by group', async (context) => {
  const args = [snapshot, '-q', '--all', '--evidence', '0'];
  const lateral = await run(context, [...args, '--lateral']);
  assert.match(lateral.stdout, /^MEDIUM +legacy-\d .* FTP 21 +TCP +security group bastion$/m);
  assert.doesNotMatch((await run(context, args)).stdout, /security group bastion/);
});

test('wrong usage', async (context) => {
  for (const [args, message] of [
    [[], /name a snapshot, or give --live/],
    [[snapshot, '--live'], /name a snapshot, or give --live/],
    [[snapshot, '--fail-on', 'bad'], /"bad" is no severity\. Known: critical, high/],
    [[snapshot, '--format', 'pdf'], /unknown format "pdf"\. Known: table, json, html, sarif, csv, svg, dot/],
    [[snapshot, '--profile', 'mine'], /inspector-v2, inspector-classic, extended/],
  ] as const) {
    const ran = await run(context, args);
    assert.match(ran.stderr, message);
    assert.equal(ran.status, 2, args.join(' '));
  }
  const missing = await run(context, ['/nowhere']);
  assert.equal(missing.status, 3);
  assert.match(missing.stderr, /There is no \/nowhere/);
});

test('--live asks AWS and leaves nothing behind', async (context) => {
  const network = new Network('111122223333')
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a', 'vpc-a', ['10.0.1.0/24'])
    .igw('igw-a', 'vpc-a')
    .table('rtb-a', 'vpc-a', ['main'], ['0.0.0.0/0 igw-a'])
    .group('sg-a', 'vpc-a', ['tcp 22 0.0.0.0/0'])
    .eni('eni-a', 'subnet-a', { ip: ['10.0.1.5'], groups: ['sg-a'], public: '52.0.0.1' });
  const double = await serveEstate(network.estate());
  atEnd(context, () => double.close());
  const home = temporaryDirectory(context);
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIA111122223333',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: double.url,
  };
  const ran = await vedette(home, ['network', 'analyze', '--live', '--region', 'eu-west-1', '-q'], { env });
  assert.deepEqual([ran.status, ran.stderr], [0, '']);
  assert.match(ran.stdout, /^MEDIUM +i-a +SSH 22 +TCP +Internet$/m);
  assert.deepEqual(
    readdirSync(home).filter((name) => name.startsWith('vedette-estate')),
    [],
  );
});
