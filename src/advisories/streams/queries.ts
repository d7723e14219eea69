/** Which questions to ask the advisory database about an installed package: stream, name, and the version to compare. */
import type { OperatingSystem, Package } from '../../model/package.ts';
import type { SchemeId } from '../../versions/scheme.ts';
import { type Distribution, distributionOf } from './distributions.ts';
import { type Ecosystem, ecosystemOfType } from './ecosystems.ts';
import { streamsBeside } from './exceptions.ts';

export interface StreamQuery {
  readonly stream: string;
  readonly name: string;
  readonly by: 'source' | 'binary';
  /** The source package's for `by: 'source'`. */
  readonly version: string;
  /** `channel`: only its fixes count (EUS, Ubuntu Pro); whether a package is affected is decided by `base` rows. */
  readonly role: 'base' | 'channel';
  /** Users' name of the channel, e.g. `Ubuntu Pro (esm-apps)`. */
  readonly channel?: string;
  /** Whether the target has the channel; undefined = not known. */
  readonly enabled?: boolean;
  /** rpm source versions carry no epoch: compared without those of the bounds. */
  readonly epochUnknown?: true;
}

export type NoQueryReason =
  | 'third-party'
  | 'unknown-distribution'
  | 'unsupported-release'
  | 'no-version'
  | 'unsupported-type'
  | 'pseudo-package';

export type PackageQueries =
  | { readonly kind: 'queries'; readonly scheme: SchemeId; readonly queries: readonly StreamQuery[] }
  /** Why no advisory can speak of it; `silent` ones (pseudo packages, projects themselves) need no mention. */
  | { readonly kind: 'none'; readonly reason: NoQueryReason; readonly detail: string; readonly silent: boolean };

function none(reason: NoQueryReason, detail: string, silent = false): PackageQueries {
  return { kind: 'none', reason, detail, silent };
}

/** Keys that rpm keeps among the packages. */
const PSEUDO: ReadonlySet<string> = new Set(['gpg-pubkey']);
/** Go's word for "built from a working tree". */
const UNVERSIONED = /^\(?devel\)?$/;

function forEcosystem(ecosystem: Ecosystem, pkg: Package): PackageQueries {
  const { stream, scheme, title, type } = ecosystem;
  if (ecosystem.feeds.length === 0) return none('unsupported-type', `there is no advisory source for ${title}`);
  if (type === 'maven' && pkg.namespace === undefined && !pkg.name.includes(':'))
    return none('unsupported-type', 'without a group id no Java advisory can be looked up');
  if (UNVERSIONED.test(pkg.version)) return none('no-version', 'built from a working tree', pkg.root === true);
  const name = (ecosystem.name ?? ((text: string) => text))(pkg.name);
  const version = ecosystem.version?.(pkg.version, name) ?? pkg.version;
  return { kind: 'queries', scheme, queries: [{ stream, name, by: 'binary', version, role: 'base' }] };
}

/** Source rpms are named without epoch; everything else names the whole version. */
function sourceOf(pkg: Package): Pick<StreamQuery, 'name' | 'version' | 'epochUnknown'> {
  const { source } = pkg;
  const name = source?.name ?? pkg.name;
  if (pkg.type !== 'rpm') return { name, version: source?.version ?? pkg.version };
  return { name, version: source?.version ?? pkg.version.replace(/^\d+:/, ''), epochUnknown: true };
}

function forDistribution(distribution: Distribution, release: string, pkg: Package, os: OperatingSystem): PackageQueries {
  const { id, scheme, names, vendor } = distribution;
  if (vendor !== undefined && pkg.vendor !== undefined && !vendor.test(pkg.vendor))
    return none('third-party', `advisories of ${distribution.title} do not speak of packages by "${pkg.vendor.slice(0, 80)}"`);
  const queries = streamsBeside(id, release, pkg, os).flatMap(({ stream, role, channel, enabled }) =>
    names.map((by): StreamQuery => {
      const named = by === 'source' ? sourceOf(pkg) : { name: pkg.name, version: pkg.version };
      const beside = { ...(channel === undefined ? {} : { channel }), ...(enabled === undefined ? {} : { enabled }) };
      return { stream, by, role, ...named, ...beside };
    }),
  );
  return { kind: 'queries', scheme, queries };
}

function forSystemPackage(pkg: Package, os: OperatingSystem | undefined): PackageQueries {
  if (PSEUDO.has(pkg.name)) return none('pseudo-package', 'a signing key', true);
  if (os === undefined) return none('unknown-distribution', 'nothing says which distribution it is from');
  const distribution = distributionOf(os);
  if (distribution === undefined || distribution.type !== pkg.type)
    return none('unknown-distribution', `${os.prettyName} has ${pkg.type} packages that no advisory source of Vedette speaks of`);
  // Stream is ahead of Red Hat's point releases: their fixed versions say nothing of its builds.
  if (os.id === 'centos' && (os.variantId === 'stream' || Number.parseInt(os.versionId, 10) >= 9))
    return none(
      'unsupported-release',
      'CentOS Stream is no point release of Red Hat Enterprise Linux, and publishes no advisories',
    );
  const release = distribution.release(os);
  if (release === undefined) return none('unsupported-release', `${os.prettyName} does not say which release it is`);
  return forDistribution(distribution, release, pkg, os);
}

/** The questions about a package, or why there are none. */
export function queriesFor(pkg: Package, os: OperatingSystem | undefined): PackageQueries {
  if (pkg.version === '') return none('no-version', 'its version is not known', pkg.root === true);
  if (pkg.type === 'deb' || pkg.type === 'rpm' || pkg.type === 'apk') return forSystemPackage(pkg, os);
  if (pkg.type === 'generic') {
    const scheme = pkg.name === 'openjdk' ? 'jvm' : 'generic';
    const query: StreamQuery = {
      stream: `generic/${pkg.name}`,
      name: pkg.name,
      by: 'binary',
      version: pkg.version,
      role: 'base',
    };
    return { kind: 'queries', scheme, queries: [query] };
  }
  const ecosystem = ecosystemOfType(pkg.type);
  return ecosystem === undefined
    ? none('unsupported-type', `no advisory source speaks of ${pkg.type} packages`)
    : forEcosystem(ecosystem, pkg);
}
