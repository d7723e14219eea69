/** Language ecosystems and other package kinds that are not a distribution's: one record each. */
import type { PackageType } from '../../model/package.ts';
import type { SchemeId } from '../../versions/scheme.ts';

export interface Ecosystem {
  /** Stream id; for most the name that OSV gives it. */
  readonly stream: string;
  /** OSV's name, when it is another. */
  readonly osv?: string;
  readonly title: string;
  readonly type: PackageType;
  readonly scheme: SchemeId;
  /** Normal form of names, of packages and of advisories alike. */
  readonly name?: (name: string) => string;
  /** The version as advisories write it. */
  readonly version?: (version: string, name: string) => string;
  readonly feeds: readonly string[];
  readonly notes?: string;
}

function lower(name: string): string {
  return name.toLowerCase();
}

/** https://peps.python.org/pep-0503/#normalized-names */
function pep503(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** Repository address without scheme, user and `.git`; hosts and paths of forges know no case. */
function repository(name: string): string {
  return name
    .replace(/^(?:https?|ssh|git):\/\//i, '')
    .replace(/^[^@/]*@/, '')
    .replace(/\.git$/i, '')
    .replace(/\/+$/, '')
    .toLowerCase();
}

function withoutV(version: string): string {
  return version.replace(/^v(?=\d)/i, '');
}

/**
 * The toolchain writes its own version as `go1.22rc1`, with experiments (`go1.22.3 X:loopvar`, `go1.26-X:jsonv2`) or a vendor's
 * remark behind it; advisories write `1.22.0-rc1`. https://go.dev/ref/mod#versions
 */
function goVersion(version: string, name: string): string {
  if (name !== 'stdlib' && name !== 'toolchain') return version;
  const plain = version.replace(/^go(?=\d)/, '').split(/ |-X:/, 1)[0] ?? '';
  const early = /^(\d+\.\d+)(?:\.(\d+))?(rc|beta|alpha)(\d+)$/.exec(plain);
  return early === null ? plain : `${early[1]}.${early[2] ?? '0'}-${early[3]}${early[4]}`;
}

/** `1.13.6-x86_64-linux`: the platform of a gem is not part of its version. */
function gemVersion(version: string): string {
  return version.replace(
    /-(?:java|jruby|mingw|mswin|x86|x64|i[3-6]86|amd64|arm|aarch64|universal|powerpc|ppc|s390|riscv|linux|darwin)[\w.-]*$/,
    '',
  );
}

export const ECOSYSTEMS: readonly Ecosystem[] = [
  { stream: 'npm', title: 'npm', type: 'npm', scheme: 'npm', name: lower, feeds: ['osv'], notes: 'yarn, pnpm and bun too' },
  { stream: 'PyPI', title: 'Python (PyPI)', type: 'pypi', scheme: 'pypi', name: pep503, feeds: ['osv'] },
  { stream: 'Go', title: 'Go modules and standard library', type: 'golang', scheme: 'go', version: goVersion, feeds: ['osv'] },
  {
    stream: 'crates.io',
    title: 'Rust (crates.io)',
    type: 'cargo',
    scheme: 'semver',
    name: (name) => name.replaceAll('_', '-'),
    feeds: ['osv'],
  },
  { stream: 'Maven', title: 'Java (Maven)', type: 'maven', scheme: 'maven', feeds: ['osv'] },
  { stream: 'NuGet', title: '.NET (NuGet)', type: 'nuget', scheme: 'nuget', name: lower, feeds: ['osv'] },
  {
    stream: 'Packagist',
    title: 'PHP (Packagist)',
    type: 'composer',
    scheme: 'composer',
    name: lower,
    feeds: ['osv', 'friendsofphp'],
  },
  { stream: 'RubyGems', title: 'Ruby (RubyGems)', type: 'gem', scheme: 'gem', version: gemVersion, feeds: ['osv', 'rubysec'] },
  { stream: 'Hex', title: 'Erlang and Elixir (Hex)', type: 'hex', scheme: 'hex', name: lower, feeds: ['osv'] },
  { stream: 'Pub', title: 'Dart (Pub)', type: 'pub', scheme: 'pub', feeds: ['osv'] },
  {
    stream: 'SwiftURL',
    title: 'Swift packages',
    type: 'swift',
    scheme: 'semver',
    name: repository,
    version: withoutV,
    feeds: ['osv'],
  },
  { stream: 'Hackage', title: 'Haskell (Hackage)', type: 'hackage', scheme: 'hackage', feeds: ['osv'] },
  {
    stream: 'GitHub Actions',
    title: 'GitHub Actions',
    type: 'githubactions',
    scheme: 'semver',
    name: lower,
    version: withoutV,
    feeds: ['osv'],
    notes: 'moving tags (`@v4`) and branches have no version to compare',
  },
  { stream: 'bitnami', osv: 'Bitnami', title: 'Bitnami', type: 'bitnami', scheme: 'bitnami', name: lower, feeds: ['osv'] },
  { stream: 'ConanCenter', title: 'C and C++ (Conan)', type: 'conan', scheme: 'semver', feeds: [] },
  { stream: 'CocoaPods', title: 'CocoaPods', type: 'cocoapods', scheme: 'semver', feeds: [] },
];

const BY_TYPE = new Map(ECOSYSTEMS.map((one) => [one.type, one]));
const BY_OSV = new Map(ECOSYSTEMS.map((one) => [one.osv ?? one.stream, one]));
const BY_STREAM = new Map(ECOSYSTEMS.map((one) => [one.stream, one]));

export function ecosystemOfType(type: PackageType): Ecosystem | undefined {
  return BY_TYPE.get(type);
}

export function ecosystemOfOsv(name: string): Ecosystem | undefined {
  return BY_OSV.get(name);
}

export function ecosystemOfStream(stream: string): Ecosystem | undefined {
  return BY_STREAM.get(stream);
}
