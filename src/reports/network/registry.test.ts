/** The contract every format of `network analyze` keeps, and what each must say of known estates. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sarifSchema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import { Ajv } from 'ajv';
import { SaxesParser } from 'saxes';
import { exampleEstate } from '../../../examples/estate/make.ts';
import { Network } from '../../../tests/support/estates/builder.ts';
import type { Estate } from '../../estate/estate.ts';
import { memoryEstate } from '../../estate/memory.ts';
import type { ProfileId } from '../../network/findings/services.ts';
import { assessNetwork } from '../../network/index.ts';
import type { NetworkReport, NetworkReportOptions } from './format.ts';
import { namesOf } from './names.ts';
import { NETWORK_FORMATS } from './registry.ts';

const options: NetworkReportOptions = { color: false, width: 160, limit: 40, evidence: 3 };

function reportOf(estate: Estate, profile: ProfileId = 'inspector-v2'): NetworkReport {
  return {
    tool: { name: 'vedette', version: '1.2.3' },
    name: 'estate',
    regions: estate.regions.map(({ account, region }) => ({ account, region })),
    profile,
    assessment: assessNetwork(estate, profile),
    names: namesOf(estate),
  };
}

const EVIL = '<script>alert(1)</script>"\\\u001b[31m\u202e]]>\ud800';

/** One instance that anyone may reach on SSH, under a name that wants to be more than a name. */
function hostile(): Estate {
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a', 'vpc-a', ['10.0.1.0/24'])
    .igw('igw-a', 'vpc-a')
    .table('rtb-a', 'vpc-a', ['main'], ['0.0.0.0/0 igw-a'])
    .group('sg-a', 'vpc-a', ['tcp 22 0.0.0.0/0'])
    .eni('eni-a', 'subnet-a', { ip: ['10.0.1.5'], groups: ['sg-a'], public: '52.0.0.1', instance: 'none' });
  network.add('ec2.DescribeInstances', {
    Instances: [{ InstanceId: 'i-a', State: { Name: 'running' }, Tags: [{ Key: 'Name', Value: EVIL }] }],
  });
  const { tables, ...content } = network.content();
  const enis = tables?.['ec2.DescribeNetworkInterfaces'];
  assert.ok(Array.isArray(enis));
  const attached = enis.map((row) => ({ ...row, Attachment: { InstanceId: 'i-a', DeviceIndex: 0 } }));
  return memoryEstate([{ ...content, tables: { ...tables, 'ec2.DescribeNetworkInterfaces': attached } }]);
}

const example = reportOf(exampleEstate());
const evil = reportOf(hostile());
const nothing = reportOf(new Network().vpc('vpc-a', '10.0.0.0/16').estate());

function rendered(id: string, report = example, over: Partial<NetworkReportOptions> = {}): string {
  const format = NETWORK_FORMATS.find((one) => one.id === id);
  assert.ok(format);
  return [...format.render(report, { ...options, ...over })].join('');
}

function assertWellFormed(xml: string): void {
  const parser = new SaxesParser();
  parser.on('error', (error) => assert.fail(error));
  parser.write(xml).close();
}

test('format ids are unique', () => {
  assert.equal(new Set(NETWORK_FORMATS.map(({ id }) => id)).size, NETWORK_FORMATS.length);
});

for (const { id } of NETWORK_FORMATS) {
  test(`${id}: deterministic, ends with a line break, hostile names stay text`, () => {
    assert.equal(rendered(id), rendered(id));
    const text = rendered(id, evil);
    assert.ok(text.endsWith('\n'));
    assert.ok(!text.includes('\u001b'), 'no control characters');
    assert.ok(text.includes('alert(1)'), 'the name is shown');
    if (id === 'html' || id === 'svg') assert.ok(!text.includes('<script>alert'));
  });

  test(`${id}: an estate in which nothing is reachable renders`, () => {
    assert.equal(nothing.assessment.summary.complete, true);
    assert.ok(rendered(id, nothing).length > 0);
  });
}

test('table: one row for what one change closes, proof with hops both ways, what is unknown apart', () => {
  const text = rendered('table');
  assert.match(text, /^LOW +web-1 \(i-\w+\) and 11 others +SSH 22 +TCP +transit gateway office: 172\.16\.0\.0\/12/m);
  assert.match(text, /→ +security group +legacy \(sg-\w+\) +sgr-\w+ allows tcp 21 from 0\.0\.0\.0\/0/);
  assert.match(text, /← +route table +shop-public \(rtb-\w+\) +route 0\.0\.0\.0\/0 leads to igw-/);
  assert.match(text, /witness +tcp 1\.0\.0\.0:49152 → 52\.17\.30\.3\d:21/);
  assert.match(text, /Unknown \(1\)\n +HTTPS 443 TCP of gitlab .*\n +depends on .*vpce-/);
  assert.doesNotMatch(text.slice(0, text.indexOf('Unknown (')), /HTTPS 443 +TCP +Internet.*gitlab/);
});

