/** From a read document to an inventory: packages by purl, the operating system, and a visible account of what could not be used. */
import type { Inventory, OperatingSystem, Package, Target } from '../../model/package.ts';
import { incomplete, type Problem } from '../../model/problem.ts';
import { operatingSystemOf } from './distribution.ts';
import type { SbomDocument, SbomItem } from './document.ts';
import { documentFromFacts } from './facts.ts';
import { type Interpreted, interpret } from './interpret.ts';

/** Kinds of components that are not packages: what holds them, and single files. */
const CONTAINERS = new Set([
  'operating-system',
  'container',
  'file',
  'data',
  'device',
  'device-driver',
  'platform',
  'machine-learning-model',
  'cryptographic-asset',
]);
/** purl types of whole images. */
const IMAGE_TYPES = new Set(['oci', 'docker']);
const OS_TYPES = new Set(['deb', 'rpm', 'apk']);

function isContainer(item: SbomItem): boolean {
  if (CONTAINERS.has(item.kind)) return true;
  // Trivy lists lock files as applications that contain packages.
  return (
    item.purl === undefined &&
    item.properties.some(([name]) => name === 'aquasecurity:trivy:Class' || name === 'aquasecurity:trivy:Type')
  );
}

function merged(a: Package, b: Package): Package {
  const places = new Map([...a.locations, ...b.locations].map((location) => [JSON.stringify(location), location]));
  const locations = [...places.values()].sort((x, y) => (x.path < y.path ? -1 : x.path > y.path ? 1 : 0));
  const { development, ...rest } = { ...b, ...a, locations };
  return a.development && b.development ? { ...rest, development: true } : rest;
}

/** The counts by reason, as problems with a few examples. */
function account(skipped: readonly Extract<Interpreted, { skipped: string }>[], format: string): Problem[] {
  const problems: Problem[] = [];
  const say = (reason: (typeof skipped)[number]['skipped'], code: string, text: string) => {
    const list = skipped.filter((entry) => entry.skipped === reason);
    if (list.length === 0) return;
    const examples = [...new Set(list.map((entry) => entry.what))].sort();
    const shown = examples.slice(0, 5).join(', ');
    const more = examples.length > 5 ? ` and ${examples.length - 5} more` : '';
    const components = list.length === 1 ? '1 component' : `${list.length} components`;
    problems.push(incomplete(code, `${components} of this ${format} document ${text}: ${shown}${more}.`));
  };
  say('no-purl', 'sbom-component-without-purl', 'have no package URL and were not assessed');
  say('bad-purl', 'sbom-purl-invalid', 'have a package URL that could not be read and were not assessed');
  say('unknown-type', 'sbom-type-unknown', 'are of package types that Vedette does not know and were not assessed');
  return problems;
}

/** What a component would be called as a package, of whichever ecosystem. */
function namesOf({ name, group }: SbomItem): readonly string[] {
  return group === undefined ? [name] : [name, `${group}/${name}`, `${group}:${name}`];
}

interface Collected {
  readonly packages: Map<string, Package>;
  readonly purlOfRef: Map<string, string>;
  /** From purls, by id and version. */
  readonly systems: Map<string, OperatingSystem>;
  readonly skipped: Extract<Interpreted, { skipped: string }>[];
  /** Names of those that may be packages. */
  readonly unassessed: Set<string>;
}

function collect(document: SbomDocument, name: string): Collected {
  const packages = new Map<string, Package>();
  const purlOfRef = new Map<string, string>();
  const systems = new Map<string, OperatingSystem>();
  const skipped: Extract<Interpreted, { skipped: string }>[] = [];
  const unassessed = new Set<string>();
  for (const item of document.items) {
    if (isContainer(item)) continue;
    const found = interpret(item, name);
    if ('skipped' in found) {
      if (!(found.skipped === 'unknown-type' && IMAGE_TYPES.has(found.what))) skipped.push(found);
      for (const name of namesOf(item)) unassessed.add(name);
      continue;
    }
    const pkg = found.package;
    const known = packages.get(pkg.purl);
    packages.set(pkg.purl, known === undefined ? pkg : merged(known, pkg));
    if (item.ref !== '') purlOfRef.set(item.ref, pkg.purl);
    if (found.os !== undefined) systems.set(`${found.os.id} ${found.os.versionId}`, found.os);
  }
  return { packages, purlOfRef, systems, skipped, unassessed };
}

