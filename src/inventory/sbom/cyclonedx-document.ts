/** Builds CycloneDX objects, in the shape and key order of the JSON format, for both serialisations. */
import type { Assessment } from '../../model/finding.ts';
import type { Inventory, Package } from '../../model/package.ts';
import { parsePurl } from '../purl.ts';
import { documentFacts, type Fact, packageFacts } from './facts.ts';
import { licenseKind } from './licenses.ts';

export const CYCLONEDX_VERSIONS = ['1.4', '1.5', '1.6', '1.7'] as const;
export type CycloneDxVersion = (typeof CYCLONEDX_VERSIONS)[number];

export interface CycloneDxProperty {
  readonly name: string;
  readonly value: string;
}

export type CycloneDxLicense =
  | { readonly license: { readonly id?: string; readonly name?: string } }
  | { readonly expression: string };

export interface CycloneDxComponent {
  readonly type: string;
  readonly 'bom-ref'?: string;
  readonly group?: string;
  readonly name: string;
  readonly version?: string;
  readonly licenses?: readonly CycloneDxLicense[];
  readonly purl?: string;
  readonly properties?: readonly CycloneDxProperty[];
}

export interface CycloneDxMetadata {
  readonly timestamp?: string;
  readonly tools:
    | readonly { readonly vendor: string; readonly name: string; readonly version?: string }[]
    | { readonly components: readonly CycloneDxComponent[] };
  readonly component: CycloneDxComponent;
  readonly properties: readonly CycloneDxProperty[];
}

export interface CycloneDxDependency {
  readonly ref: string;
  readonly dependsOn?: readonly string[];
}

/** The schema's limit for versions; longer ones are only in the purl. */
const MAX_VERSION = 1024;
const TARGET_REF = 'vedette:target';
const SYSTEM_REF = 'vedette:operating-system';
const SUBJECT_TYPES = {
  image: 'container',
  host: 'device',
  rootfs: 'file',
  lambda: 'application',
  sbom: 'application',
  project: 'application',
} as const;

function propertiesFrom(facts: readonly Fact[]): CycloneDxProperty[] {
  return facts.map(([name, value]) => ({ name, value }));
}

function versionFrom(version: string | undefined): { readonly version?: string } {
  return version === undefined || version === '' || version.length > MAX_VERSION ? {} : { version };
}

function licensesFrom(licenses: readonly string[]): readonly CycloneDxLicense[] {
  const [only] = licenses;
  // Before 1.7 an expression must stand alone; in company it is a name.
  if (only !== undefined && licenses.length === 1 && licenseKind(only) === 'expression') return [{ expression: only }];
  return licenses.map((license) => ({ license: licenseKind(license) === 'id' ? { id: license } : { name: license } }));
}

export function metadataOf(
  input: Inventory | Assessment,
  version: CycloneDxVersion,
  timestamp: string | undefined,
): CycloneDxMetadata {
  const tool = 'tool' in input ? input.tool : { name: 'vedette', version: undefined };
  const { target } = input;
  return {
    ...(timestamp === undefined ? {} : { timestamp }),
    tools:
      version === '1.4'
        ? [{ vendor: 'Vedette', name: tool.name, ...versionFrom(tool.version) }]
        : { components: [{ type: 'application', name: tool.name, ...versionFrom(tool.version) }] },
    component: { type: SUBJECT_TYPES[target.kind], 'bom-ref': TARGET_REF, name: target.name, ...versionFrom(target.digest) },
    properties: propertiesFrom(documentFacts(input)),
  };
}

function componentOf(pkg: Package): CycloneDxComponent {
  const parts = parsePurl(pkg.purl);
  // Ecosystems whose tools know a group write it apart from the name.
  const grouped = parts?.namespace !== undefined && (pkg.type === 'npm' || pkg.type === 'maven' || pkg.type === 'composer');
  return {
    type: pkg.root ? 'application' : 'library',
    'bom-ref': pkg.purl,
    ...(grouped ? { group: parts.namespace } : {}),
    name: grouped ? parts.name : pkg.name,
    ...versionFrom(pkg.version),
    ...(pkg.licenses !== undefined && pkg.licenses.length > 0 ? { licenses: licensesFrom(pkg.licenses) } : {}),
    purl: pkg.purl,
    properties: propertiesFrom(packageFacts(pkg)),
  };
}

/** The operating system first, then every package. */
export function* componentsOf(input: Inventory): Iterable<CycloneDxComponent> {
  const { os } = input.target;
  if (os !== undefined) yield { type: 'operating-system', 'bom-ref': SYSTEM_REF, name: os.id, ...versionFrom(os.versionId) };
  for (const pkg of input.packages) yield componentOf(pkg);
}

/** The target depends on what nothing else depends on; packages on what they say. */
export function* dependenciesOf(input: Inventory): Iterable<CycloneDxDependency> {
  const known = new Set(input.packages.map((pkg) => pkg.purl));
  const used = new Set(input.packages.flatMap((pkg) => pkg.dependsOn ?? []));
  const top = input.packages.filter((pkg) => !used.has(pkg.purl)).map((pkg) => pkg.purl);
  const all = input.target.os === undefined ? top : [SYSTEM_REF, ...top];
  yield { ref: TARGET_REF, ...(all.length > 0 ? { dependsOn: all } : {}) };
  for (const pkg of input.packages) {
    const dependsOn = pkg.dependsOn?.filter((purl) => known.has(purl)) ?? [];
    if (dependsOn.length > 0) yield { ref: pkg.purl, dependsOn };
  }
}
