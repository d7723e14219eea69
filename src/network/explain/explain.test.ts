/** What stops ways through load balancers, and what cannot be said of targets that the snapshot tells too little of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from '../../../tests/support/estates/builder.ts';
import { interpret } from '../interpret/index.ts';
import type { Network as Interpreted } from '../model.ts';
import { explainEstate, explainReachability } from './index.ts';
import { parseTarget } from './question.ts';

interface Changes {
  readonly balancer?: readonly string[];
  readonly egress?: readonly string[];
  readonly target?: readonly string[];
  /** Of the targets' subnet: inbound, outbound. */
  readonly acl?: readonly [readonly string[], readonly string[]];
  readonly kind?: 'application' | 'network';
  readonly targets?: readonly string[];
  readonly kept?: boolean;
}

/** An instance behind a load balancer in another subnet, both of one zone, and one instance in a zone without a node. */
function shop({
  balancer = ['tcp 80 0.0.0.0/0'],
  egress,
  target = ['tcp 8080 sg-lb'],
  acl,
  kind = 'application',
  targets = ['i-app'],
  kept = true,
}: Changes) {
  const isNetwork = kind === 'network';
  const network = new Network()
    .vpc('vpc-a', '10.0.0.0/16')
    .subnet('subnet-p', 'vpc-a', ['10.0.1.0/24'])
    .subnet('subnet-t', 'vpc-a', ['10.0.11.0/24'])
    .subnet('subnet-z', 'vpc-a', ['10.0.12.0/24'], 'b')
    .igw('igw-a', 'vpc-a')
    .table('rtb-p', 'vpc-a', ['subnet-p'], ['0.0.0.0/0 igw-a'])
    .group('sg-lb', 'vpc-a', balancer, egress)
    .group('sg-app', 'vpc-a', target)
    .eni('eni-app', 'subnet-t', { ip: ['10.0.11.1'], groups: ['sg-app'] })
    .eni('eni-far', 'subnet-z', { ip: ['10.0.12.1'], groups: ['sg-app'] })
    .balancer('shop', {
      kind,
      nodes: { 'subnet-p': '10.0.1.10' },
      public: { 'subnet-p': '54.0.0.1' },
      groups: ['sg-lb'],
      listeners: isNetwork ? { 'TCP 80': ['app'] } : { 'HTTP 80': ['app'] },
    })
    .targetGroup('app', {
      port: 8080,
      vpc: 'vpc-a',
      protocol: isNetwork ? 'TCP' : 'HTTP',
      targets,
      ...(isNetwork ? { attributes: { 'preserve_client_ip.enabled': String(kept) } } : {}),
    });
  return acl === undefined ? network : network.acl('acl-t', 'vpc-a', ['subnet-t'], ...acl);
}

const SHOPS = [new Network().balancerArn('shop'), new Network().balancerArn('shop', 'network')];

/** The way through the load balancer: its verdict, what stops it there or back, and the changes. */
function told(changes: Changes, to = 'i-app:8080', from = 'igw'): string {
  const target = parseTarget(to);
  assert.ok(target);
  const estate = shop(changes).estate();
  const answer = explainEstate(estate, interpret(estate), { ...target, from });
  assert.ok(answer.ok);
  const through = answer.value.ways.filter((way) => way.through !== undefined);
  return through
    .map(({ verdict, blockedBy, changes: all = [] }) =>
      [verdict, blockedBy?.direction, blockedBy?.type.split('::')[2], blockedBy?.id, ...all]
        .filter((one) => one !== undefined)
        .map((word) => SHOPS.reduce((text, arn) => text.replaceAll(arn, 'shop'), word))
        .join(' | '),
    )
    .join('\n');
}

test('a way through a load balancer is told with what closes it, at the node or behind it', () => {
  for (const [what, changes, expected] of [
    ['nothing', {}, 'open'],
    [
      'its own group',
      { balancer: [] },
      'closed | forward | SecurityGroup | sg-lb | add a rule to sg-lb that allows tcp 80 from 1.0.0.0/32',
    ],
    [
      'its own group lets nothing out',
      { egress: [] },
      'closed | forward | SecurityGroup | sg-lb | add a rule to sg-lb that allows tcp 8080 to 10.0.11.1/32 outbound',
    ],
    [
      "the target's group",
      { target: ['tcp 22 0.0.0.0/0'] },
      'closed | forward | SecurityGroup | sg-app | add a rule to sg-app that allows tcp 8080 from 10.0.1.10/32',
    ],
    [
      "the target's network ACL, on the way back",
      { acl: [['1 allow all 0.0.0.0/0'], ['1 allow tcp 1-1023 0.0.0.0/0']] },
      'closed | reply | NetworkAcl | acl-t | add an outbound rule to acl-t that allows tcp 49152 to 10.0.1.10/32',
    ],
    [
      'two things',
      { balancer: [], target: [] },
      'closed | forward | SecurityGroup | sg-lb | add a rule to sg-lb that allows tcp 80 from 1.0.0.0/32 | add a rule to sg-app that allows tcp 8080 from 10.0.1.10/32',
    ],
    ['a target that sees the client', { kind: 'network', target: ['tcp 8080 0.0.0.0/0'] }, 'open'],
    [
      'a target that sees the client and knows only the node',
      { kind: 'network', target: ['tcp 8080 10.0.1.10/32'] },
      'closed | forward | SecurityGroup | sg-app | add a rule to sg-app that allows tcp 8080 from 1.0.0.0/32',
    ],
  ] as const satisfies readonly (readonly [string, Changes, string])[])
    assert.equal(told(changes), expected, what);
});

