import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { estates, plainEstate } from '../../../tests/support/estate.ts';
import type { Estate } from '../../estate/estate.ts';
import { memoryEstate } from '../../estate/memory.ts';
import { everyCall } from '../../estate/names.ts';
import { openEstate } from '../../estate/read.ts';
import { fields, items } from '../../inventory/values.ts';
import { awsError, type Client, type Connection, openClient } from '../clients.ts';
import { type Asked, type DoubleOptions, type Fault, serveEstate } from '../double/server.ts';
import { type Collected, type CollectOptions, collect } from './collect.ts';
import { paceOf } from './pace.ts';
import { actionOf, collectorPolicy } from './policy.ts';

/** Retries at once: the SDK's own strategy waits. */
const AT_ONCE: Connection['retryStrategy'] = {
  acquireInitialRetryToken: async () => token(0),
  refreshRetryTokenForRetry: async (last, { errorType }) => {
    if (errorType === 'CLIENT_ERROR' || last.getRetryCount() > 5) throw new Error('no more');
    return token(last.getRetryCount() + 1);
  },
  recordSuccess() {},
};

function token(count: number) {
  return { getRetryCount: () => count, getRetryDelay: () => 0 };
}

const credentials = { accessKeyId: 'AKIA111122223333', secretAccessKey: 'not a secret' };

