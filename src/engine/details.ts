/** From matched units to details: one vulnerability with all its packages of a resource, stored once for all that say the same. */

import type { AdvisoryDatabase } from '../model/advisory.ts';
import type { Vulnerability } from '../model/finding.ts';
import type { DetailRows } from '../store/findings/compose.ts';
import type { DetailPart, PackageDetail } from '../store/findings/detail.ts';
import { chunks, isShared, type Write } from '../store/index.ts';
import { storeTexts } from './texts.ts';
import type { UnitData } from './units.ts';

export interface MatchedUnit {
  readonly id: number;
  readonly data: UnitData;
  readonly vulnerabilities: readonly Vulnerability[];
  /** What is known of its packages now may not be all: what was found of them before is not fixed. */
  readonly unsure?: boolean;
  /** … and this is it, beside `vulnerabilities`. */
  readonly kept?: readonly DetailPart[];
}

function partOf({ id, data }: MatchedUnit, vulnerability: Vulnerability): DetailPart {
  const pkg = data.packages.find(({ purl }) => purl === vulnerability.package);
  return {
    unit: id,
    vulnerability,
    package: {
      type: pkg?.type ?? 'generic',
      ...(pkg?.architecture !== undefined && { architecture: pkg.architecture }),
      ...(pkg?.namespace !== undefined && { namespace: pkg.namespace }),
    },
  };
}

function byPurl(a: DetailPart, b: DetailPart): number {
  const [left, right] = [a.vulnerability.package, b.vulnerability.package];
  return left < right ? -1 : left > right ? 1 : a.unit - b.unit;
}

/** A detail of these parts; undefined when there are none. */
export function packageDetail(id: string, parts: readonly DetailPart[]): PackageDetail | undefined {
  const [first, ...rest] = [...parts].sort(byPurl);
  return first === undefined ? undefined : { kind: 'package', id, parts: [first, ...rest] };
}

/** The details of units that are together in a resource, by vulnerability id. */
export function packageDetails(units: readonly MatchedUnit[]): ReadonlyMap<string, PackageDetail> {
  const parts = new Map<string, DetailPart[]>();
  for (const unit of units) {
    const own = unit.vulnerabilities.map((vulnerability) => partOf(unit, vulnerability));
    for (const part of [...own, ...(unit.kept ?? [])]) {
      const known = parts.get(part.vulnerability.id);
      if (known === undefined) parts.set(part.vulnerability.id, [part]);
      else known.push(part);
    }
  }
  const details = new Map<string, PackageDetail>();
  for (const [id, list] of parts) {
    const detail = packageDetail(id, list);
    if (detail !== undefined) details.set(id, detail);
  }
  return details;
}

/** The parts of a unit, for one vulnerability. */
export function partsOf(unit: MatchedUnit, id: string): readonly DetailPart[] {
  return unit.vulnerabilities.filter((found) => found.id === id).map((found) => partOf(unit, found));
}

/** Stores the details that are not there yet, with the texts on their vulnerabilities; gives the row numbers in the order asked. */
export async function storeDetails(
  tx: Write,
  made: readonly DetailRows[],
  database?: Pick<AdvisoryDatabase, 'description'>,
): Promise<readonly number[]> {
  const ids = new Map<string, number>();
  const digests = [...new Set(made.map(({ detail }) => detail.digest))];
  const known = async (list: readonly string[]) => {
    for (const some of chunks(list)) {
      const query = tx.selectFrom('detail').select(['id', 'digest']).where('digest', 'in', some);
      // Held until a finding has them: nobody forgets them meanwhile.
      const rows = await (isShared(tx) ? query.forKeyShare() : query).execute();
      for (const { id, digest } of rows) ids.set(digest, id);
    }
  };
  await known(digests);
  const missing = new Map(made.filter(({ detail }) => !ids.has(detail.digest)).map((one) => [one.detail.digest, one]));
  if (missing.size > 0) {
    const vulnerabilities = [...missing.values()].flatMap(({ detail }) => detail.vulnerability ?? []);
    if (database !== undefined) await storeTexts(tx, database, vulnerabilities);
    for (const some of chunks([...missing.values()], 200)) {
      const rows = some.map(({ detail }) => detail);
      const inserted = await tx
        .insertInto('detail')
        .values(rows)
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .returning(['id', 'digest'])
        .execute();
      for (const { id, digest } of inserted) ids.set(digest, id);
      // Packages and values belong to whoever stored the detail.
      const own = new Set(inserted.map(({ digest }) => digest));
      const mine = some.filter(({ detail }) => own.has(detail.digest));
      const at = (digest: string) => ids.get(digest) ?? 0;
      const packages = mine.flatMap(({ detail, packages }) => packages.map((one) => ({ ...one, detail_id: at(detail.digest) })));
      for (const few of chunks(packages)) await tx.insertInto('detail_package').values(few).execute();
      const values = mine.flatMap(({ detail, values }) => values.map((one) => ({ ...one, detail_id: at(detail.digest) })));
      for (const few of chunks(values)) await tx.insertInto('detail_value').values(few).execute();
    }
    const raced = digests.filter((digest) => !ids.has(digest));
    if (raced.length > 0) await known(raced);
  }
  return made.map(({ detail }) => ids.get(detail.digest) ?? 0);
}
