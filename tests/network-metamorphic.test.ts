/** Changes of random networks after which reachability must have grown, shrunk, or stayed the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Estate, Row } from '../src/estate/estate.ts';
import { rowsOf } from '../src/network/interpret/rows.ts';
import { SPACE4 } from '../src/network/sets/space.ts';
import { contains } from '../src/network/sets/spans.ts';
import { diceOf, randomEstate } from './support/estates/random.ts';
import { beyond, has, pointsOf, type Reached, reachedIn } from './support/estates/reached.ts';
import {
  asIpv6,
  changing,
  entriesOf,
  halves,
  mapped,
  renamed,
  rewrite,
  shuffled,
  shuffledRow,
} from './support/estates/rewrite.ts';

type Dice = ReturnType<typeof diceOf>;
type Ports = readonly [first: number, last: number];

const SEEDS = process.env.CI === 'true' ? 500 : 80;
const GROUPS = 'ec2.DescribeSecurityGroups';
const ACLS = 'ec2.DescribeNetworkAcls';

const ANY_RANGE = ['0.0.0.0/0', '8.8.0.0/16', '10.0.0.0/8', '10.1.1.0/24', '192.168.0.0/16', '::/0', '2a00::/16'] as const;
const ANY_PORTS: readonly [Ports, ...Ports[]] = [
  [0, 65_535],
  [22, 22],
  [80, 8080],
  [1024, 40_000],
];

/** Holds a property against random networks; some of them with gaps; `check` tells whether it was put to the test. */
function holds(what: string, check: (estate: Estate, dice: Dice) => boolean): void {
  test(`${SEEDS} random networks: ${what}`, () => {
    let tried = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const estate = randomEstate(seed, { gaps: seed % 4 === 0 });
      try {
        if (check(estate, diceOf(seed + 7_000_000))) tried++;
      } catch (error) {
        if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`;
        throw error;
      }
    }
    assert.ok(tried > SEEDS / 10, `only ${tried} were put to the test`);
  });
}

function same(before: Reached, after: Reached): boolean {
  assert.equal(beyond(before, after), undefined, 'lost');
  assert.equal(beyond(after, before), undefined, 'gained');
  return before.size > 0;
}

function rule(dice: Dice): Row {
  const cidr = dice.pick(ANY_RANGE);
  const [FromPort, ToPort] = dice.pick(ANY_PORTS);
  const ranges = cidr.includes(':') ? { Ipv6Ranges: [{ CidrIpv6: cidr }] } : { IpRanges: [{ CidrIp: cidr }] };
  if (dice.chance(0.2)) return { IpProtocol: '-1', ...ranges };
  if (dice.chance(0.2))
    return { IpProtocol: 'tcp', FromPort, ToPort, UserIdGroupPairs: [{ GroupId: 'sg-0-1', UserId: '111111111111' }] };
  return { IpProtocol: dice.pick(['tcp', 'udp']), FromPort, ToPort, ...ranges };
}

holds('one more rule of a security group never shrinks reachability', (estate, dice) => {
  const before = reachedIn(estate);
  const list = dice.chance(0.8) ? 'IpPermissions' : 'IpPermissionsEgress';
  const added = rule(dice);
  const which = dice.below(3);
  const after = changing(estate, GROUPS, (row, index) =>
    index % 3 === which ? { ...row, [list]: [...rowsOf(row[list]), added] } : row,
  );
  const now = reachedIn(after);
  assert.equal(beyond(before, now), undefined);
  return beyond(now, before) !== undefined;
});

holds('one more denial of a network ACL never grows it', (estate, dice) => {
  const before = reachedIn(estate);
  const [From, To] = dice.pick(ANY_PORTS);
  const cidr = dice.pick(ANY_RANGE);
  const denial = {
    RuleNumber: dice.below(dice.chance(0.5) ? 100 : 1000),
    RuleAction: 'deny',
    Egress: dice.chance(0.5),
    Protocol: dice.pick(['6', '17', '-1']),
    PortRange: { From, To },
    ...(cidr.includes(':') ? { Ipv6CidrBlock: cidr } : { CidrBlock: cidr }),
  };
  const after = changing(estate, ACLS, (row) => ({ ...row, Entries: [denial, ...rowsOf(row.Entries)] }));
  const now = reachedIn(after);
  assert.equal(beyond(now, before), undefined);
  return beyond(before, now) !== undefined;
});

holds('the order of rows, rules, groups and sources changes nothing', (estate, dice) => {
  const after = rewrite(estate, (_, rows) => shuffled(dice, rows).map((row) => shuffledRow(dice, row)));
  return same(reachedIn(estate), reachedIn(after));
});

holds('other numbers of network ACL entries in the same order change nothing', (estate) => {
  const after = changing(estate, ACLS, (row) => {
    const { own, last } = entriesOf(row);
    return { ...row, Entries: [...own.map((entry) => ({ ...entry, RuleNumber: Number(entry.RuleNumber) * 7 + 3 })), ...last] };
  });
  return same(reachedIn(estate), reachedIn(after));
});

holds('ranges of security groups and network ACLs in two halves change nothing', (estate) => {
  const split = (member: string) => (value: unknown) =>
    rowsOf(value).flatMap((one) => {
      const cidr = one[member];
      return typeof cidr === 'string' && /\//.test(cidr) ? halves(cidr).map((half) => ({ ...one, [member]: half })) : [one];
    });
  const rules = (value: unknown) =>
    rowsOf(value).map((one) => ({
      ...one,
      IpRanges: split('CidrIp')(one.IpRanges),
      Ipv6Ranges: split('CidrIpv6')(one.Ipv6Ranges),
    }));
  const groups = changing(estate, GROUPS, (row) => ({
    ...row,
    IpPermissions: rules(row.IpPermissions),
    IpPermissionsEgress: rules(row.IpPermissionsEgress),
  }));
  const after = changing(groups, ACLS, (row) => {
    const { own, last } = entriesOf(row);
    const parts = own.flatMap((entry) => {
      const member = typeof entry.CidrBlock === 'string' ? 'CidrBlock' : 'Ipv6CidrBlock';
      return halves(String(entry[member])).map((half, index) => ({
        ...entry,
        [member]: half,
        RuleNumber: Number(entry.RuleNumber) * 2 + index,
      }));
    });
    return { ...row, Entries: [...parts, ...last] };
  });
  return same(reachedIn(estate), reachedIn(after));
});

holds('a rule or an entry twice changes nothing', (estate) => {
  const twice = changing(estate, GROUPS, (row) => ({
    ...row,
    IpPermissions: [...rowsOf(row.IpPermissions), ...rowsOf(row.IpPermissions)],
    IpPermissionsEgress: [...rowsOf(row.IpPermissionsEgress), ...rowsOf(row.IpPermissionsEgress)],
  }));
  const after = changing(twice, ACLS, (row) => {
    const { own, last } = entriesOf(row);
    // The second one comes later, where its first one has decided already.
    return {
      ...row,
      Entries: [...own, ...own.map((entry) => ({ ...entry, RuleNumber: Number(entry.RuleNumber) + 10_000 })), ...last],
    };
  });
  return same(reachedIn(estate), reachedIn(after));
});

holds('other ids change nothing but the ids', (estate) => {
  const turned = (row: Row): Row => JSON.parse(renamed(JSON.stringify(row)));
  const after = reachedIn(rewrite(estate, (_, rows) => rows.map(turned), renamed));
  return same(reachedIn(estate), new Map([...after].map(([key, boxes]) => [renamed(key), boxes])));
});

test(`${SEEDS} random networks: the same network of IPv6 addresses is reached alike`, () => {
  let compared = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const estate = randomEstate(seed, { kernel: true });
    const four = reachedIn(estate);
    if ([...four.keys()].every((key) => !/ 10\.\d+\.\d+\.\d+ /.test(key))) continue;
    const six = reachedIn(rewrite(estate, (call, rows) => rows.map((row) => asIpv6(call, row))));
    const prefix = BigInt(0x2a00_4444);
    for (const [key, boxes] of four) {
      const theirs = six.get(key.replace(/\d+\.\d+\.\d+\.\d+/, mapped)) ?? [];
      const shrunk = theirs.map((box) => ({
        ...box,
        sources: box.sources.map(([first, last]) => [lower(first, prefix), lower(last, prefix)] as const),
      }));
      for (const point of pointsOf([...boxes, ...shrunk])) {
        // Not every place of one family is one of the Internet in the other.
        if (/ internet /.test(key) && !contains(SPACE4.internet, Number(point.source))) continue;
        compared++;
        const above = { ...point, source: (prefix << 96n) | (point.source << 64n) };
        assert.equal(
          has(theirs, above),
          has(boxes, point),
          `seed ${seed}: ${key} from ${point.source}:${point.client} to ${point.port}`,
        );
      }
    }
  }
  assert.ok(compared > SEEDS * 50, `${compared} points`);
});

/** An address of the mapped network as the IPv4 one; what is beyond it as the end of it. */
function lower(address: bigint, prefix: bigint): bigint {
  const head = address >> 96n;
  if (head < prefix) return 0n;
  return head > prefix ? 0xffff_ffffn : (address >> 64n) & 0xffff_ffffn;
}