async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'vedette-test-'));
  try {
    return await use(join(directory, 'estate'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function withDouble<T>(
  estate: Estate,
  options: DoubleOptions,
  use: (connection: Connection, asked: readonly Asked[]) => Promise<T>,
): Promise<T> {
  const double = await serveEstate(estate, options);
  try {
    return await use({ endpoint: double.url, region: 'eu-west-1', credentials, retryStrategy: AT_ONCE }, double.asked);
  } finally {
    await double.close();
  }
}

async function collected(options: CollectOptions): Promise<Collected> {
  const result = await collect({ perSecond: 1e6, ...options });
  assert.ok(result.ok, result.ok ? '' : result.problem.message);
  return result.value;
}

async function opened(directory: string): Promise<Estate> {
  const result = await openEstate(directory);
  assert.ok(result.ok, result.ok ? '' : result.problem.message);
  return result.value;
}

const FAULTS: readonly Fault[] = [
  { kind: 'error', status: 503, code: 'RequestLimitExceeded', message: 'Request limit exceeded.' },
  { kind: 'error', status: 400, code: 'Throttling', message: 'Rate exceeded' },
  { kind: 'error', status: 500, code: 'InternalError', message: 'oops' },
  { kind: 'page', status: 502 },
  { kind: 'cut' },
  { kind: 'slow', milliseconds: 1 },
];

test('what is collected from a served estate is the estate: pages, errors and faults included', async () => {
  const faults = fc.array(fc.option(fc.constantFrom(...FAULTS), { freq: 3 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(estates(), fc.integer({ min: 1, max: 4 }), faults, async (estate, pageSize, plan) => {
      const tries = new Map<string, number>();
      let request = 0;
      const fault = (asked: Asked): Fault | undefined => {
        const key = JSON.stringify(asked);
        const before = tries.get(key) ?? 0;
        tries.set(key, before + 1);
        return before < 3 ? (plan[request++ % (plan.length + 3)] ?? undefined) : undefined;
      };
      await withDouble(estate, { pageSize, fault }, (connection) =>
        withDirectory(async (directory) => {
          await collected({ directory, connection, regions: 'all' });
          const read = await opened(directory);
          assert.deepEqual(read.problems, []);
          assert.deepEqual(plainEstate(read), plainEstate(estate));
        }),
      );
    }),
    { numRuns: 8 },
  );
});

/** Every call that is asked once, without rows. */
const empty = Object.fromEntries(
  everyCall().flatMap(([id, { per, single }]) => (per === undefined ? [[id, single === true ? [{}] : []]] : [])),
);
const small = memoryEstate(['111122223333', '444455556666'].map((account) => ({ account, region: 'eu-west-1', tables: empty })));
const route = { DestinationCidrBlock: '10.0.0.0/8', State: 'active' };
const listing = memoryEstate([
  {
    account: '111122223333',
    region: 'eu-west-1',
    tables: {
      ...empty,
      'ec2.DescribeTransitGatewayRouteTables': [1, 2, 3].map((at) => ({ TransitGatewayRouteTableId: `tgw-rtb-${at}` })),
      'ec2.DescribeVpcs': [1, 2, 3, 4, 5].map((at) => ({ VpcId: `vpc-${at}` })),
    },
    perTables: {
      'ec2.SearchTransitGatewayRoutes': { 'tgw-rtb-1': [route], 'tgw-rtb-2': [], 'tgw-rtb-3': [route, route] },
    },
  },
]);

test('what is refused is recorded and told once for each call; resuming asks for that only', async () => {
  const refused = new Set(['ec2.DescribeVpcs', 'ec2.SearchTransitGatewayRoutes', 'elbv2.DescribeLoadBalancers']);
  let refusing = true;
  const fault = ({ call }: Asked): Fault | undefined =>
    refusing && refused.has(call) ? { kind: 'error', status: 403, code: 'UnauthorizedOperation', message: 'No.' } : undefined;
  await withDouble(listing, { pageSize: 2, fault }, (connection, asked) =>
    withDirectory(async (directory) => {
      const first = await collected({ directory, connection });
      assert.deepEqual([first.accounts, first.regions, first.failed], [['111122223333'], 1, 5]);
      assert.equal(first.problems.length, 3);
      for (const { code, message, effect } of first.problems) {
        assert.deepEqual([code, effect], ['aws-call-failed', 'incomplete']);
        assert.match(message, /UnauthorizedOperation: No\. .*--print-policy/);
      }
      assert.match(first.problems[1]?.message ?? '', /ec2:SearchTransitGatewayRoutes of tgw-rtb-1 .* and 2 more failed/);
      const [region] = (await opened(directory)).regions;
      assert.deepEqual(region?.table('ec2.DescribeVpcs'), { kind: 'failed', code: 'UnauthorizedOperation', message: 'No.' });

      const again = await collect({ directory, connection });
      assert.equal(again.ok ? 'collected' : again.problem.code, 'estate-exists');

      refusing = false;
      const before = asked.length;
      const second = await collected({ directory, connection, resume: true });
      assert.deepEqual([second.failed, second.problems], [0, []]);
      const calls = asked.slice(before).map(({ call, thing, from }) => [call, thing ?? '', from].join(' '));
      assert.deepEqual(calls.sort(), [
        'ec2.DescribeVpcs  0',
        'ec2.DescribeVpcs  2',
        'ec2.DescribeVpcs  4',
        'ec2.SearchTransitGatewayRoutes tgw-rtb-1 0',
        'ec2.SearchTransitGatewayRoutes tgw-rtb-2 0',
        'ec2.SearchTransitGatewayRoutes tgw-rtb-3 0',
        'elbv2.DescribeLoadBalancers  0',
        'sts.GetCallerIdentity  0',
      ]);
      assert.deepEqual(plainEstate(await opened(directory)), plainEstate(listing));
    }),
  );
});

test('a run that was cut off at any request is resumed to the whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 50 }), async (until) => {
      let requests = 0;
      let broken = true;
      const fault = (): Fault | undefined => (broken && ++requests > until ? { kind: 'cut' } : undefined);
      await withDouble(listing, { pageSize: 2, fault }, (connection) =>
        withDirectory(async (directory) => {
          const first = await collected({ directory, connection });
          const read = await opened(directory);
          assert.deepEqual(read.problems, []);
          assert.equal(first.failed > 0, first.problems.length > 0);
          broken = false;
          const second = await collected({ directory, connection, resume: true });
          assert.deepEqual(second.problems, []);
          assert.deepEqual(plainEstate(await opened(directory)), plainEstate(listing));
        }),
      );
    }),
    { numRuns: 3 },
  );
});

test("other accounts by their roles, and the SDK's own retries", async () => {
  let throttled = false;
  const fault = ({ call }: Asked): Fault | undefined => {
    if (throttled || call !== 'elb.DescribeLoadBalancers') return undefined;
    throttled = true;
    return { kind: 'error', status: 503, code: 'Throttling', message: 'Rate exceeded' };
  };
  await withDouble(small, { fault }, (connection, asked) =>
    withDirectory(async (directory) => {
      const roleArns = ['444455556666', '111122223333'].map((account) => `arn:aws:iam::${account}:role/audit/reader`);
      const done = await collected({ directory, connection: { ...connection, retryStrategy: undefined }, roleArns });
      assert.deepEqual([done.accounts, done.failed], [['111122223333', '444455556666'], 0]);
      assert.ok(throttled);
      assert.equal(asked.filter(({ call }) => call === 'sts.AssumeRole').length, 2, 'clients share credentials');
      assert.deepEqual(plainEstate(await opened(directory)), plainEstate(small));
    }),
  );
});

test('an account that cannot be entered is told, the others are collected', async () => {
  await withDouble(small, {}, (connection) =>
    withDirectory(async (directory) => {
      const roleArns = ['not-a-role', 'arn:aws:iam::111122223333:role/reader'];
      const done = await collected({ directory, connection, roleArns });
      assert.deepEqual(done.accounts, ['111122223333']);
      assert.deepEqual(
        done.problems.map(({ code }) => code),
        ['aws-no-session'],
      );
      const none = await collect({ directory, connection, roleArns: ['not-a-role'], resume: true });
      assert.equal(none.ok ? 'collected' : none.problem.code, 'aws-no-session');
    }),
  );
});

test('a snapshot of another version is not continued', async () => {
  await withDouble(small, {}, (connection) =>
    withDirectory(async (directory) => {
      mkdirSync(directory);
      writeFileSync(join(directory, 'estate.json'), '{"schemaVersion":2}');
      const result = await collect({ directory, connection, resume: true });
      assert.equal(result.ok ? 'collected' : result.problem.code, 'estate-version');
    }),
  );
});

test('the double refuses what it does not understand', async () => {
  await withDouble(listing, {}, async (connection) => {
    const client = await openClient('ec2', connection);
    const elb = await openClient('elb', connection);
    const asked: (readonly [Client, string, Readonly<Record<string, unknown>>, string])[] = [
      [client, 'DescribeVpcs', { VpcIds: ['vpc-1'] }, 'InvalidParameter'],
      [client, 'DescribeVpcs', { Filters: [{ Name: 'vpc-id', Values: ['vpc-1'] }] }, 'InvalidParameter'],
      [client, 'DescribeVpcs', { NextToken: 'x' }, 'InvalidNextToken'],
      [client, 'DescribeImages', {}, 'InvalidAction'],
      [client, 'SearchTransitGatewayRoutes', { TransitGatewayRouteTableId: 'tgw-rtb-9', Filters: [] }, 'InvalidAction'],
      [elb, 'DescribeInstanceHealth', { LoadBalancerName: 'x' }, 'InvalidAction'],
    ];
    for (const [one, name, input, code] of asked) {
      await assert.rejects(one.send(name, input), (error) => awsError(error).code === code, name);
    }
    assert.equal(awsError(new Error('for AKIA1234567890123456\u001b[31m')).message, 'for AKIA… [31m');
    client.destroy();
    elb.destroy();
  });
});

test('the pace: a burst, then so many per second', async () => {
  let now = 0;
  const sleep = async (milliseconds: number): Promise<void> => {
    now += milliseconds;
  };
  const pace = paceOf(10, 3, { now: () => now, sleep });
  const times: number[] = [];
  for (let request = 0; request < 6; request++) {
    await pace();
    times.push(now);
  }
  assert.deepEqual(times, [0, 0, 0, 100, 200, 300]);
  now += 10_000;
  for (let request = 0; request < 4; request++) await pace();
  assert.equal(now, 10_400);
});

test('the policy allows every call, reads only', () => {
  const [statement] = items(fields(collectorPolicy())?.Statement).map(fields);
  const actions = items(statement?.Action);
  for (const [, call] of everyCall()) assert.ok(actions.includes(actionOf(call)), call.name);
  for (const action of actions) assert.match(String(action), /^(ec2|elasticloadbalancing):(Describe|Get|Search)\w+$/);
  assert.deepEqual([...actions].sort(), actions);
});
