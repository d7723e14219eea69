/** Random edits of an estate's security groups, network ACLs and route tables: one row at a time, as an administrator would. */
import type { CallId } from '../../../src/estate/calls.ts';
import type { Estate, EstateRegion, Row } from '../../../src/estate/estate.ts';
import { memoryEstate } from '../../../src/estate/memory.ts';
import { text } from '../../../src/inventory/values.ts';
import { rowsOf } from '../../../src/network/interpret/rows.ts';
import type { diceOf } from './random.ts';

type Dice = ReturnType<typeof diceOf>;

const ID = {
  'ec2.DescribeSecurityGroups': 'GroupId',
  'ec2.DescribeNetworkAcls': 'NetworkAclId',
  'ec2.DescribeRouteTables': 'RouteTableId',
} as const satisfies Partial<Record<CallId, string>>;

/** The lists of each that are edited. */
const LISTS = {
  'ec2.DescribeSecurityGroups': ['IpPermissions', 'IpPermissions', 'IpPermissionsEgress'],
  'ec2.DescribeNetworkAcls': ['Entries', 'Entries'],
  'ec2.DescribeRouteTables': ['Routes', 'Routes'],
} as const;

type Edited = keyof typeof ID;

export interface Edit {
  readonly call: Edited;
  /** The estate afterwards. */
  readonly estate: Estate;
  /** Only the row, as it was and as it is. */
  readonly before: EstateRegion;
  readonly after: EstateRegion;
}

function tableOf(region: EstateRegion, call: CallId): readonly Row[] {
  const table = region.table(call);
  return table.kind === 'rows' ? table.rows : [];
}

function only({ account, region }: EstateRegion, call: Edited, rows: readonly Row[]): EstateRegion {
  const [found] = memoryEstate([{ account, region, tables: { [call]: rows } }]).regions;
  if (found === undefined) throw new Error('an estate without its region');
  return found;
}

function pickFrom<T>(dice: Dice, list: readonly T[]): T | undefined {
  return list[dice.below(list.length)];
}

/** Another value where a member has one: of some other element of the same kind. */
function mixed(dice: Dice, element: Row, other: Row): Row {
  const shared = Object.keys(element).filter((member) => member in other);
  const member = pickFrom(dice, shared);
  return member === undefined ? element : { ...element, [member]: dice.chance(0.05) ? 'unreadable' : other[member] };
}

/** One element taken away, doubled from another row, or mixed with one. */
function editList(dice: Dice, own: readonly Row[], all: readonly Row[]): readonly Row[] {
  const place = dice.below(own.length);
  const other = pickFrom(dice, all);
  const element = own[place];
  if (other === undefined || element === undefined) return other === undefined ? own : [other];
  if (dice.chance(0.3)) return own.filter((_, index) => index !== place);
  if (dice.chance(0.4)) return own.toSpliced(place, 0, other);
  const next = 'State' in element && dice.chance(0.4) ? { ...element, State: 'blackhole' } : mixed(dice, element, other);
  return own.with(place, next);
}

/** An edit of a random row of the first region; undefined when there is none. */
export function randomEdit(estate: Estate, dice: Dice): Edit | undefined {
  const call = dice.pick<Edited>([
    'ec2.DescribeSecurityGroups',
    'ec2.DescribeSecurityGroups',
    'ec2.DescribeNetworkAcls',
    'ec2.DescribeRouteTables',
  ]);
  const [region, ...others] = estate.regions;
  if (region === undefined) return undefined;
  const rows = tableOf(region, call);
  const row = pickFrom(dice, rows);
  if (row === undefined) return undefined;
  const list = dice.pick(LISTS[call]);
  const gone = call === 'ec2.DescribeSecurityGroups' && dice.chance(0.05);
  const edited = {
    ...row,
    [list]: editList(
      dice,
      rowsOf(row[list]),
      rows.flatMap((one) => rowsOf(one[list])),
    ),
  };
  const replacement = gone ? [] : [edited];
  const next = rows.flatMap((one) => (text(one[ID[call]]) === text(row[ID[call]]) ? replacement : [one]));
  const changed: EstateRegion = {
    account: region.account,
    region: region.region,
    table: (asked) => (asked === call ? { kind: 'rows', rows: next } : region.table(asked)),
    tables: (asked) => region.tables(asked),
  };
  return {
    call,
    estate: { regions: [changed, ...others], problems: estate.problems },
    before: only(region, call, [row]),
    after: only(region, call, replacement),
  };
}