function edges(document: SbomDocument, purlOfRef: ReadonlyMap<string, string>): Map<string, Set<string>> {
  const result = new Map<string, Set<string>>();
  for (const [from, to] of document.dependencies) {
    const source = purlOfRef.get(from);
    const target = purlOfRef.get(to);
    if (source === undefined || target === undefined || source === target) continue;
    const set = result.get(source);
    if (set === undefined) result.set(source, new Set([target]));
    else set.add(target);
  }
  return result;
}

/** os-release facts that Syft and other writers attach to the operating-system component. */
function fromComponent(item: SbomItem): OperatingSystem | undefined {
  const properties = new Map(item.properties);
  const os = operatingSystemOf(
    properties.get('syft:distro:id') ?? item.name,
    properties.get('syft:distro:versionID') ?? item.version,
  );
  if (os === undefined) return undefined;
  const pretty = properties.get('syft:distro:prettyName');
  const codename = properties.get('syft:distro:versionCodename');
  return { ...os, ...(pretty === undefined ? {} : { prettyName: pretty }), ...(codename === undefined ? {} : { codename }) };
}

function operatingSystem(document: SbomDocument, collected: Collected, problems: Problem[]): OperatingSystem | undefined {
  const candidates = [
    ...document.items.filter((item) => item.kind === 'operating-system').map(fromComponent),
    ...[...collected.systems.keys()].sort().map((key) => collected.systems.get(key)),
  ].filter((os) => os !== undefined);
  // A purl may say `amzn-2` where the component says `2 (Karoo)`; different ids or versions mean a mixture.
  const distinct = new Map(candidates.map((os) => [`${os.id} ${os.versionId}`, os]));
  if (distinct.size > 1)
    problems.push(
      incomplete(
        'sbom-systems-mixed',
        `Packages of several operating systems (${[...distinct.keys()].join(', ')}): all are assessed as ${candidates[0]?.prettyName}. Scan an SBOM of one system.`,
      ),
    );
  if (candidates.length === 0 && [...collected.packages.values()].some((pkg) => OS_TYPES.has(pkg.type)))
    problems.push(
      incomplete(
        'sbom-system-unknown',
        'The SBOM has operating-system packages but does not say of which system: they cannot be matched with its advisories.',
      ),
    );
  return candidates[0];
}

function targetOf(document: SbomDocument, name: string, os: OperatingSystem | undefined): Target {
  const properties = new Map(document.subject?.properties);
  const digest =
    properties.get('aquasecurity:trivy:ImageID') ??
    properties.get('amazon:inspector:sbom_generator:image_id') ??
    properties.get('syft:image:labels:digest');
  return { kind: 'sbom', name, ...(digest === undefined ? {} : { digest }), ...(os === undefined ? {} : { os }) };
}

/** `name` identifies the document when it does not carry the target Vedette once wrote into it. */
export function inventoryOf(document: SbomDocument, name: string): Inventory {
  const collected = collect(document, name);
  const own = documentFromFacts(document.properties);
  const problems = [...(own?.problems ?? []), ...document.problems, ...account(collected.skipped, document.format)];
  const os = own === undefined ? operatingSystem(document, collected, problems) : undefined;
  const dependencies = edges(document, collected.purlOfRef);
  const packages = [...collected.packages.values()]
    .map((pkg) => {
      const dependsOn = dependencies.get(pkg.purl);
      return dependsOn === undefined ? pkg : { ...pkg, dependsOn: [...dependsOn].sort() };
    })
    .sort((a, b) => (a.purl < b.purl ? -1 : a.purl > b.purl ? 1 : 0));
  const unassessed = [...collected.unassessed].sort();
  return {
    target: own?.target ?? targetOf(document, name, os),
    packages,
    problems,
    ...(unassessed.length > 0 && { unassessed }),
  };
}
