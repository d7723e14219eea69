/** Findings of packages that cannot be judged now: what was found before stays. */
import type { DetailPart } from '../store/findings/detail.ts';
import type { Write } from '../store/index.ts';
import { readDetail } from './content.ts';
import type { MatchedUnit } from './details.ts';

/** A package of any version. */
function nameOf(type: string, name: string): string {
  return `${type}\0${name}`;
}

/** The parts of the open package findings of a resource. */
async function partsOn(tx: Write, resource: number): Promise<readonly DetailPart[]> {
  const rows = await tx
    .selectFrom('finding')
    .innerJoin('detail', 'detail.id', 'finding.detail_id')
    .select('detail.data')
    .where('finding.resource_id', '=', resource)
    .where('finding.type', '=', 'PACKAGE_VULNERABILITY')
    .where('finding.status', '!=', 'CLOSED')
    .execute();
  return rows.flatMap(({ data }) => {
    const detail = readDetail(data);
    return detail.kind === 'package' ? detail.parts : [];
  });
}

/**
 * The units of a resource, those that are not sure with what its findings say of them: of the unit itself, or of another version of its
 * packages that the resource does not have any more.
 */
export async function keepUnsure(tx: Write, resource: number, units: readonly MatchedUnit[]): Promise<readonly MatchedUnit[]> {
  const unsure = units.filter((unit) => unit.unsure === true);
  if (unsure.length === 0) return units;
  const here = new Map(units.map((unit) => [unit.id, unit]));
  const byName = new Map(
    unsure.flatMap((unit) =>
      unit.data.packages.slice(0, unit.data.subjects).map(({ type, name }) => [nameOf(type, name), unit] as const),
    ),
  );
  const kept = new Map<number, DetailPart[]>();
  for (const part of await partsOn(tx, resource)) {
    const unit = here.get(part.unit) ?? byName.get(nameOf(part.package.type, part.vulnerability.packageName));
    if (unit?.unsure !== true || unit.vulnerabilities.some(({ id }) => id === part.vulnerability.id)) continue;
    const parts = kept.get(unit.id) ?? [];
    parts.push({ ...part, unit: unit.id });
    kept.set(unit.id, parts);
  }
  return units.map((unit) => ({ ...unit, kept: kept.get(unit.id) ?? [] }));
}
