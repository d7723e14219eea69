/** Language ecosystems as records: their purl type, version scheme, and what makes two spellings of a name one package. */
import type { PackageType } from '../../model/package.ts';
import type { SchemeId } from '../../versions/scheme.ts';

export interface Ecosystem {
  /** Stream id; OSV's ecosystem name unless `osv` says otherwise. */
  readonly id: string;
  readonly title: string;
  readonly scheme: SchemeId;
  /** Absent: no cataloger reads its packages, its advisories are kept all the same. */
  readonly type?: PackageType;
  readonly osv?: string;
  readonly feeds: readonly string[];
  /** Normal form of a name; absent = names are compared as they are. */
  readonly normalize?: (name: string) => string;
  /** What of an installed version is compared; an empty answer means that there is no version. */
  readonly version?: (version: string) => string;
  /** What a name must have before an advisory can be looked up. */
  readonly complete?: { readonly form: RegExp; readonly otherwise: string };
  /** A namespace marks packages of a private registry, which public advisories do not speak of. */
  readonly privateNamespaces?: true;
  readonly notes?: string;
}

function lowerCase(name: string): string {
  return name.toLowerCase();
}

/** https://peps.python.org/pep-0503/#normalized-names */
function pep503(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** Repositories of version control systems: `https://github.com/Apple/swift-nio.git` is `github.com/apple/swift-nio`. */
function repository(name: string): string {
  return name
    .replace(/^[a-z][a-z0-9+.-]{0,20}:\/\/(?:[^/@]{0,100}@)?/i, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '')
    .toLowerCase();
}

/** Actions are repositories of GitHub, with a folder where one repository has several. */
function action(name: string): string {
  return repository(name).replace(/^github\.com\//, '');
}

/** `go1.22.1 (Red Hat 1.22.1-2.el9)`, `go1.21 X:boringcrypto`, `go1.26-X:nodwarf5` → the version alone; `(devel)` is none. */
function goVersion(version: string): string {
  if (/^\(devel\)|^devel\b|^unknown$/.test(version)) return '';
  return version.replace(/\s.*$/s, '').replace(/-X:.*$/s, '');
}

/** Gems with native code are told apart by a platform at the end: `1.15.0-x86_64-linux`, `9.4.0-java`. */
const GEM_PLATFORM =
  /-(?:(?:java|jruby|dalvik|dotnet|macruby)|(?:mswin|mingw|universal)[\w.-]*|(?:x86|x64|x86_64|i\d86|aarch64|arm64?|armv\d\w*|ppc64(?:le)?|powerpc\w*|s390x?|riscv64|loongarch64|sparc\w*)-[\w.-]+)$/;

function gemVersion(version: string): string {
  return version.replace(GEM_PLATFORM, '');
}

export const ECOSYSTEMS: readonly Ecosystem[] = [
  {
    id: 'npm',
    title: 'npm',
    scheme: 'npm',
    type: 'npm',
    feeds: ['osv'],
    notes: 'case counts: `JSONStream` and `jsonstream` are two packages',
  },
  {
    id: 'PyPI',
    title: 'Python',
    scheme: 'pypi',
    type: 'pypi',
    feeds: ['osv'],
    normalize: pep503,
    notes: 'PEP 503: runs of `-`, `_` and `.` are one hyphen',
  },
  {
    id: 'Go',
    title: 'Go',
    scheme: 'go',
    type: 'golang',
    feeds: ['osv'],
    version: goVersion,
    notes: 'the standard library is `stdlib`, the go command `toolchain`',
  },
  {
    id: 'crates.io',
    title: 'Rust',
    scheme: 'semver',
    type: 'cargo',
    feeds: ['osv'],
    normalize: (name) => name.replaceAll('_', '-').toLowerCase(),
    notes: '`_` and `-` are one',
  },
  {
    id: 'Maven',
    title: 'Java (Maven)',
    scheme: 'maven',
    type: 'maven',
    feeds: ['osv'],
    complete: { form: /:/, otherwise: 'without a group id no Java advisory can be looked up' },
    notes: '`group:artifact`, case counts',
  },
  { id: 'NuGet', title: '.NET (NuGet)', scheme: 'nuget', type: 'nuget', feeds: ['osv'], normalize: lowerCase },
  {
    id: 'Packagist',
    title: 'PHP (Composer)',
    scheme: 'composer',
    type: 'composer',
    feeds: ['osv', 'friendsofphp'],
    normalize: lowerCase,
  },
  {
    id: 'RubyGems',
    title: 'Ruby',
    scheme: 'gem',
    type: 'gem',
    feeds: ['osv', 'rubysec'],
    version: gemVersion,
    notes: 'the platform at the end of a version does not count',
  },
  {
    id: 'Hex',
    title: 'Erlang and Elixir (Hex)',
    scheme: 'hex',
    type: 'hex',
    feeds: ['osv'],
    normalize: lowerCase,
    privateNamespaces: true,
  },
  { id: 'Pub', title: 'Dart (Pub)', scheme: 'pub', type: 'pub', feeds: ['osv'], normalize: lowerCase },
  {
    id: 'SwiftURL',
    title: 'Swift',
    scheme: 'semver',
    type: 'swift',
    feeds: ['osv'],
    normalize: repository,
    notes: 'names are repositories, without `https://` and `.git`',
  },
  { id: 'Hackage', title: 'Haskell', scheme: 'hackage', type: 'hackage', feeds: ['osv'] },
  { id: 'GitHub Actions', title: 'GitHub Actions', scheme: 'semver', type: 'githubactions', feeds: ['osv'], normalize: action },
  {
    id: 'ConanCenter',
    title: 'C and C++ (Conan)',
    scheme: 'semver',
    type: 'conan',
    feeds: [],
    normalize: lowerCase,
    privateNamespaces: true,
  },
  { id: 'CRAN', title: 'R', scheme: 'cran', type: 'cran', feeds: ['osv'], notes: 'case counts; packages are those of SBOMs' },
  { id: 'bitnami', title: 'Bitnami', scheme: 'bitnami', type: 'bitnami', osv: 'Bitnami', feeds: ['osv'], normalize: lowerCase },
];

const BY_ID = new Map(ECOSYSTEMS.map((ecosystem) => [ecosystem.id, ecosystem]));
const BY_TYPE = new Map(ECOSYSTEMS.flatMap((ecosystem) => (ecosystem.type === undefined ? [] : [[ecosystem.type, ecosystem]])));
const BY_OSV = new Map(ECOSYSTEMS.map((ecosystem) => [ecosystem.osv ?? ecosystem.id, ecosystem]));

export function ecosystemOfStream(stream: string): Ecosystem | undefined {
  return BY_ID.get(stream);
}

export function ecosystemOfType(type: PackageType): Ecosystem | undefined {
  return BY_TYPE.get(type);
}

export function ecosystemOfOsv(name: string): Ecosystem | undefined {
  return BY_OSV.get(name);
}