test('a target in a zone that no node serves, and one that is its own client', () => {
  assert.equal(
    told({ targets: ['i-far'] }, 'i-far:8080'),
    'closed | forward | LoadBalancer | shop | enable eu-west-1b and cross-zone load balancing of shop',
  );
  const own = { kind: 'network', targets: ['i-app'], balancer: ['tcp 80 10.0.0.0/8'], target: ['tcp 8080 10.0.0.0/8'] } as const;
  assert.match(told({ ...own }, 'i-app:8080', 'eni-app'), /^closed \| forward \| LoadBalancer \| shop \| switch client IP/);
  assert.equal(told({ ...own, kept: false }, 'i-app:8080', 'eni-app'), 'open');
});

test('the changes that are named do open it', () => {
  const made = shop({ balancer: [], target: [] }).estate();
  const network = interpret(made);
  const open = (id: string, port: number, cidr: string): [string, NonNullable<ReturnType<Interpreted['groups']['get']>>] => {
    const group = network.groups.get(id);
    assert.ok(group);
    const rule = { protocol: 'tcp', fromPort: port, toPort: port, cidrs: [cidr], prefixLists: [], groups: [] };
    return [id, { ...group, inbound: [rule] }];
  };
  const groups = new Map([...network.groups, open('sg-lb', 80, '1.0.0.0/32'), open('sg-app', 8080, '10.0.1.10/32')]);
  const answer = explainReachability({ ...network, groups }, { target: 'i-app', port: 8080, protocol: 'tcp', from: 'igw' });
  assert.equal(answer.ok && answer.value.verdict, 'reachable');
});

test('a target whose subnet or VPC is missing, or whose load balancers are, is unknown', () => {
  const ask = (change: (network: Interpreted) => Partial<Interpreted>) => {
    const network = interpret(shop({ balancer: [] }).estate());
    const answer = explainReachability({ ...network, ...change(network) }, { target: 'i-app', port: 8080, protocol: 'tcp' });
    return answer.ok ? [answer.value.verdict, answer.value.ways[0]?.unknown?.join()] : [answer.problem.code];
  };
  assert.deepEqual(
    ask(() => ({ subnets: new Map() })),
    ['unknown', 'AWS::EC2::Subnet subnet-t: it is not in the snapshot'],
  );
  assert.deepEqual(
    ask(() => ({ vpcs: new Map() })),
    ['unknown', 'AWS::EC2::VPC vpc-a: it is not in the snapshot'],
  );
  const [verdict, why = ''] = ask(({ missing }) => ({
    missing: new Map([...missing].map(([place]) => [place, new Set(['balancers'] as const)])),
  }));
  assert.deepEqual([verdict, /whether any leads to it is not known/.test(why)], ['unknown', true]);
  const leading = (target: string) =>
    ask(({ routeTables }) => ({
      routeTables: new Map(
        [...routeTables].map(([id, table]) => [
          id,
          { ...table, routes: [...table.routes, { destination: '192.168.0.0/16', target, blackhole: false, propagated: false }] },
        ]),
      ),
    }));
  assert.deepEqual(leading('lgw-1'), ['unknown', 'lgw-1: who comes in by it is not modelled']);
  const accelerated = ask(({ interfaces }) => {
    const app = interfaces.get('eni-app');
    assert.ok(app);
    const { instance: _, ...own } = app;
    return { interfaces: new Map([...interfaces, ['eni-ga', { ...own, id: 'eni-ga', type: 'global_accelerator_managed' }]]) };
  });
  assert.deepEqual(accelerated, ['unknown', 'AWS::GlobalAccelerator::Accelerator of vpc-a: who comes in by it is not modelled']);
  assert.deepEqual(
    ask(() => ({})),
    ['not-reachable', undefined],
  );
});
