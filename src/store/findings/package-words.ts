/** How the API words facts of packages: architecture, package manager, epoch and release, what to do. */
import type { PackageManager } from '@aws-sdk/client-inspector2';

interface Words {
  readonly manager: PackageManager;
  /** What brings the fixed version; absent where there is no such command. */
  readonly update?: (name: string) => string;
}

const SYSTEM: Readonly<Record<string, (name: string) => string>> = {
  deb: () => 'apt-get update && apt-get upgrade',
  apk: (name) => `apk update && apk upgrade ${name}`,
  rpm: (name) => `yum update ${name}`,
};

/** purl namespaces of rpm distributions that do not use yum. */
const RPM_UPDATE: readonly (readonly [namespace: RegExp, command: string])[] = [
  [/^(?:suse|sles|sle|opensuse)/, 'zypper update'],
  [/^(?:fedora|photon|azurelinux)/, 'dnf update'],
];

/** purl type → by what the file is called; the first that fits, the last fits all. */
const LANGUAGES: Readonly<Record<string, readonly (readonly [file: RegExp, words: Words])[]>> = {
  npm: [
    [/(?:^|\/)(?:yarn\.lock|\.pnp\.)/, { manager: 'YARN', update: (name) => `yarn upgrade ${name}` }],
    [/(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/, { manager: 'NPM', update: (name) => `npm update ${name}` }],
    [/(?:^|\/)pnpm-lock\.yaml$/, { manager: 'NPM', update: (name) => `pnpm update ${name}` }],
    [/(?:^|\/)bun\.lock$/, { manager: 'NPM', update: (name) => `bun update ${name}` }],
    [/^/, { manager: 'NODEPKG', update: (name) => `npm update ${name}` }],
  ],
  pypi: [
    [/(?:^|\/)Pipfile(?:\.lock)?$/, { manager: 'PIPENV', update: (name) => `pipenv update ${name}` }],
    [/(?:^|\/)poetry\.lock$/, { manager: 'POETRY', update: (name) => `poetry update ${name}` }],
    [/(?:^|\/)[^/]*requirements[^/]*\.txt$/, { manager: 'PIP', update: (name) => `pip install --upgrade ${name}` }],
    [/^/, { manager: 'PYTHONPKG', update: (name) => `pip install --upgrade ${name}` }],
  ],
  maven: [
    [/(?:^|\/)(?:pom\.xml|[^/]*\.pom)$/, { manager: 'POM' }],
    [/^/, { manager: 'JAR' }],
  ],
  golang: [
    [
      /(?:^|\/)go\.(?:mod|sum)$/,
      { manager: 'GOMOD', update: (name) => (name === 'stdlib' ? 'go get go@latest' : `go get -u ${name}`) },
    ],
    [/^/, { manager: 'GOBINARY' }],
  ],
  cargo: [[/^/, { manager: 'CARGO', update: (name) => `cargo update -p ${name}` }]],
  gem: [
    [/(?:^|\/)(?:Gemfile(?:\.lock)?|gems\.locked)$/, { manager: 'BUNDLER', update: (name) => `bundle update ${name}` }],
    [/^/, { manager: 'GEMSPEC', update: (name) => `gem update ${name}` }],
  ],
  composer: [[/^/, { manager: 'COMPOSER', update: (name) => `composer update ${name}` }]],
  nuget: [
    [/\.deps\.json$/, { manager: 'DOTNET_CORE' }],
    [/^/, { manager: 'NUGET' }],
  ],
};

/** deb, rpm, apk: installed by the system's package manager, where the files are of no interest. */
export function isSystemPackage(type: string): boolean {
  return Object.hasOwn(SYSTEM, type);
}

/** PackageManager of the API; undefined for types it has no word for (Swift, Hackage …). */
export function packageManager(type: string, path: string): PackageManager | undefined {
  return isSystemPackage(type) ? 'OS' : languageWords(type, path)?.manager;
}

function languageWords(type: string, path: string): Words | undefined {
  return LANGUAGES[type]?.find(([file]) => file.test(path))?.[1];
}

/** The command that updates a package; undefined where there is none. */
export function updateCommand(type: string, namespace: string | undefined, name: string, path: string): string | undefined {
  if (type === 'rpm') {
    const other = RPM_UPDATE.find(([pattern]) => pattern.test(namespace ?? ''))?.[1];
    if (other !== undefined) return `${other} ${name}`;
  }
  return (SYSTEM[type] ?? languageWords(type, path)?.update)?.(name);
}

const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'X86_64', x86_64: 'X86_64', arm64: 'ARM64', aarch64: 'ARM64' };

export function architectureWord(architecture: string): string {
  return ARCHITECTURES[architecture.toLowerCase()] ?? architecture.toUpperCase();
}

export interface SplitVersion {
  readonly version: string;
  readonly epoch?: number;
  readonly release?: string;
}

/** `1:3.0.13-0ubuntu3.4` → epoch 1, version 3.0.13, release 0ubuntu3.4. Only system packages have these parts; the epoch is 0 when not said. */
export function splitVersion(type: string, text: string): SplitVersion {
  if (!isSystemPackage(type) || text === '') return { version: text === '' ? 'unknown' : text };
  const [, epoch = '0', rest = text] = /^(\d{1,9}):(.+)$/s.exec(text) ?? [];
  const dash = rest.lastIndexOf('-');
  if (dash <= 0 || dash === rest.length - 1) return { version: rest, epoch: Number(epoch) };
  return { version: rest.slice(0, dash), epoch: Number(epoch), release: rest.slice(dash + 1) };
}

/** `fixedInVersion`: `0:3.0.13-0ubuntu3.4` for system packages, otherwise as the ecosystem writes it. */
export function fixedInVersion(type: string, versions: readonly string[]): string {
  const written = versions.map((version) => (isSystemPackage(type) && !/^\d+:/.test(version) ? `0:${version}` : version));
  return written.length === 0 ? 'NotAvailable' : written.join(', ');
}
