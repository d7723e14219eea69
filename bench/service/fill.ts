/**
 * Fills a PostgreSQL store with a fleet as the engine would have left it: every unit is matched by the engine's matcher, and units,
 * details and findings are the rows that it composes. Only the way in is another: COPY instead of one transaction for each host.
 */
import { contentOf } from '../../src/engine/content.ts';
import { type MatchedUnit, packageDetail, partsOf } from '../../src/engine/details.ts';
import { freshRow } from '../../src/engine/lifecycle.ts';
import type { Matcher } from '../../src/engine/matcher.ts';
import { lotOf, namesOf, unitsOf } from '../../src/engine/units.ts';
import type { Package, Target } from '../../src/model/package.ts';
import { detailRows } from '../../src/store/findings/compose.ts';
import { type Copy, copyInto, withoutIndexes } from './copy.ts';
import { type Base, baseOf, type Catalog, packagesOf, randomOf, type System } from './hosts.ts';

export interface Fleet {
  readonly resources: number;
  readonly packages: number;
  /** Golden images and configurations; hosts are copies of one, with drift. */
  readonly bases: number;
  readonly drift: number;
}

export interface Filled {
  readonly units: number;
  readonly occurrences: number;
  readonly details: number;
  readonly findings: number;
  /** (stream, name) pairs that units ask for. */
  readonly names: readonly { readonly stream: string; readonly name: string }[];
}

const NOW = Date.UTC(2026, 10, 1);
const TABLES = [
  'unit',
  'unit_name',
  'resource',
  'occurrence',
  'detail',
  'detail_package',
  'detail_value',
  'vulnerability_text',
  'finding',
] as const;
type Table = Exclude<(typeof TABLES)[number], 'occurrence'>;

/** Opened by the first row of each table, which names the columns. */
class Loader {
  readonly #address: string;
  readonly #copies = new Map<Table, { readonly copy: Copy; readonly columns: readonly string[] }>();

  constructor(address: string) {
    this.#address = address;
  }