test('table: within 80 columns every line fits, with names, protocols and severities', () => {
  const text = rendered('table', example, { width: 80 });
  assert.deepEqual(
    text.split('\n').filter((line) => [...line].length > 80),
    [],
  );
  assert.match(text, /^MEDIUM +relay +Syslog 514 UDP +Internet: /m);
  assert.match(text, /^INFO +\S/m);
});

test('table: the limit says how much it left out; all ports are one word', () => {
  assert.match(rendered('table', example, { limit: 2 }), /… \d+ more rows/);
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-a', 'vpc-a', ['10.0.1.0/24'])
    .igw('igw-a', 'vpc-a')
    .table('rtb-a', 'vpc-a', ['main'], ['0.0.0.0/0 igw-a'])
    .group('sg-a', 'vpc-a', ['all 0.0.0.0/0'])
    .eni('eni-a', 'subnet-a', { ip: ['10.0.1.5'], groups: ['sg-a'], public: '52.0.0.1' });
  const text = rendered('table', reportOf(network.estate()));
  assert.match(text, /^INFORMATIONAL +i-a +all ports +TCP +Internet$/m);
  assert.match(text, /^HIGH +i-a +FTP 21, Telnet 23, Print services 515 +TCP/m);
});

for (const id of ['table', 'html'])
  test(`${id}: what is incomplete never looks clean`, () => {
    const missing = reportOf(new Network().vpc('vpc-a', '10.0.0.0/16').fail('ec2.DescribeSecurityGroups').estate());
    assert.match(rendered(id, missing), /not everything is known/i);
    assert.match(rendered(id, missing), /estate-table-missing/);
    assert.doesNotMatch(rendered(id, nothing), /not everything is known/i);
  });

test('json: the documented keys; every finding has its path and its witness', () => {
  const report = JSON.parse(rendered('json'));
  assert.deepEqual(Object.keys(report), ['schemaVersion', 'tool', 'estate', 'profile', 'summary', 'problems', 'findings']);
  assert.equal(report.findings.length, example.assessment.findings.length);
  for (const { path, witness, sources, clientPortRanges } of report.findings) {
    assert.ok(path.length > 0 && sources.length > 0 && clientPortRanges.length > 0);
    assert.equal(typeof witness.destinationPort, 'number');
  }
  assert.equal(JSON.parse(rendered('json', example, { timestamp: '2026-01-01T00:00:00Z' })).createdAt, '2026-01-01T00:00:00Z');
});

test('sarif: valid against the schema of SARIF 2.1.0 (rtm.5); paths are code flows, what is unknown is for review', () => {
  // The schema is written for draft 4, whose `id` newer drafts call `$id`; it uses nothing else that changed.
  const { $schema: _, id: $id, ...schema } = sarifSchema;
  const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile({ $id, ...schema });
  for (const report of [example, evil, nothing]) {
    const log = JSON.parse(rendered('sarif', report));
    assert.ok(validate(log), JSON.stringify(validate.errors));
  }
  const [run] = JSON.parse(rendered('sarif')).runs;
  assert.equal(run.results.filter(({ kind }: { kind: string }) => kind === 'review').length, 1);
  const [{ codeFlows }] = run.results;
  assert.match(JSON.stringify(codeFlows), /← route table rtb-/);
});

test('csv: one row for each finding, quotes doubled', () => {
  const lines = rendered('csv').trimEnd().split('\r\n');
  assert.equal(lines.length, example.assessment.findings.length + 1);
  assert.match(rendered('csv', evil), /""/);
});

test('svg and the picture in html: well-formed, no box over another, a note where rows are left out', () => {
  for (const report of [example, evil, nothing]) assertWellFormed(rendered('svg', report));
  const html = rendered('html', evil);
  assertWellFormed(html.slice(html.indexOf('<svg'), html.indexOf('</svg>') + 6));
  const boxes = [...rendered('svg').matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g)].map((found) =>
    found.slice(1).map(Number),
  );
  assert.ok(boxes.length > 30);
  for (const [index, [x = 0, y = 0, width = 0, height = 0]] of boxes.entries())
    for (const [left = 0, top = 0, wide = 0, high = 0] of boxes.slice(index + 1))
      assert.ok(x + width <= left || left + wide <= x || y + height <= top || top + high <= y, `${x} ${y} and ${left} ${top}`);
  assert.match(rendered('svg', example, { limit: 3 }), /\d+ less severe rows left out/);
});

test('html: a page that may load nothing, with a proof for each row', () => {
  const text = rendered('html');
  assert.match(text, /default-src 'none'; script-src 'sha256-/);
  assert.doesNotMatch(text, /(?:src|href)="http/);
  assert.equal(text.match(/<tbody data-row=/g)?.length, text.match(/<dt>witness<\/dt>/g)?.length);
});

test('dot: every edge joins boxes that are there', () => {
  const text = rendered('dot');
  const boxes = new Set([...text.matchAll(/^ {4}(n\d+) \[label="(?:[^"\\]|\\.)*"/gm)].map(([, id]) => id));
  const edges = [...text.matchAll(/^ {2}(n\d+) -> (n\d+) \[/gm)];
  assert.ok(edges.length > 30);
  for (const [, from, to] of edges) assert.ok(boxes.has(from) && boxes.has(to));
  assert.match(text, /style=dashed/);
});
