/** Sideways: what members of security groups reach, by their own rules as well as the receiver's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from '../../../tests/support/estates/builder.ts';
import { explainReachability } from '../explain/index.ts';
import { parseTarget } from '../explain/question.ts';
import { assessNetwork } from '../index.ts';
import { interpret } from '../interpret/index.ts';

const OPEN = ['100 allow all 0.0.0.0/0'];

interface Changes {
  /** Rules of the sender's group for what leaves. */
  readonly egress?: readonly string[];
  readonly ingress?: readonly string[];
  /** Network ACL of the sender's subnet: inbound, outbound. */
  readonly acl?: readonly [readonly string[], readonly string[]];
  readonly routes?: readonly string[];
  readonly back?: readonly string[];
  readonly peering?: string;
}

/** Two subnets of vpc-a and one of vpc-b, which is peered and attached to the same transit gateway; a sender in each and a receiver. */
function estate({
  egress = ['all 0.0.0.0/0'],
  ingress = ['tcp 5432 0.0.0.0/0'],
  acl,
  routes,
  back,
  peering = 'active',
}: Changes) {
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .vpc('vpc-b', '10.1.0.0/16')
    .subnet('subnet-db', 'vpc-a', ['10.0.1.0/24'])
    .subnet('subnet-web', 'vpc-a', ['10.0.2.0/24'])
    .subnet('subnet-b', 'vpc-b', ['10.1.1.0/24'])
    .peering('pcx-ab', 'vpc-a', 'vpc-b', { status: peering })
    .group('sg-db', 'vpc-a', ingress, [])
    .group('sg-web', 'vpc-a', [], egress)
    .group('sg-b', 'vpc-b', [], egress)
    .eni('eni-db', 'subnet-db', { ip: ['10.0.1.10'], groups: ['sg-db'] })
    .eni('eni-near', 'subnet-db', { ip: ['10.0.1.20'], groups: ['sg-web'] })
    .eni('eni-web', 'subnet-web', { ip: ['10.0.2.10'], groups: ['sg-web'] })
    .eni('eni-b', 'subnet-b', { ip: ['10.1.1.10'], groups: ['sg-b'] })
    .transitGateway('tgw-1')
    .attachment('tgw-attach-a', 'tgw-1', 'vpc-a', 'tgw-rtb-1', { subnets: ['subnet-web'] })
    .attachment('tgw-attach-b', 'tgw-1', 'vpc-b', 'tgw-rtb-1', { subnets: ['subnet-b'] })
    .transitTable('tgw-rtb-1', 'tgw-1', ['10.0.0.0/16 tgw-attach-a', '10.1.0.0/16 tgw-attach-b'])
    .table('rtb-a', 'vpc-a', ['main'], back ?? ['10.1.0.0/16 pcx-ab'])
    .table('rtb-b', 'vpc-b', ['main'], routes ?? ['10.0.0.0/16 pcx-ab']);
  if (acl !== undefined) network.acl('acl-s', 'vpc-a', ['subnet-web'], ...acl).acl('acl-b', 'vpc-b', ['subnet-b'], ...acl);
  return network.estate();
}

/** The interfaces that reach the database's port, each by a witness that the simulator has replayed. */
function senders(changes: Changes): string[] {
  const { exposures, problems } = assessNetwork(estate(changes), 'inspector-v2', { lateral: true });
  assert.deepEqual(problems, []);
  return exposures
    .filter(({ source, interface: to }) => source.kind === 'security-group' && to === 'eni-db')
    .map(({ path, source }) => `${path[0]?.id} ${source.id}`)
    .sort();
}

const NEAR = 'eni-near sg-web';
const WEB = 'eni-web sg-web';
const PEER = 'eni-b sg-b';

test('members of groups are senders only on request', () => {
  const { exposures } = assessNetwork(estate({}), 'extended');
  assert.deepEqual(
    exposures.filter(({ source }) => source.kind === 'security-group'),
    [],
  );
});