  row(table: Table, row: object): void {
    let open = this.#copies.get(table);
    if (open === undefined) {
      const columns = Object.keys(row).sort();
      open = { columns, copy: copyInto(this.#address, table, columns) };
      this.#copies.set(table, open);
    }
    const values = new Map<string, unknown>(Object.entries(row));
    open.copy.row(
      open.columns.map((column) => {
        const value = values.get(column);
        return typeof value === 'string' || typeof value === 'number' ? value : null;
      }),
    );
  }

  async flush(): Promise<void> {
    for (const { copy } of this.#copies.values()) await copy.flush();
  }

  async end(): Promise<void> {
    for (const { copy } of this.#copies.values()) await copy.end();
  }
}

/** Units by what is installed where: matched and written once. */
class Units {
  readonly known = new Map<string, MatchedUnit>();
  readonly names = new Map<string, { readonly stream: string; readonly name: string }>();
  readonly #byPackage = new WeakMap<Package, MatchedUnit>();
  readonly #loader: Loader;
  readonly #matcher: Matcher;

  constructor(loader: Loader, matcher: Matcher) {
    this.#loader = loader;
    this.#matcher = matcher;
  }

  of(system: System, pkg: Package | undefined): MatchedUnit {
    const same = pkg && this.#byPackage.get(pkg);
    if (same !== undefined) return same;
    const unit = this.#find(system, pkg);
    // Hosts of a base share its very objects.
    if (pkg !== undefined) this.#byPackage.set(pkg, unit);
    return unit;
  }

  #find(system: System, pkg: Package | undefined): MatchedUnit {
    const key = `${system.os.prettyName} ${pkg?.purl}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const target: Target = { kind: 'host', name: '', os: system.os };
    const cut = unitsOf({ target, packages: pkg === undefined ? [] : [pkg], problems: [] });
    const unit = cut.find(({ data }) => data.subjects === (pkg === undefined ? 0 : 1));
    if (unit === undefined) throw new Error('no unit');
    const id = this.known.size + 1;
    const made = { id, data: unit.data, vulnerabilities: this.#matcher.unit(unit.data) };
    this.known.set(key, made);
    const { digest, json: data } = unit;
    this.#loader.row('unit', { id, digest, data, lot: lotOf(unit.data), system: pkg === undefined ? 1 : 0, pending: 0 });
    for (const { stream, name } of namesOf(unit.data)) {
      this.#loader.row('unit_name', { stream, name, unit_id: id });
      this.names.set(`${stream}\n${name}`, { stream, name });
    }
    return made;
  }
}

function resourceRow(id: number, system: System, units: readonly number[]) {
  const uid = `i-${id.toString(16).padStart(17, '0')}`;
  return {
    id,
    uid,
    account: String(100_000_000_000 + (id % 50)),
    region: 'us-east-1',
    type: 'AWS_EC2_INSTANCE',
    name: uid,
    platform: null,
    details: '{"awsEc2Instance":{}}',
    tags: '{}',
    component: null,
    repository: null,
    registry: null,
    pushed_at: null,
    target: JSON.stringify({ kind: 'host', name: uid, os: system.os }),
    origin: 'agent',
    scan_mode: 'EC2_INSPECTOR_AGENT_BASED',
    status_code: 'ACTIVE',
    status_reason: 'SUCCESSFUL',
    inventory_digest: null,
    units: JSON.stringify(units),
    inventory_at: NOW,
    scanned_at: NOW,
    problems: '[]',
    exposure: null,
    first_seen_at: NOW,
    updated_at: NOW,
    removed_at: null,
  };
}

/** Loads the fleet into an empty store. */
export async function fill(address: string, catalog: Catalog, matcher: Matcher, fleet: Fleet): Promise<Filled> {
  const loader = new Loader(address);
  const units = new Units(loader, matcher);
  const random = randomOf(99);
  const details = new Map<string, { readonly id: number; readonly content: ReturnType<typeof contentOf> }>();
  const described = new Set<string>();
  let [findings, occurrences] = [0, 0];

  function findingsOf(row: ReturnType<typeof resourceRow>, has: readonly MatchedUnit[]): void {
    const byKey = new Map<string, MatchedUnit[]>();
    for (const unit of has) {
      for (const id of new Set(unit.vulnerabilities.map((found) => found.id))) {
        const list = byKey.get(id);
        if (list === undefined) byKey.set(id, [unit]);
        else list.push(unit);
      }
    }
    for (const [key, list] of byKey) {
      const text = described.has(key) ? undefined : matcher.database.description(key);
      if (text !== undefined) loader.row('vulnerability_text', { vulnerability: key, text });
      described.add(key);
      const name = `${key} ${list.map(({ id }) => id).join(' ')}`;
      let detail = details.get(name);
      if (detail === undefined) {
        const made = packageDetail(
          key,
          list.flatMap((unit) => partsOf(unit, key)),
        );
        if (made === undefined) continue;
        const id = details.size + 1;
        const rows = detailRows(made);
        loader.row('detail', { id, ...rows.detail });
        for (const one of rows.packages) loader.row('detail_package', { detail_id: id, ...one });
        for (const one of rows.values) loader.row('detail_value', { detail_id: id, ...one });
        detail = { id, content: contentOf(rows, id, null) };
        details.set(name, detail);
      }
      loader.row('finding', { id: ++findings, ...freshRow(row, 'PACKAGE_VULNERABILITY', key, 0, detail.content, NOW) });
    }
  }

  await withoutIndexes(address, TABLES, async () => {
    const occurrence = copyInto(address, 'occurrence', ['unit_id', 'resource_id']);
    const bases: Base[] = Array.from({ length: fleet.bases }, () => baseOf(catalog, fleet.packages, random));
    for (let id = 1; id <= fleet.resources; id++) {
      // A few configurations have most of the hosts.
      const base = bases[Math.floor(bases.length * random() ** 2)];
      if (base === undefined) throw new Error('no base');
      const packages = packagesOf(base, fleet.drift, random);
      const has = [units.of(base.system, undefined), ...packages.map((pkg) => units.of(base.system, pkg))];
      has.sort((a, b) => a.id - b.id);
      const row = resourceRow(
        id,
        base.system,
        has.map((unit) => unit.id),
      );
      loader.row('resource', row);
      for (const unit of has) occurrence.line(`${unit.id}\t${id}`);
      occurrences += has.length;
      findingsOf(row, has);
      if (id % 50 !== 0) continue;
      await occurrence.flush();
      await loader.flush();
    }
    await loader.end();
    await occurrence.end();
  });
  return { units: units.known.size, occurrences, details: details.size, findings, names: [...units.names.values()] };
}
