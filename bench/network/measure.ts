/** One measurement in a process of its own, as JSON. Usage: node bench/network/measure.ts full|edits|pairs INTERFACES */
import type { EstateRegion, Row } from '../../src/estate/estate.ts';
import { memoryEstate } from '../../src/estate/memory.ts';
import { openings } from '../../src/network/analyse.ts';
import { changeOfRows } from '../../src/network/change.ts';
import { interpret } from '../../src/network/interpret/index.ts';
import { rowsOf } from '../../src/network/interpret/rows.ts';
import { LiveNetwork } from '../../src/network/live.ts';
import { hasUnknowns } from '../../src/network/unknowns.ts';
import { type Spread, spreadOf } from '../results.ts';
import { bigEstate } from './estate.ts';
import { analysePairwise } from './pairwise.ts';

export interface Measured {
  /** Reading the rows included. */
  readonly milliseconds: number;
  /** Processor time of all threads, the garbage collector's too: what other load on the machine disturbs less. */
  readonly cpuMilliseconds: number;
  readonly peakBytes: number;
  readonly exposures: number;
}

export interface MeasuredEdits {
  /** From the changed row to what it opened and closed, one value for each edit. */
  readonly milliseconds: Spread;
  /** 19 of 20 edits take no longer. */
  readonly percentile95: number;
  /** Interfaces that were looked at again. */
  readonly lookedAt: Spread;
  /** Exposures that were opened, closed or changed by all edits. */
  readonly differences: number;
}

export interface MeasuredPairs extends Omit<Measured, 'exposures'> {
  /** The plain way finds the same exposures to the Internet as the sets do. */
  readonly internet: number;
  readonly open: number;
}

const EDITS = 300;
const CALL = 'ec2.DescribeSecurityGroups';

function estateOf(interfaces: number) {
  return bigEstate({
    interfaces,
    groups: Math.ceil(interfaces * 0.06),
    subnets: Math.max(30, Math.ceil(interfaces * 0.03)),
  });
}

/** Wall and processor time since then. */
function since(start: { readonly wall: number; readonly cpu: NodeJS.CpuUsage }) {
  const { user, system } = process.cpuUsage(start.cpu);
  return { milliseconds: Math.round(performance.now() - start.wall), cpuMilliseconds: Math.round((user + system) / 1000) };
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function measureFull(interfaces: number): Measured {
  const estate = estateOf(interfaces);
  const start = { wall: performance.now(), cpu: process.cpuUsage() };
  let exposures = 0;
  let hops = 0;
  const network = interpret(estate);
  if (hasUnknowns(network)) throw new Error('something is unknown: the estate lacks a table');
  for (const { exposure } of openings(network)) {
    exposures += 1;
    hops += exposure.path.length;
  }
  const times = since(start);
  if (hops === 0) throw new Error('nothing is reachable: the estate is not what this script thinks');
  return { ...times, exposures, peakBytes: peakBytes() };
}

/** Every second edit opens a port to everybody, the others take a rule away. */
function edited(row: Row, number: number): Row {
  const rules = rowsOf(row.IpPermissions);
  const port = 1 + ((number * 7919) % 65_535);
  const opened = { IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  return { ...row, IpPermissions: number % 2 === 0 ? [...rules, opened] : rules.slice(1) };
}

function only(row: Row): EstateRegion {
  const [region] = memoryEstate([{ account: '111111111111', region: 'eu-west-1', tables: { [CALL]: [row] } }]).regions;
  if (region === undefined) throw new Error('an estate without its region');
  return region;
}

function exposuresOf(live: LiveNetwork): string[] {
  return live.interfaces.flatMap((id) => Array.from(live.openingsInto(id), ({ exposure }) => JSON.stringify(exposure)));
}

function measureEdits(interfaces: number): MeasuredEdits {
  const estate = estateOf(interfaces);
  const network = interpret(estate);
  const live = new LiveNetwork(network);
  // What a service has done before anything changes.
  for (const id of live.interfaces)
    for (const { exposure } of live.openingsInto(id)) if (exposure.path.length === 0) throw new Error(exposure.id);
  const table = estate.regions[0]?.table(CALL);
  const rows = table?.kind === 'rows' ? [...table.rows] : [];
  const times: number[] = [];
  const looked: number[] = [];
  let differences = 0;
  for (let number = 0; number < EDITS; number++) {
    const place = (number * 7919) % rows.length;
    const before = rows[place] ?? {};
    const after = edited(before, number);
    const start = performance.now();
    const change = changeOfRows(network, only(before), only(after));
    if (change === undefined) throw new Error('an edited group cannot be followed');
    const { opened, closed, changed, interfaces: again } = live.reassess(change);
    times.push(performance.now() - start);
    looked.push(again.length);
    differences += opened.length + closed.length + changed.length;
    rows[place] = after;
  }
  // What was followed is what a fresh analysis of the edited rows says; of large estates it would take the memory of two.
  if (interfaces <= 10_000) {
    const groups = new Map(network.groups);
    for (const row of rows)
      for (const [id, group] of changeOfRows(network, only({ GroupId: row.GroupId }), only(row))?.groups ?? [])
        if (group !== undefined) groups.set(id, group);
    const fresh = exposuresOf(new LiveNetwork({ ...network, groups }));
    if (fresh.join('\n') !== exposuresOf(live).join('\n')) throw new Error('a followed analysis differs from a fresh one');
  }
  return {
    milliseconds: spreadOf(times.map((one) => Number(one.toFixed(2)))),
    percentile95: times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0,
    lookedAt: spreadOf(looked),
    differences,
  };
}

function measurePairs(interfaces: number): MeasuredPairs {
  const estate = estateOf(interfaces);
  const start = { wall: performance.now(), cpu: process.cpuUsage() };
  const network = interpret(estate);
  const { internet, peering, open } = analysePairwise(network);
  const times = since(start);
  const peak = peakBytes();
  let [ownInternet, ownPeering] = [0, 0];
  for (const { exposure } of openings(network)) {
    if (exposure.source.kind === 'internet') ownInternet++;
    else ownPeering++;
  }
  // Over peerings the sets also see addresses that no interface has yet.
  if (internet !== ownInternet || peering > ownPeering)
    throw new Error(`the plain way finds ${internet} + ${peering} exposures, the sets ${ownInternet} + ${ownPeering}`);
  return { ...times, peakBytes: peak, internet, open };
}

const KINDS = { full: measureFull, edits: measureEdits, pairs: measurePairs } as const;

function isKind(text: string | undefined): text is keyof typeof KINDS {
  return text !== undefined && text in KINDS;
}

const [kind, interfaces] = process.argv.slice(2);
if (import.meta.main && isKind(kind)) process.stdout.write(JSON.stringify(KINDS[kind](Number(interfaces))));
