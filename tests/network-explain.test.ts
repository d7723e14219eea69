/** Questions about the example estate: what is open, what stops the rest, and what would open it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleEstate } from '../examples/estate/make.ts';
import { incomplete, type Problem } from '../src/model/problem.ts';
import { diffNetworks } from '../src/network/diff.ts';
import { explainReachability } from '../src/network/explain/index.ts';
import { type ExplainedWay, parseTarget } from '../src/network/explain/question.ts';
import { assessNetwork } from '../src/network/index.ts';
import { interpret } from '../src/network/interpret/index.ts';
import { renderDifference } from '../src/reports/network/difference.ts';
import { namesOf } from '../src/reports/network/names.ts';

const estate = exampleEstate();
const network = interpret(estate);
const ids = new Map([...namesOf(estate)].map(([id, name]) => [`${id.split('-', 1)[0]} ${name}`, id]));

function ask(name: string, port: string, from?: string) {
  const target = parseTarget(`${ids.get(`i ${name}`) ?? name}:${port}`);
  assert.ok(target);
  const answer = explainReachability(network, { ...target, ...(from === undefined ? {} : { from }) });
  assert.ok(answer.ok, answer.ok ? '' : answer.problem.message);
  return answer.value;
}

function way(ways: readonly ExplainedWay[], kind: string): ExplainedWay {
  const found = ways.find(({ source }) => source.kind === kind);
  assert.ok(found);
  return found;
}

test('an open way has its hops there and back, each with the rule, and a witness', () => {
  const { verdict, ways } = ask('bastion', '22', 'igw');
  assert.deepEqual([verdict, ways.length, ways[0]?.verdict], ['reachable', 1, 'open']);
  const { path = [], witness } = ways[0]?.detail ?? {};
  assert.deepEqual(
    path.map(({ direction, type }) => `${direction} ${type}`),
    [
      'forward AWS::EC2::InternetGateway',
      'forward AWS::EC2::NetworkAcl',
      'forward AWS::EC2::SecurityGroup',
      'forward AWS::EC2::NetworkInterface',
      'forward AWS::EC2::Instance',
      'reply AWS::EC2::NetworkAcl',
      'reply AWS::EC2::RouteTable',
    ],
  );
  assert.match(path[2]?.because ?? '', /allows tcp 22 from 0\.0\.0\.0\/0/);
  assert.equal(witness?.destinationPort, 22);
});

test('a closed way names the first component that stops it and the smallest change', () => {
  const { verdict, ways } = ask('bastion', '25', 'igw');
  assert.equal(verdict, 'not-reachable');
  const { blockedBy, changes = [] } = way(ways, 'internet');
  assert.equal(blockedBy?.type, 'AWS::EC2::SecurityGroup');
  assert.deepEqual([changes.length, /add a rule to sg-\w+ that allows tcp 25/.test(changes[0] ?? '')], [1, true]);
  const inner = way(ask('postgres-3', '5432', 'igw').ways, 'internet');
  assert.deepEqual([inner.blockedBy?.type, (inner.changes?.length ?? 0) > 2], ['AWS::EC2::NetworkInterface', true]);
});

test('the changes that are named do open it', () => {
  // The group's rule as it is proposed, added to the rows.
  const { blockedBy } = way(ask('bastion', '25', 'igw').ways, 'internet');
  const groups = new Map(network.groups);
  const group = groups.get(blockedBy?.id ?? '');
  assert.ok(group);
  const rule = { protocol: 'tcp', fromPort: 25, toPort: 25, cidrs: ['1.0.0.0/32'], prefixLists: [], groups: [] };
  groups.set(group.id, { ...group, inbound: [...group.inbound, rule] });
  const target = parseTarget(`${ids.get('i bastion')}:25`);
  assert.ok(target);
  const answer = explainReachability({ ...network, groups }, { ...target, from: 'igw' });
  assert.equal(answer.ok && answer.value.verdict, 'reachable');
});

test('sources: a range, a peering; a range that cannot come; things that are not there', () => {
  const peering = ids.get('pcx shop-analytics');
  assert.equal(ask('postgres-3', '5432', peering).verdict, 'reachable');
  assert.equal(ask('postgres-3', '5432', '10.30.1.0/24').verdict, 'reachable');
  assert.equal(ask('postgres-3', '5432', '198.51.100.7').verdict, 'not-reachable');
  assert.equal(ask('bastion', '22', '198.51.100.0/24').verdict, 'reachable', 'documentation ranges stand for anybody');
  const missing = explainReachability(network, { target: 'i-none', port: 1, protocol: 'tcp' });
  assert.equal(missing.ok ? '' : missing.problem.code, 'network-target-missing');
});

test('what depends on something that is not modelled is not known, never not reachable', () => {
  const { verdict, ways } = ask('gitlab', '443', 'igw');
  const { verdict: own, detail, unknown = [] } = way(ways, 'internet');
  assert.deepEqual([verdict, own], ['unknown', 'unknown']);
  const hops = detail?.path.filter((hop) => hop.unknown) ?? [];
  assert.deepEqual(
    hops.map(({ direction, type }) => `${direction} ${type}`),
    ['forward AWS::EC2::VPCEndpoint', 'reply AWS::EC2::VPCEndpoint'],
  );
  assert.match(unknown.join(), /^AWS::EC2::VPCEndpoint vpce-\w+: what it lets through is not modelled$/);
});

test('behind a load balancer: its own group, each component there and back, and its rule in the remedy', () => {
  const { path = [] } = way(ask('web-1', '8080', 'igw').ways, 'internet').detail ?? {};
  assert.deepEqual(
    path.map(({ direction, type }) => `${direction === 'reply' ? '<' : '>'} ${type.split('::')[2]}`),
    [
      ...['> InternetGateway', '> NetworkAcl', '> LoadBalancer', '> SecurityGroup', '> NetworkInterface', '> TargetGroup'],
      ...[
        '> SecurityGroup',
        '> RouteTable',
        '> NetworkAcl',
        '> NetworkAcl',
        '> SecurityGroup',
        '> NetworkInterface',
        '> Instance',
      ],
      ...['< NetworkAcl', '< RouteTable', '< NetworkAcl', '< NetworkAcl', '< RouteTable'],
    ],
  );
  const { findings } = assessNetwork(estate, 'inspector-v2');
  const found = findings.find(({ resource, title }) => resource === ids.get('i web-1') && /8080/.test(title));
  const [alb, web] = [ids.get('sg shop-alb'), ids.get('sg shop-web')];
  assert.match(
    found?.remediation ?? '',
    new RegExp(`${alb} \\(.*tcp 443.*load balancer, or the rule of ${web}.*deny tcp 443 in acl-`),
  );
});

test('a source that does not lead there is told, not answered', () => {
  const answer = explainReachability(network, {
    target: ids.get('i bastion') ?? '',
    port: 22,
    protocol: 'tcp',
    from: 'pcx-none',
  });
  assert.equal(answer.ok ? '' : answer.problem.code, 'network-source-missing');
});

test('targets', () => {
  for (const [text, expected] of [
    ['i-1:22', { target: 'i-1', port: 22, protocol: 'tcp' }],
    ['eni-1:53/UDP', { target: 'eni-1', port: 53, protocol: 'udp' }],
    ['[2001:db8::1]:443', { target: '2001:db8::1', port: 443, protocol: 'tcp' }],
    ['arn:aws:x:loadbalancer/app/web/1:80', { target: 'arn:aws:x:loadbalancer/app/web/1', port: 80, protocol: 'tcp' }],
    ['i-1', undefined],
    ['i-1:70000', undefined],
    [':1', undefined],
  ] as const)
    assert.deepEqual(parseTarget(text), expected);
});

test('a difference is what opened and what closed', () => {
  const before = assessNetwork(estate, 'inspector-v2');
  assert.deepEqual(diffNetworks(before, before), { opened: [], closed: [], changed: [], unknown: [] });
  const [gone, ...rest] = before.findings;
  assert.ok(gone);
  const after = { ...before, findings: rest };
  assert.deepEqual(diffNetworks(before, after).closed, [gone]);
  assert.deepEqual(diffNetworks(after, before).opened, [gone]);
  const stopped = {
    ...before,
    findings: before.findings.map((one) => (one === gone ? { ...one, state: 'potential' as const } : one)),
  };
  assert.deepEqual(
    diffNetworks(before, stopped).changed.map(({ after: now }) => now.state),
    ['potential'],
  );
});

test('what a snapshot with gaps does not show is not told as closed', () => {
  const before = assessNetwork(estate, 'inspector-v2');
  const [gone, ...rest] = before.findings.filter(({ unknown }) => unknown.length === 0);
  assert.ok(gone);
  const without = (problems: readonly Problem[], findings = rest) => ({ ...before, findings, problems });
  const [first] = rest;
  assert.ok(first);
  const missing = incomplete('estate-table-missing', 'It is missing.', 'a/b/ec2/DescribeVpcs');
  const gaps = diffNetworks({ ...before, findings: [gone, ...rest] }, without([...before.problems, missing]));
  assert.deepEqual([gaps.closed, gaps.unknown], [[], [gone]]);
  // Both lack the same: they can be compared. A file that was cut off may be cut off elsewhere.
  const old = { ...before, findings: [gone, ...rest], problems: [missing] };
  assert.deepEqual(diffNetworks(old, without([missing])).closed, [gone]);
  const cut = incomplete('estate-row-malformed', 'A row has no id.', 'a/b/ec2/DescribeVpcs');
  assert.deepEqual(diffNetworks({ ...old, problems: [cut] }, without([cut])).unknown, [gone]);
  // Of the resource itself something is not known any more.
  const unsure = { ...gone, id: 'another', unknown: ['its prefix list'] };
  const doubtful = diffNetworks(old, without([missing], [unsure, ...rest]));
  assert.deepEqual([doubtful.opened, doubtful.closed, doubtful.unknown], [[], [], [gone, unsure]]);
  const lines = [...renderDifference(gaps, new Map(), { color: false })];
  assert.match(lines[0] ?? '', /^\? /);
  assert.equal(lines.at(-1), '0 opened, 0 closed, 0 changed, 1 unknown: the newer snapshot has gaps\n');
});
