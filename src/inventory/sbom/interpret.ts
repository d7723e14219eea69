/** From a component with its purl and properties to a package, for SBOMs of any writer. */
import type { Location, OperatingSystem, Package } from '../../model/package.ts';
import { parsePurl, purlOf } from '../purl.ts';
import { distroQualifier } from './distribution.ts';
import type { SbomItem } from './document.ts';
import { type Identity, identityOf, packageFromFacts } from './facts.ts';

const TRIVY = 'aquasecurity:trivy:';
const SYFT = 'syft:';
const SBOMGEN = 'amazon:inspector:sbom_generator:';

type Properties = ReadonlyMap<string, string>;

function first(properties: Properties, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = properties.get(name);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

/** `epoch:version-release` from their parts; epoch 0 is not written. */
function joinVersion(epoch: string | undefined, version: string, release: string | undefined): string {
  const withRelease = release === undefined ? version : `${version}-${release}`;
  return epoch === undefined || epoch === '0' ? withRelease : `${epoch}:${withRelease}`;
}

/** A source rpm's file name: `openssl-1.1.1k-1.el8.src.rpm`. */
function fromSourceRpm(file: string): { readonly name: string; readonly version?: string } | undefined {
  const found = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(file.slice(0, 500));
  return found?.[1] === undefined || found[2] === undefined ? undefined : { name: found[1], version: found[2] };
}

/** The source package by whatever convention the writer follows; Syft's and the purl specification's is the qualifier `upstream`. */
function sourceOf(identity: Identity, properties: Properties): Package['source'] {
  const name = first(properties, `${TRIVY}SrcName`, `${SYFT}metadata:source`, `${SYFT}metadata:originPackage`);
  if (name !== undefined) {
    const version = first(properties, `${TRIVY}SrcVersion`);
    if (version === undefined) return withVersion(name, first(properties, `${SYFT}metadata:sourceVersion`), identity);
    return withVersion(
      name,
      joinVersion(first(properties, `${TRIVY}SrcEpoch`), version, first(properties, `${TRIVY}SrcRelease`)),
      identity,
    );
  }
  const rpm = fromSourceRpm(first(properties, `${SYFT}metadata:sourceRpm`) ?? identity.qualifiers.upstream ?? '');
  // A source rpm's file name has no epoch: only a different version-release tells anything.
  if (rpm !== undefined)
    return withVersion(rpm.name, identity.version.endsWith(rpm.version ?? '') ? undefined : rpm.version, identity);
  const upstream = identity.qualifiers.upstream;
  if (upstream === undefined || upstream === '') return undefined;
  const at = upstream.indexOf('@');
  return at < 1 ? { name: upstream } : withVersion(upstream.slice(0, at), upstream.slice(at + 1), identity);
}

function withVersion(name: string, version: string | undefined, identity: Identity): NonNullable<Package['source']> {
  return version === undefined || version === '' || version === identity.version ? { name } : { name, version };
}

/** Where the writer saw it; a writer that does not say leaves the SBOM itself as the place. */
function locationsOf(properties: Properties, document: string): Location[] {
  const layer = first(properties, `${TRIVY}LayerDiffID`, `${TRIVY}LayerDigest`, `${SBOMGEN}layer_diff_id`);
  const path = first(properties, `${TRIVY}FilePath`, `${SBOMGEN}source_path`);
  const locations: Location[] = [];
  if (path !== undefined) locations.push(place(path, layer));
  for (let index = 0; index < 1000; index++) {
    const found = properties.get(`${SYFT}location:${index}:path`);
    if (found === undefined) break;
    locations.push(place(found, properties.get(`${SYFT}location:${index}:layerID`) ?? layer));
  }
  if (locations.length === 0) locations.push(place(document, layer));
  return locations.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function place(path: string, layer: string | undefined): Location {
  return { path: path.replace(/^\/+/, ''), ...(layer === undefined ? {} : { layer }) };
}

const DEVELOPMENT = ['cdx:npm:package:development', 'cdx:composer:package:isDevRequirement', 'cdx:poetry:package:group'] as const;

function isDevelopment(properties: Properties): boolean {
  return DEVELOPMENT.some(
    (name) => properties.get(name) === 'true' || (name.endsWith(':group') && properties.get(name) === 'dev'),
  );
}

export type Interpreted =
  | { readonly package: Package; readonly os?: OperatingSystem }
  /** Not something that could be matched, and why. */
  | { readonly skipped: 'no-purl' | 'bad-purl' | 'unknown-type'; readonly what: string };

/**
 * The purl in its canonical form, with Go modules whole. Writers cut module paths after three segments and put the rest into the
 * subpath (`github.com/Masterminds/semver@v3.1.1#v3`), where the specification has a package inside the module: the component's name or
 * a major version tells which.
 */
function canonical(item: SbomItem, purl: string): string {
  const parts = parsePurl(purl);
  if (parts === undefined) return purl;
  if (parts.type !== 'golang' || parts.subpath === undefined) return purlOf(parts);
  const { subpath, ...rest } = parts;
  const module = parts.namespace === undefined ? parts.name : `${parts.namespace}/${parts.name}`;
  const whole = item.name.toLowerCase() === `${module}/${subpath}`.toLowerCase();
  if (!whole && !/^v\d+$/.test(subpath)) return purlOf(rest);
  const path = `${module}/${subpath}`;
  const slash = path.lastIndexOf('/');
  return purlOf({ ...rest, namespace: path.slice(0, slash), name: path.slice(slash + 1) });
}

/** Many writers put purls into lower case altogether; the component's own name then keeps what advisories are sorted under. */
function spelling(item: SbomItem, name: string): string {
  const lower = name.toLowerCase();
  const candidates = [item.name, `${item.group ?? ''}/${item.name}`, `${item.group ?? ''}:${item.name}`];
  return candidates.find((candidate) => candidate.toLowerCase() === lower) ?? name;
}

/** `document` is the name of the SBOM. */
export function interpret(item: SbomItem, document: string): Interpreted {
  if (item.purl === undefined) return { skipped: 'no-purl', what: `${item.name} ${item.version}`.trim() };
  const own = packageFromFacts(item.purl, item.licenses, item.properties);
  if (own !== undefined) return { package: own };
  const purl = canonical(item, item.purl);
  const identity = identityOf(purl);
  if (identity === undefined) return { skipped: 'bad-purl', what: item.purl.slice(0, 200) };
  if ('unknown' in identity) return { skipped: 'unknown-type', what: identity.unknown };
  const properties: Properties = new Map(item.properties);
  const source = sourceOf(identity, properties);
  const modularity =
    first(properties, `${TRIVY}Modularitylabel`, `${SYFT}metadata:modularityLabel`) ?? identity.qualifiers.rpmmod;
  const vendor = first(properties, `${SYFT}metadata:maintainer`, `${SYFT}metadata:vendor`, `${TRIVY}PkgVendor`);
  const architecture = identity.qualifiers.arch;
  const os = distroQualifier(identity.qualifiers.distro ?? '', identity.namespace ?? '');
  return {
    package: {
      purl,
      type: identity.type,
      ...(identity.namespace === undefined ? {} : { namespace: identity.namespace }),
      name: spelling(item, identity.name),
      // A purl without a version: some writers leave it to the component.
      version: identity.version === '' ? item.version : identity.version,
      // What runs is what an SBOM lists; writers do not tell lock files from installed files.
      evidence: 'installed',
      ...(architecture === undefined ? {} : { architecture }),
      ...(source === undefined ? {} : { source }),
      ...(vendor === undefined ? {} : { vendor }),
      ...(modularity === undefined || modularity === '' ? {} : { modularity }),
      ...(item.licenses.length > 0 ? { licenses: item.licenses } : {}),
      locations: locationsOf(properties, document),
      ...(isDevelopment(properties) ? { development: true } : {}),
      foundBy: 'sbom',
    },
    ...(os === undefined ? {} : { os }),
  };
}