test('senders are held to their own groups, network ACL and routes, and replies find back by theirs', () => {
  const all = [PEER, NEAR, WEB];
  for (const [what, changes, expected] of [
    ['everything is open', {}, all],
    ['the receiver names a group', { ingress: ['tcp 5432 sg-web'] }, [NEAR, WEB]],
    ['the receiver names a group of the peered VPC', { ingress: ['tcp 5432 sg-b'] }, [PEER]],
    ['their groups let nothing out', { egress: ['tcp 443 0.0.0.0/0'] }, []],
    ['their groups let it out to one address', { egress: ['tcp 5432 10.0.1.10/32'] }, all],
    ["their groups name the receiver's", { egress: ['tcp 5432 sg-db'] }, all],
    ['their network ACL lets nothing out: neighbours need not ask it', { acl: [OPEN, ['1 allow tcp 443 0.0.0.0/0']] }, [NEAR]],
    [
      'their network ACL lets replies in to ports below 1024 only',
      { acl: [['1 allow tcp 0-1023 0.0.0.0/0'], OPEN] },
      [PEER, NEAR, WEB],
    ],
    ['their network ACL takes nothing of the receiver', { acl: [['1 deny all 10.0.1.0/24', ...OPEN], OPEN] }, [NEAR]],
    ['no route there', { routes: [] }, [NEAR, WEB]],
    ['no route back', { back: [] }, [NEAR, WEB]],
    ['the peering is not active', { peering: 'pending-acceptance' }, [NEAR, WEB]],
    ['over a transit gateway', { routes: ['10.0.0.0/16 tgw-1'], back: ['10.1.0.0/16 tgw-1'] }, all],
    ['there over one, back by the other', { routes: ['10.0.0.0/16 tgw-1'] }, all],
    ['a blackhole on the way back', { back: ['10.1.0.0/16 pcx-ab', '10.1.1.0/24 pcx-ab blackhole'] }, [NEAR, WEB]],
  ] as const satisfies readonly (readonly [string, Changes, readonly string[]])[]) {
    assert.deepEqual(senders(changes), expected, what);
  }
});

function ask(from: string, changes: Changes, to = 'eni-db:5432') {
  const target = parseTarget(to);
  assert.ok(target);
  const answer = explainReachability(interpret(estate(changes)), { ...target, from });
  return answer.ok ? answer.value : answer.problem.code;
}

test('explain --from an interface, an instance, a group: exactly, with what stops it', () => {
  for (const from of ['eni-web', 'i-web', 'sg-web']) {
    const open = ask(from, {});
    assert.ok(typeof open === 'object');
    assert.equal(open.verdict, 'reachable');
    assert.equal(open.ways.length, from === 'sg-web' ? 2 : 1);
    const shut = ask(from, { egress: ['tcp 443 0.0.0.0/0'] });
    assert.ok(typeof shut === 'object');
    assert.equal(shut.verdict, 'not-reachable');
    const [{ blockedBy, changes = [] } = {}] = shut.ways;
    assert.deepEqual([blockedBy?.type, blockedBy?.id], ['AWS::EC2::SecurityGroup', 'sg-web']);
    assert.match(changes.join(), /^add a rule to sg-web that allows tcp 5432 to .*outbound$/);
  }
  const lost = ask('eni-b', { back: [] });
  assert.ok(typeof lost === 'object');
  const [{ blockedBy } = {}] = lost.ways;
  assert.deepEqual([lost.verdict, blockedBy?.direction, blockedBy?.id], ['not-reachable', 'reply', 'rtb-a']);
  assert.equal(ask('sg-none', {}), 'network-source-missing');
});

test('what the sender passes that is not known is unknown', () => {
  const network = interpret(estate({}));
  const groups = new Map([...network.groups].filter(([id]) => id !== 'sg-web'));
  const target = parseTarget('eni-db:5432');
  assert.ok(target);
  const answer = explainReachability({ ...network, groups }, { ...target, from: 'eni-web' });
  assert.equal(answer.ok && answer.value.verdict, 'unknown');
});
