/** From the files of a snapshot to the tables of its regions: several files may speak of one answer, and some names are short. */
import { text } from '../inventory/values.ts';
import { incomplete, notice, type Problem } from '../model/problem.ts';
import { CALLS, type Call, type CallId } from './calls.ts';
import type { EstateRegion, Table } from './estate.ts';
import { regionOf, sortRegions } from './memory.ts';
import { describePlace, everyCall, type FileForm, lastPart, type TablePlace } from './names.ts';
import { failedTable, maybeWarning, unusable } from './table-file.ts';

/** What one file says about an answer; `hollow` = it is empty. */
export interface Source {
  readonly path: string;
  readonly form: FileForm;
  readonly answer: Table | 'hollow';
}

interface RegionSources {
  readonly account: string;
  readonly region: string;
  readonly tables: Map<CallId, Source[]>;
  readonly things: Map<CallId, Map<string, Source[]>>;
}

function append<K>(map: Map<K, Source[]>, key: K, sources: readonly Source[]): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [...sources]);
  else known.push(...sources);
}

/** The identifiers that the rows of the listing tables have. */
function identifiers(member: string, listings: Iterable<Table>): Set<string> {
  const found = new Set<string>();
  for (const table of listings) {
    if (table.kind !== 'rows') continue;
    for (const row of table.rows) {
      const id = text(row[member]);
      if (id !== undefined) found.add(id);
    }
  }
  return found;
}

/** Identifiers by their last part; undefined where several share one. */
function byLastPart(ids: ReadonlySet<string>): ReadonlyMap<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const id of ids) {
    const part = lastPart(id);
    found.set(part, found.has(part) ? undefined : id);
  }
  return found;
}

/** Gathers what files say and makes one table of each answer. */
export class TableCollection {
  readonly #regions = new Map<string, RegionSources>();
  readonly #tell: (problem: Problem) => void;

  constructor(tell: (problem: Problem) => void) {
    this.#tell = tell;
  }

  add({ account, region, call, thing }: TablePlace, source: Source): void {
    const key = `${account}/${region}`;
    let sources = this.#regions.get(key);
    if (sources === undefined) {
      sources = { account, region, tables: new Map(), things: new Map() };
      this.#regions.set(key, sources);
    }
    if (thing === undefined) {
      append(sources.tables, call, [source]);
      return;
    }
    let things = sources.things.get(call);
    if (things === undefined) {
      things = new Map();
      sources.things.set(call, things);
    }
    append(things, thing, [source]);
  }

  regions(): readonly EstateRegion[] {
    return sortRegions([...this.#regions.values()].map((sources) => this.#region(sources)));
  }

  #region({ account, region, tables, things }: RegionSources): EstateRegion {
    const whole = new Map<CallId, Table>();
    const each = new Map<CallId, ReadonlyMap<string, Table>>();
    for (const [id, sources] of tables) whole.set(id, this.#decide({ account, region, call: id }, sources));
    for (const [id, call] of everyCall()) {
      const sources = things.get(id);
      if (sources !== undefined && call.per !== undefined) {
        const listing = whole.get(call.per.call);
        const listings = [...(listing === undefined ? [] : [listing]), ...(each.get(call.per.call)?.values() ?? [])];
        each.set(id, this.#answers({ account, region, call: id }, call.per.member, sources, listings));
      }
    }
    return regionOf(account, region, whole, each);
  }

  /** Answers by full identifier, in the order of identifiers. */
  #answers(
    place: TablePlace,
    member: string,
    sources: ReadonlyMap<string, readonly Source[]>,
    listings: readonly Table[],
  ): ReadonlyMap<string, Table> {
    const known = identifiers(member, listings);
    const short = byLastPart(known);
    const complete = listings.length > 0 && listings.every(({ kind }) => kind === 'rows');
    const resolved = new Map<string, Source[]>();
    for (const [name, found] of sources) {
      const id = known.has(name) ? name : short.get(name);
      append(resolved, id ?? name, found);
      if (id !== undefined) continue;
      const [{ path } = { path: '' }] = found;
      if (short.has(name)) {
        const message = `Several things end with "${name}". Name the file after the whole ${member}, percent-encoded.`;
        this.#tell(incomplete('estate-ambiguous-name', message, path));
      } else if (complete) {
        const { service, name: listing } = CALLS[this.#listingOf(place.call)];
        const message = `No row of ${service} ${listing} has this ${member}; the file counts for nothing. It may be older than the listing.`;
        this.#tell(notice('estate-dangling', message, path));
      }
    }
    const things = [...resolved].sort(([left], [right]) => (left < right ? -1 : 1));
    return new Map(things.map(([thing, found]) => [thing, this.#decide({ ...place, thing }, found)]));
  }

  #listingOf(id: CallId): CallId {
    const { per }: Call = CALLS[id];
    return per?.call ?? id;
  }

  /** One table of what the files say; when they contradict each other, none of them counts. */
  #decide(place: TablePlace, sources: readonly Source[]): Table {
    const said = sources.flatMap(({ path, answer }) => (answer === 'hollow' ? [] : [{ path, table: answer }]));
    const answered = said.filter(({ table }) => !maybeWarning(table));
    const [first, second] = answered.length > 0 ? answered : said;
    if (first === undefined) {
      const message = `It is empty: the command failed. Ask AWS again (${describePlace(place)}).`;
      const problem = incomplete('estate-malformed', message, sources[0]?.path);
      this.#tell(problem);
      return unusable(problem);
    }
    if (second !== undefined) {
      const message = `${first.path} and ${second.path} both answer for ${describePlace(place)}. Remove the one that is old.`;
      this.#tell(incomplete('estate-contradiction', message, first.path));
      return failedTable('estate-contradiction', message);
    }
    for (const { path, table } of said) {
      if (table !== first.table && table.kind === 'failed') {
        const message = `The answer is there although the command printed: ${table.message.slice(0, 300)}`;
        this.#tell(notice('estate-command-warned', message, path));
      }
    }
    return first.table;
  }
}
