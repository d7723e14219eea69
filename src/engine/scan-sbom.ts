/** Assessing a CycloneDX document without storing anything: what ScanSbom of the API answers with. */
import about from '../../package.json' with { type: 'json' };
import { fromCycloneDx, itemOf } from '../inventory/sbom/cyclonedx-json.ts';
import { MAX_DEPTH, type SbomItem } from '../inventory/sbom/document.ts';
import { interpret } from '../inventory/sbom/interpret.ts';
import { inventoryOf } from '../inventory/sbom/inventory.ts';
import { type Fields, fields, items } from '../inventory/values.ts';
import type { AdvisoryDatabase } from '../model/advisory.ts';
import type { Vulnerability } from '../model/finding.ts';
import { fail, incomplete, ok, type Problem, type Result } from '../model/problem.ts';
import { assess } from './assess.ts';

/** Packages that one document may have (Amazon Inspector SBOM generator). */
const MOST_COMPONENTS = 5_000;
const NAME = 'sbom';
const SYSTEM_TYPES = new Set(['deb', 'rpm', 'apk']);

export interface ScannedComponent {
  /** Its `bom-ref`, or one made for it. */
  readonly ref: string;
  readonly name: string;
  readonly purl: string | undefined;
  readonly path: string | undefined;
  /** Why it was not assessed; undefined when it was. */
  readonly skipped: string | undefined;
  readonly vulnerable: boolean;
}

/** A vulnerability with the components that have it. */
export interface ScannedVulnerability {
  readonly id: string;
  readonly on: readonly { readonly component: ScannedComponent; readonly found: Vulnerability }[];
}

export interface ScannedSbom {
  /** By the object in the document. */
  readonly components: ReadonlyMap<object, ScannedComponent>;
  /** Most urgent first. */
  readonly vulnerabilities: readonly ScannedVulnerability[];
  /** What makes the answer incomplete apart from single components. */
  readonly problems: readonly Problem[];
}

/** All components of a document, nested ones too. */
function componentsOf(document: Fields): readonly Fields[] {
  const found: Fields[] = [];
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value: document.components, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const one of items(next.value)) {
      const component = fields(one);
      if (component === undefined) continue;
      found.push(component);
      if (next.depth < MAX_DEPTH) waiting.push({ value: component.components, depth: next.depth + 1 });
    }
  }
  return found;
}

const SKIPPED = {
  'no-purl': 'Component skipped: no purl provided.',
  'bad-purl': 'Component skipped: the purl cannot be read.',
  'unknown-type': 'Component skipped: the type of the purl is not supported.',
  system: 'Component skipped: its operating system is not known.',
} as const;

function pathOf({ properties }: SbomItem): string | undefined {
  return properties.find(([name]) => name.endsWith(':source_path') || name.endsWith(':path'))?.[1];
}

/** Assesses a document. Problems: `sbom-…`; `sbom-too-many-packages` when it is larger than allowed. `today` is an ISO date. */
export function scanSbom(document: Fields, database: AdvisoryDatabase, today: string): Result<ScannedSbom> {
  const read = fromCycloneDx(document);
  if (!read.ok) return read;
  const list = componentsOf(document);
  if (list.length > MOST_COMPONENTS) {
    const message = `The SBOM has ${list.length} components: at most ${MOST_COMPONENTS} are assessed in one request.`;
    return fail(incomplete('sbom-too-many-packages', message));
  }
  const inventory = inventoryOf(read.value, NAME);
  const { vulnerabilities, problems } = assess(inventory, database, { today, toolVersion: about.version, descriptions: true });
  const reported = vulnerabilities.filter(({ suppressed }) => suppressed === undefined);
  const byPackage = Map.groupBy(reported, (one) => one.package);
  const refs = new Set(list.map((component) => component['bom-ref']));
  const components = new Map<object, ScannedComponent>();
  const on = new Map<string, { component: ScannedComponent; found: Vulnerability }[]>();
  let made = 0;
  for (const component of list) {
    const item = itemOf(component);
    const interpreted = interpret(item, NAME);
    let ref = item.ref;
    while (ref === '') {
      made += 1;
      if (!refs.has(`comp-${made}`)) ref = `comp-${made}`;
    }
    const pkg = 'package' in interpreted ? interpreted.package : undefined;
    const homeless = pkg !== undefined && SYSTEM_TYPES.has(pkg.type) && inventory.target.os === undefined;
    const here = (pkg === undefined ? undefined : byPackage.get(pkg.purl)) ?? [];
    const skipped = 'skipped' in interpreted ? SKIPPED[interpreted.skipped] : homeless ? SKIPPED.system : undefined;
    const scanned = { ref, name: item.name, purl: item.purl, path: pathOf(item), skipped, vulnerable: here.length > 0 };
    components.set(component, scanned);
    for (const found of here) {
      const places = on.get(found.id);
      if (places === undefined) on.set(found.id, [{ component: scanned, found }]);
      else places.push({ component: scanned, found });
    }
  }
  const ids = [...new Set(reported.map(({ id }) => id))].filter((id) => on.has(id));
  return ok({
    components,
    vulnerabilities: ids.map((id) => ({ id, on: on.get(id) ?? [] })),
    problems: problems.filter(({ effect, code }) => effect === 'incomplete' && !OF_COMPONENTS.has(code)),
  });
}

/** Told at each component. */
const OF_COMPONENTS: ReadonlySet<string> = new Set(['sbom-component-without-purl', 'sbom-purl-invalid', 'sbom-type-unknown']);
