/** Estates with damage: members lost, of another type, absurd or naming what is not there; rows twice, in contradiction, in circles. */
import { CALLS, type CallId } from '../../../src/estate/calls.ts';
import type { Estate, EstateRegion, Row, Table } from '../../../src/estate/estate.ts';
import { diceOf } from './random.ts';

const ODD: readonly unknown[] = [
  null,
  [],
  {},
  '',
  'x',
  -1,
  1e308,
  Number.NaN,
  2 ** 53,
  true,
  [null],
  [[[]]],
  { '': {} },
  '__proto__',
  '0.0.0.0/0',
  '::/0',
  '999.1.1.1/99',
  'pl-gone',
  '\u0000\ud800',
];

type Dice = ReturnType<typeof diceOf>;
type Damage = (value: unknown, dice: Dice, depth: number) => unknown;

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Somewhere inside of a value something else; every text of one place may also move to another. */
function harm(value: unknown, dice: Dice, strings: readonly string[], depth = 0): unknown {
  const again: Damage = (inner) => harm(inner, dice, strings, depth + 1);
  const here = depth > 0 && dice.chance(0.25);
  if (here && dice.chance(0.5)) return ODD[dice.below(ODD.length)];
  if (here && typeof value === 'string') return strings[dice.below(strings.length)] ?? value;
  if (Array.isArray(value) && value.length > 0) {
    const index = dice.below(value.length);
    if (here && dice.chance(0.3)) return value.filter((_, at) => at !== index);
    if (here && dice.chance(0.3)) return [...value, value[index]];
    return value.map((item: unknown, at) => (at === index ? again(item, dice, depth) : item));
  }
  if (!isRow(value)) return here ? ODD[dice.below(ODD.length)] : value;
  const keys = Object.keys(value);
  const key = keys[dice.below(keys.length)];
  if (key === undefined) return value;
  if (here && dice.chance(0.4)) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  return { ...value, [key]: again(value[key], dice, depth) };
}

function gather(value: unknown, into: Set<string>): void {
  if (typeof value === 'string' && value.length < 200) into.add(value);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) gather(inner, into);
}

function harmTable(table: Table, dice: Dice, strings: readonly string[]): Table {
  if (table.kind !== 'rows' || dice.chance(0.05)) return { kind: 'failed', code: 'Damaged', message: 'damaged' };
  const { rows } = table;
  const index = dice.below(rows.length);
  const row = rows[index];
  if (row === undefined) return table;
  const changed = Array.from({ length: 1 + dice.below(3) }).reduce<unknown>((one) => harm(one, dice, strings), row);
  // Rows of a snapshot are objects, whatever is in them.
  const made = isRow(changed) ? changed : {};
  return { kind: 'rows', rows: dice.chance(0.2) ? [...rows, made] : rows.map((one, at) => (at === index ? made : one)) };
}

/** An estate with a few of its tables damaged, the same for every seed. */
export function damagedEstate(estate: Estate, seed: number): Estate {
  const dice = diceOf(seed);
  const found = new Set<string>();
  const calls = Object.keys(CALLS).filter((call): call is CallId => call in CALLS);
  for (const region of estate.regions)
    for (const call of calls) for (const table of [region.table(call), ...region.tables(call).values()]) gather(table, found);
  const strings = [...found];
  const damaged = new Set(Array.from({ length: 1 + dice.below(4) }, () => calls[dice.below(calls.length)]));
  const regions = estate.regions.map((region): EstateRegion => {
    const table = new Map(
      calls.map((call) => [call, damaged.has(call) ? harmTable(region.table(call), dice, strings) : region.table(call)]),
    );
    const tables = new Map(
      calls.map((call) => {
        const things = [...region.tables(call)].map(
          ([thing, one]) => [thing, damaged.has(call) && dice.chance(0.5) ? harmTable(one, dice, strings) : one] as const,
        );
        return [call, new Map(things)];
      }),
    );
    return {
      account: region.account,
      region: region.region,
      table: (call) => table.get(call) ?? { kind: 'absent' },
      tables: (call) => tables.get(call) ?? new Map(),
    };
  });
  return { regions, problems: estate.problems };
}
