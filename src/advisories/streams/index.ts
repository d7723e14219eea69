/** Streams: what version ranges are relative to. A distribution or ecosystem is a data record; docs/distributions.md lists them. */
import type { OperatingSystem, Package } from '../../model/package.ts';
import type { SchemeId } from '../../versions/scheme.ts';

const LANGUAGES: Readonly<Record<string, SchemeId>> = {
  npm: 'npm',
  PyPI: 'pypi',
  Go: 'go',
  'crates.io': 'semver',
  Maven: 'maven',
  NuGet: 'nuget',
  Packagist: 'composer',
  RubyGems: 'gem',
  Hex: 'hex',
  Pub: 'pub',
  SwiftURL: 'semver',
  Hackage: 'hackage',
  'GitHub Actions': 'semver',
  ConanCenter: 'semver',
  CRAN: 'cran',
  Bitnami: 'bitnami',
};
const TYPES: Readonly<Record<string, string>> = {
  npm: 'npm',
  pypi: 'PyPI',
  golang: 'Go',
  cargo: 'crates.io',
  maven: 'Maven',
  nuget: 'NuGet',
  composer: 'Packagist',
  gem: 'RubyGems',
  hex: 'Hex',
  pub: 'Pub',
  swift: 'SwiftURL',
  hackage: 'Hackage',
  githubactions: 'GitHub Actions',
  conan: 'ConanCenter',
  bitnami: 'Bitnami',
};
const SYSTEMS: Readonly<Record<string, SchemeId>> = {
  debian: 'deb', ubuntu: 'deb', alpine: 'apk', amazon: 'rpm', rhel: 'rpm', almalinux: 'rpm', rocky: 'rpm', sles: 'rpm', 'opensuse-leap': 'rpm',
};

export function schemeOf(stream: string): SchemeId | undefined {
  const family = stream.split('/', 1)[0] ?? '';
  if (family === 'generic') return stream === 'generic/openjdk' ? 'jvm' : 'generic';
  return Object.hasOwn(LANGUAGES, family) ? LANGUAGES[family] : Object.hasOwn(SYSTEMS, family) ? SYSTEMS[family] : undefined;
}

export function osvStream(ecosystem: string): { readonly stream: string; readonly names: 'source' | 'binary' } | undefined {
  if (Object.hasOwn(LANGUAGES, ecosystem)) return { stream: ecosystem, names: 'binary' };
  let found = /^Debian:(\d+)$/.exec(ecosystem);
  if (found) return { stream: `debian/${found[1]}`, names: 'source' };
  found = /^Ubuntu:(Pro:)?(\d\d\.\d\d)(?::LTS)?$/.exec(ecosystem);
  if (found) return { stream: found[1] ? `ubuntu/${found[2]}/esm-infra` : `ubuntu/${found[2]}`, names: 'source' };
  found = /^Alpine:v?(\d+\.\d+|edge)$/.exec(ecosystem);
  if (found) return { stream: `alpine/${found[1]}`, names: 'source' };
  found = /^AlmaLinux:(\d+)$/.exec(ecosystem);
  if (found) return { stream: `almalinux/${found[1]}`, names: 'binary' };
  found = /^Rocky Linux:(\d+)$/.exec(ecosystem);
  if (found) return { stream: `rocky/${found[1]}`, names: 'binary' };
  found = /^Red Hat:enterprise_linux:(\d+)/.exec(ecosystem);
  if (found) return { stream: `rhel/${found[1]}`, names: 'binary' };
  return undefined;
}

export function normalizeName(stream: string, name: string): string {
  if (stream === 'PyPI') return name.replace(/[-_.]+/g, '-').toLowerCase();
  if (stream === 'NuGet' || stream === 'Packagist' || stream === 'npm') return name.toLowerCase();
  if (stream === 'crates.io') return name.replaceAll('_', '-');
  return name;
}

export interface StreamQuery {
  readonly stream: string;
  readonly name: string;
  readonly by: 'source' | 'binary';
  readonly version: string;
  readonly role: 'base' | 'channel';
  readonly channel?: string;
  readonly enabled?: boolean;
  readonly epochUnknown?: true;
}

export type PackageQueries =
  | { readonly kind: 'queries'; readonly scheme: SchemeId; readonly queries: readonly StreamQuery[] }
  | {
      readonly kind: 'none';
      readonly reason: 'third-party' | 'unknown-distribution' | 'unsupported-release' | 'no-version' | 'unsupported-type' | 'pseudo-package';
      readonly detail: string;
      readonly silent: boolean;
    };

export function queriesFor(pkg: Package, os: OperatingSystem | undefined): PackageQueries {
  if (pkg.version === '') return { kind: 'none', reason: 'no-version', detail: 'it has no version', silent: pkg.root === true };
  const language = Object.hasOwn(TYPES, pkg.type) ? TYPES[pkg.type] : undefined;
  if (language !== undefined)
    return { kind: 'queries', scheme: LANGUAGES[language] ?? 'generic', queries: [{ stream: language, name: normalizeName(language, pkg.name), by: 'binary', version: pkg.version, role: 'base' }] };
  if (pkg.type === 'generic')
    return { kind: 'queries', scheme: 'generic', queries: [{ stream: `generic/${pkg.name}`, name: pkg.name, by: 'binary', version: pkg.version, role: 'base' }] };
  if (os === undefined) return { kind: 'none', reason: 'unknown-distribution', detail: 'the distribution is not known', silent: false };
  const source = { name: pkg.source?.name ?? pkg.name, version: pkg.source?.version ?? pkg.version };
  const release = releaseOf(os);
  if (release === undefined) return { kind: 'none', reason: 'unknown-distribution', detail: os.id, silent: false };
  const stream = `${release.distribution}/${release.release}`;
  const scheme = schemeOf(stream) ?? 'generic';
  return pkg.type === 'rpm'
    ? { kind: 'queries', scheme, queries: [{ stream, name: pkg.name, by: 'binary', version: pkg.version, role: 'base' }] }
    : { kind: 'queries', scheme, queries: [{ stream, ...source, by: 'source', role: 'base' }] };
}

export function releaseOf(os: OperatingSystem):
  | { readonly distribution: string; readonly release: string; readonly prettyName: string; readonly eol?: { readonly date: string; readonly extended?: string; readonly url: string } }
  | undefined {
  const distribution = os.id === 'amzn' ? 'amazon' : os.id;
  if (!Object.hasOwn(SYSTEMS, distribution)) return undefined;
  const release = distribution === 'alpine' ? os.versionId.split('.').slice(0, 2).join('.') : distribution === 'ubuntu' ? os.versionId : (os.versionId.split('.', 1)[0] ?? '');
  return { distribution, release, prettyName: os.prettyName };
}

export const STREAM_FAMILIES: readonly { readonly id: string; readonly title: string; readonly scheme: SchemeId; readonly feeds: readonly string[]; readonly notes?: string }[] = [
  ...Object.entries(SYSTEMS).map(([id, scheme]) => ({ id, title: id, scheme, feeds: [] })),
  ...Object.entries(LANGUAGES).map(([id, scheme]) => ({ id, title: id, scheme, feeds: [] })),
  { id: 'generic', title: 'Programs without a package', scheme: 'generic' as const, feeds: [] },
];
