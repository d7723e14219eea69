import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { makeTar } from '../../tests/support/tar.ts';
import type { CallId } from './calls.ts';
import type { Estate, EstateRegion, Table } from './estate.ts';
import { memoryEstate, type RegionContent } from './memory.ts';
import { cliName, decodeThing, encodeThing, everyCall } from './names.ts';
import { openEstate } from './read.ts';
import { createSnapshot, openTable, writeEstate } from './write.ts';

const HERE = '123456789012/eu-west-1';

function lay(directory: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

async function open(path: string): Promise<Estate> {
  const opened = await openEstate(path);
  assert.ok(opened.ok, opened.ok ? '' : opened.problem.message);
  return opened.value;
}

async function openFiles(context: TestContext, files: Readonly<Record<string, string | Uint8Array>>): Promise<Estate> {
  const directory = temporaryDirectory(context);
  lay(directory, files);
  return open(directory);
}

function only(estate: Estate): EstateRegion {
  const [region] = estate.regions;
  assert.ok(region !== undefined && estate.regions.length === 1);
  return region;
}

/** An estate as plain values, for comparing. */
function plain(estate: Estate): unknown {
  return estate.regions.map((region) => ({
    account: region.account,
    region: region.region,
    tables: Object.fromEntries(
      everyCall().map(([id, { per }]) => [id, per === undefined ? region.table(id) : [...region.tables(id)].sort()]),
    ),
  }));
}

function shapeOf(table: Table): string {
  if (table.kind === 'absent') return 'absent';
  return table.kind === 'rows' ? `${table.rows.length} rows` : `failed: ${table.code}`;
}

const vpcs = JSON.stringify({ Vpcs: [{ VpcId: 'vpc-1' }, { VpcId: 'vpc-2' }] });
const denied =
  '\nAn error occurred (UnauthorizedOperation) when calling the DescribeVpcs operation: You are not authorized to do this.\n';

const cases: { name: string; files: Record<string, string | Uint8Array>; table: string; problems?: string[]; call?: CallId }[] = [
  { name: 'as the API names it', files: { 'DescribeVpcs.json': vpcs }, table: '2 rows' },
  { name: 'as the CLI names it', files: { 'describe-vpcs.json': vpcs }, table: '2 rows' },
  { name: 'one row per line', files: { 'DescribeVpcs.jsonl': '{"VpcId":"vpc-1"}\n\n{"VpcId":"vpc-2"}' }, table: '2 rows' },
  { name: 'no rows per line', files: { 'DescribeVpcs.jsonl': '' }, table: '0 rows' },
  {
    name: 'an error',
    files: { 'DescribeVpcs.error.json': '{"code":"AuthFailure","message":"m"}' },
    table: 'failed: AuthFailure',
  },
  { name: 'what the CLI printed', files: { 'DescribeVpcs.error': denied }, table: 'failed: UnauthorizedOperation' },
  {
    name: 'what the CLI printed after retries',
    files: {
      'describe-vpcs.error':
        'An error occurred (RequestLimitExceeded) when calling the DescribeVpcs operation (reached max retries: 4): Request limit exceeded.',
    },
    table: 'failed: RequestLimitExceeded',
  },
  {
    name: 'what the CLI printed without an answer',
    files: { 'DescribeVpcs.error': 'Unable to locate credentials. You can configure credentials by running "aws configure".' },
    table: 'failed: CommandFailed',
  },
  {
    name: 'a shell loop that succeeded',
    files: { 'describe-vpcs.json': vpcs, 'describe-vpcs.error': '' },
    table: '2 rows',
  },
  {
    name: 'a shell loop that failed',
    files: { 'describe-vpcs.json': '', 'describe-vpcs.error': denied },
    table: 'failed: UnauthorizedOperation',
  },
  {
    name: 'a command that warned and answered',
    files: { 'describe-vpcs.json': vpcs, 'describe-vpcs.error': 'DeprecationWarning: old python' },
    table: '2 rows',
    problems: ['estate-command-warned'],
  },
  {
    name: 'an answer and an error',
    files: { 'describe-vpcs.json': vpcs, 'describe-vpcs.error': denied },
    table: 'failed: estate-contradiction',
    problems: ['estate-contradiction'],
  },
  {
    name: 'two answers',
    files: { 'describe-vpcs.json': vpcs, 'DescribeVpcs.json': vpcs },
    table: 'failed: estate-contradiction',
    problems: ['estate-contradiction'],
  },
  {
    name: 'UTF-16, as PowerShell writes it',
    files: { 'DescribeVpcs.json': Buffer.from(`\uFEFF${vpcs}`, 'utf16le') },
    table: '2 rows',
  },
  { name: 'a byte order mark', files: { 'DescribeVpcs.json': `\uFEFF${vpcs}` }, table: '2 rows' },
  ...[
    ['an empty file', ''],
    ['no JSON', '{"Vpcs": ['],
    ['a list', '[]'],
    ['another call', '{"Subnets": []}'],
    ['an empty object', '{}'],
    ['rows that are no list', '{"Vpcs": {}}'],
    ['rows that are no objects', '{"Vpcs": [1]}'],
    ['rows nested too deep', `{"Vpcs": [{"x":${'['.repeat(5000)}${']'.repeat(5000)}}]}`],
    ['text output', 'VPCS\t10.0.0.0/16\tdopt-1'],
  ].map(([name = '', content = '']) => ({
    name,
    files: { 'DescribeVpcs.json': content },
    table: 'failed: estate-malformed',
    problems: ['estate-malformed'],
  })),
  {
    name: 'the first page only',
    files: { 'DescribeVpcs.json': '{"Vpcs": [], "NextToken": "abc"}' },
    table: 'failed: estate-truncated',
    problems: ['estate-truncated'],
  },
  { name: 'a last page', files: { 'DescribeVpcs.json': '{"Vpcs": [], "NextToken": null}' }, table: '0 rows' },
  {
    name: 'rows that contradict each other',
    files: { 'DescribeVpcs.json': '{"Vpcs": [{"VpcId":"vpc-1"},{"VpcId":"vpc-1","CidrBlock":"10.0.0.0/8"}]}' },
    table: 'failed: estate-duplicate-row',
    problems: ['estate-duplicate-row'],
  },
  {
    name: 'a row that is repeated',
    files: { 'DescribeVpcs.json': '{"Vpcs": [{"VpcId":"vpc-1"},{"VpcId":"vpc-1"}]}' },
    table: '1 rows',
  },
  {
    name: 'a damaged line',
    files: { 'DescribeVpcs.jsonl': '{"VpcId":"vpc-1"}\n{"VpcId"' },
    table: 'failed: estate-malformed',
    problems: ['estate-malformed'],
  },
  {
    name: 'an error without a code',
    files: { 'DescribeVpcs.error.json': '{"message":"m"}' },
    table: 'failed: estate-malformed',
    problems: ['estate-malformed'],
  },
  {
    name: 'an answer that is one object',
    files: { 'DescribeVpcBlockPublicAccessOptions.json': '{"VpcBlockPublicAccessOptions":{"State":"default-state"}}' },
    call: 'ec2.DescribeVpcBlockPublicAccessOptions',
    table: '1 rows',
  },
];

test('what single files say', async (context) => {
  for (const { name, files, table, problems = [], call = 'ec2.DescribeVpcs' } of cases) {
    const placed = Object.fromEntries(Object.entries(files).map(([file, content]) => [`${HERE}/ec2/${file}`, content]));
    const estate = await openFiles(context, placed);
    assert.equal(shapeOf(only(estate).table(call)), table, name);
    assert.deepEqual(
      estate.problems.map(({ code }) => code),
      problems,
      name,
    );
    for (const { path, message } of estate.problems) assert.ok(path !== undefined && message.length < 600, name);
  }
});

const arn = (name: string): string =>
  `arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/${name}/50dc6c495c0c9188`;

test('answers that are asked for each thing: whole names, last parts, and names that say too little', async (context) => {
  const listeners = JSON.stringify({ Listeners: [] });
  const balancers = ['a', 'b'].map((name) => ({ LoadBalancerArn: arn(name) }));
  const other = arn('c').replace('50dc6c495c0c9188', '1111111111111111');
  const folder = `${HERE}/elbv2/describe-listeners`;
  const estate = await openFiles(context, {
    [`${HERE}/elbv2/DescribeLoadBalancers.json`]: JSON.stringify({ LoadBalancers: [...balancers, { LoadBalancerArn: other }] }),
    [`${folder}/${encodeThing(arn('a'))}.json`]: listeners,
    [`${folder}/50dc6c495c0c9188.error`]: denied,
    [`${folder}/1111111111111111.json`]: listeners,
    [`${folder}/0000.json`]: listeners,
    [`${HERE}/elbv2/describe-listeners.json`]: listeners,
  });
  assert.deepEqual(
    [...only(estate).tables('elbv2.DescribeListeners')].map(([thing, table]) => [thing, shapeOf(table)]),
    [
      ['0000', '0 rows'],
      ['50dc6c495c0c9188', 'failed: UnauthorizedOperation'],
      [arn('a'), '0 rows'],
      [other, '0 rows'],
    ],
  );
  assert.deepEqual(estate.problems.map(({ code, path }) => `${code} ${path?.slice(HERE.length + 1)}`).sort(), [
    'estate-ambiguous-name elbv2/describe-listeners/50dc6c495c0c9188.error',
    'estate-dangling elbv2/describe-listeners/0000.json',
    'estate-unknown-file elbv2/describe-listeners.json',
  ]);
});

test('files that are no part of a snapshot are told, hidden ones are left alone, links are not followed', async (context) => {
  const directory = temporaryDirectory(context);
  lay(directory, {
    [`${HERE}/ec2/DescribeVpcs.json`]: vpcs,
    [`${HERE}/ec2/.1.DescribeSubnets.tmp`]: 'x',
    '.git/config': 'x',
    'README.md': 'x',
    [`${HERE}/ec2/DescribeVpc.json`]: '{}',
    [`${HERE}/ec2/DescribeVpcs/x.json`]: '{}',
    [`${HERE}/s3/ListBuckets.json`]: '{}',
    [`${HERE}/ec2/DescribeVpcs.yaml`]: 'x',
    '12345/eu-west-1/ec2/DescribeVpcs.json': vpcs,
    '123456789012/EU/ec2/DescribeVpcs.json': vpcs,
  });
  symlinkSync('/etc/passwd', join(directory, HERE, 'ec2/DescribeSubnets.json'));
  const estate = await open(directory);
  assert.equal(shapeOf(only(estate).table('ec2.DescribeSubnets')), 'failed: estate-not-a-file');
  const codes = estate.problems.map(({ code }) => code);
  assert.equal(codes.filter((code) => code === 'estate-unknown-file').length, 7);
  assert.equal(codes.filter((code) => code === 'estate-not-a-file').length, 1);
  assert.equal(codes.length, 8);
});

test('problems of one kind are told a hundred times and then counted; a document of brackets is not parsed', async (context) => {
  const directory = temporaryDirectory(context);
  const strange = Object.fromEntries(Array.from({ length: 130 }, (_, at) => [`strange-${at}`, 'x']));
  const dense = Buffer.alloc(70 * 1024 * 1024, '[],');
  dense.write('{"Vpcs":[');
  lay(directory, {
    [`${HERE}/ec2/DescribeSubnets.json`]: '{"Subnets":[]}',
    [`${HERE}/ec2/DescribeVpcs.json`]: dense,
    ...strange,
  });
  const { regions, problems } = await open(directory);
  assert.equal(regions[0]?.table('ec2.DescribeVpcs').kind, 'failed');
  assert.match(problems.find(({ path }) => path?.endsWith('DescribeVpcs.json'))?.message ?? '', /too dense/);
  const unknown = problems.filter(({ code }) => code === 'estate-unknown-file');
  assert.equal(unknown.length, 101);
  assert.deepEqual(unknown.at(-1), {
    code: 'estate-unknown-file',
    effect: 'notice',
    message: 'There are 30 more problems of this kind.',
  });
});

test('what is no snapshot at all', async (context) => {
  const directory = temporaryDirectory(context);
  lay(directory, {
    'empty/x': '',
    'version/estate.json': '{"schemaVersion":2}',
    [`version/${HERE}/ec2/DescribeVpcs.json`]: vpcs,
  });
  for (const [path, code] of [
    ['nowhere', 'estate-missing'],
    ['empty', 'estate-empty'],
    ['empty/x', 'estate-empty'],
    ['version', 'estate-version'],
  ] as const) {
    const opened = await openEstate(join(directory, path));
    assert.equal(opened.ok ? 'opened' : opened.problem.code, code, path);
  }
});

test('tars, plain and compressed, with and without a leading directory', async (context) => {
  const directory = temporaryDirectory(context);
  for (const lead of ['', './', 'snapshot/']) {
    const tar = makeTar([
      { name: `${lead}estate.json`, data: '{"schemaVersion":1}' },
      { name: `${lead}${HERE}/ec2/DescribeVpcs.json`, data: vpcs },
    ]);
    for (const bytes of [tar, gzipSync(tar), zstdCompressSync(tar)]) {
      writeFileSync(join(directory, 'snapshot.tar'), bytes);
      const estate = await open(join(directory, 'snapshot.tar'));
      assert.equal(shapeOf(only(estate).table('ec2.DescribeVpcs')), '2 rows');
      assert.deepEqual(estate.problems, []);
    }
    writeFileSync(join(directory, 'cut.tar'), tar.subarray(0, 1400));
    const cut = await openEstate(join(directory, 'cut.tar'));
    assert.ok(!cut.ok || cut.value.problems.length > 0, 'a cut archive is told');
  }
});

test('an estate that is written and read is the same', async (context) => {
  const directory = temporaryDirectory(context);
  const many = Array.from({ length: 4500 }, (_, at) => ({ NetworkInterfaceId: `eni-${at}`, Description: `ü${at}` }));
  const content: RegionContent = {
    account: '123456789012',
    region: 'eu-west-1',
    tables: {
      'ec2.DescribeNetworkInterfaces': many,
      'ec2.DescribeVpcs': [],
      'ec2.DescribeSubnets': { code: 'UnauthorizedOperation', message: 'no' },
      'elbv2.DescribeLoadBalancers': [{ LoadBalancerArn: arn('a') }],
      'ec2.DescribeVpcBlockPublicAccessOptions': [{ State: 'default-state' }],
    },
    perTables: { 'elbv2.DescribeListeners': { [arn('a')]: [{ ListenerArn: 'l' }] } },
  };
  const estate = memoryEstate([content, { ...content, region: 'us-east-1' }]);
  writeEstate(directory, estate);
  // A second time over the first: nothing old may stay and contradict.
  writeEstate(directory, estate);
  const read = await open(directory);
  assert.deepEqual(read.problems, []);
  assert.deepEqual(plain(read), plain(estate));
  const names = readdirSync(join(directory, HERE, 'ec2')).sort();
  assert.deepEqual(names, [
    'DescribeNetworkInterfaces.jsonl',
    'DescribeSubnets.error.json',
    'DescribeVpcBlockPublicAccessOptions.json',
    'DescribeVpcs.json',
  ]);
  if (spawnSync('tar', ['-cf', join(directory, 's.tar'), '-C', directory, '123456789012']).status === 0) {
    assert.deepEqual(plain(await open(join(directory, 's.tar'))), plain(estate));
  }
});

test('a table appears whole or not at all', async (context) => {
  const directory = temporaryDirectory(context);
  createSnapshot(directory);
  const place = { account: '123456789012', region: 'eu-west-1', call: 'ec2.DescribeNetworkInterfaces' } as const;
  const rows = Array.from({ length: 3000 }, (_, at) => ({ NetworkInterfaceId: `eni-${at}` }));
  const first = openTable(directory, place);
  first.add(rows);
  assert.equal((await openEstate(directory)).ok, false, 'nothing is there yet');
  first.abandon();
  const second = openTable(directory, place);
  second.add(rows);
  second.fail('ExpiredToken', 'too late');
  assert.deepEqual(readdirSync(join(directory, HERE, 'ec2')), ['DescribeNetworkInterfaces.error.json']);
  const third = openTable(directory, place);
  third.add(rows);
  third.add(rows.map(({ NetworkInterfaceId }) => ({ NetworkInterfaceId: `${NetworkInterfaceId}b` })));
  third.complete();
  assert.equal(shapeOf(only(await open(directory)).table(place.call)), '6000 rows');
});

test('names of files: every identifier has one, and the way back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (thing) => {
      const name = encodeThing(thing);
      assert.match(name, /^[\w%-]*$/);
      assert.equal(decodeThing(name), thing);
    }),
    { numRuns: 200 },
  );
  assert.equal(cliName('DescribeVpcBlockPublicAccessOptions'), 'describe-vpc-block-public-access-options');
});

test('whatever bytes a file has, there is a table and nothing is thrown', async (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, HERE, 'ec2/DescribeVpcs');
  mkdirSync(dirname(file), { recursive: true });
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.json({ maxDepth: 4 }),
    fc.json({ maxDepth: 4 }).map((json) => `{"Vpcs":${json}}`),
    fc.json({ maxDepth: 4 }).map((json) => `{"Vpcs":[{"VpcId":${json}}]}`),
  );
  await fc.assert(
    fc.asyncProperty(content, fc.constantFrom('json', 'jsonl', 'error', 'error.json'), async (bytes, ending) => {
      const one = join(directory, HERE, `ec2/DescribeSubnets.${ending}`);
      writeFileSync(one, bytes);
      writeFileSync(`${file}.json`, vpcs);
      const region = only(await open(directory));
      assert.notEqual(region.table('ec2.DescribeSubnets').kind, 'absent');
      assert.equal(shapeOf(region.table('ec2.DescribeVpcs')), '2 rows');
      rmSync(one);
    }),
    { numRuns: 100 },
  );
});
