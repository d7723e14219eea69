/** What each file that describes an operating system says, file by file. */
import type { OperatingSystem } from '../../../model/package.ts';

export type OsFacts = Partial<OperatingSystem>;

function unquote(value: string): string {
  const quote = value[0];
  if (quote === "'" && value.length > 1 && value.endsWith("'")) return value.slice(1, -1);
  const inner = quote === '"' && value.length > 1 && value.endsWith('"') ? value.slice(1, -1) : value;
  return inner.replace(/\\(["$`\\])/g, '$1');
}

/** `KEY=value` lines in shell quoting, as os-release(5) and lsb-release have them. The last one of a key wins, as in a shell. */
function shellVariables(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    const at = trimmed.indexOf('=');
    if (at <= 0 || trimmed.startsWith('#')) continue;
    const key = trimmed.slice(0, at);
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) variables.set(key, unquote(trimmed.slice(at + 1)).trim());
  }
  return variables;
}

function present(facts: { [K in keyof OperatingSystem]: OperatingSystem[K] | undefined }): OsFacts {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(entries);
}

/** https://www.freedesktop.org/software/systemd/man/os-release.html */
export function osRelease(text: string): OsFacts {
  const variables = shellVariables(text);
  const id = variables.get('ID')?.toLowerCase();
  if (id === undefined || id === '') return {};
  const like = variables.get('ID_LIKE')?.toLowerCase().split(/\s+/).filter(Boolean);
  // CentOS Stream calls itself `centos` like the rebuild did; only the name tells them apart.
  const stream = id === 'centos' && /\bstream\b/i.test(variables.get('NAME') ?? '') ? 'stream' : undefined;
  return present({
    id,
    versionId: variables.get('VERSION_ID'),
    idLike: like?.length ? like : undefined,
    codename: variables.get('VERSION_CODENAME') || variables.get('UBUNTU_CODENAME') || undefined,
    variantId: variables.get('VARIANT_ID') || stream,
    prettyName: variables.get('PRETTY_NAME') || variables.get('NAME'),
    cpe: variables.get('CPE_NAME'),
  } as OperatingSystem);
}

/** https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/lsbrelease.html */
export function lsbRelease(text: string): OsFacts {
  const variables = shellVariables(text);
  const id = variables.get('DISTRIB_ID')?.toLowerCase();
  if (id === undefined || id === '') return {};
  return present({
    id,
    versionId: variables.get('DISTRIB_RELEASE'),
    codename: variables.get('DISTRIB_CODENAME'),
    prettyName: variables.get('DISTRIB_DESCRIPTION'),
  } as OperatingSystem);
}

/** First words of one-line release files → os-release ID. Longest first: the first that fits is taken. */
const RELEASE_NAMES: readonly (readonly [string, string])[] = [
  ['Red Hat Enterprise Linux', 'rhel'],
  ['SUSE Linux Enterprise Server', 'sles'],
  ['SUSE Linux Enterprise Desktop', 'sled'],
  ['Oracle Linux', 'ol'],
  ['Enterprise Linux Enterprise Linux Server', 'ol'],
  ['CentOS Stream', 'centos'],
  ['CentOS', 'centos'],
  ['AlmaLinux', 'almalinux'],
  ['Rocky Linux', 'rocky'],
  ['Fedora', 'fedora'],
  ['Amazon Linux', 'amzn'],
  ['openSUSE', 'opensuse'],
  ['VMware Photon', 'photon'],
  ['CBL-Mariner', 'mariner'],
  ['Scientific Linux', 'scientific'],
];

/** `CentOS release 6.10 (Final)`, `Amazon Linux AMI release 2018.03`, `SUSE Linux Enterprise Server 11 (x86_64)` with VERSION and PATCHLEVEL lines. */
export function releaseLine(text: string): OsFacts {
  const line = text.split('\n', 1)[0]?.trim() ?? '';
  const id = RELEASE_NAMES.find(([name]) => line.startsWith(name))?.[1];
  if (id === undefined) return {};
  let versionId = /(?:^|\s)(\d+(?:\.\d+)*)(?=\s|$)/.exec(line)?.[1];
  const patchLevel = /^PATCHLEVEL\s*=\s*(\d+)/m.exec(text)?.[1];
  if (versionId !== undefined && patchLevel !== undefined && patchLevel !== '0') versionId = `${versionId}.${patchLevel}`;
  const variantId = line.startsWith('CentOS Stream') ? 'stream' : undefined;
  return present({ id, versionId, variantId, prettyName: line } as OperatingSystem);
}

/** `12.5` on a release, `trixie/sid` before one: then os-release has no VERSION_ID. */
export function debianVersion(text: string): OsFacts {
  const version = text.trim();
  const unreleased = /^([a-z]+)\/sid$/.exec(version)?.[1];
  if (unreleased !== undefined)
    return { id: 'debian', versionId: 'sid', codename: unreleased, prettyName: `Debian GNU/Linux ${version}` };
  const major = /^(\d+)(?:\.\d+)*$/.exec(version)?.[1];
  return major === undefined ? {} : { id: 'debian', versionId: major, prettyName: `Debian GNU/Linux ${version}` };
}

/** `3.19.1`, `3.21_alpha20240923`. */
export function alpineRelease(text: string): OsFacts {
  const version = text.trim();
  return /^\d+\.\d+[\w.]*$/.test(version) ? { id: 'alpine', versionId: version, prettyName: `Alpine Linux v${version}` } : {};
}

/** The repositories in use, comments and local paths left out: https://wiki.alpinelinux.org/wiki/Repositories */
export function apkRepositories(text: string): OsFacts {
  const lines = text.split('\n').map((line) => line.trim().replace(/^@\S+\s+/, ''));
  const repositories = [...new Set(lines.filter((line) => /^https?:\/\//.test(line)))].sort();
  return repositories.length === 0 ? {} : { repositories };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** Services of Ubuntu Pro that are enabled; none when the machine is not attached. Throws on broken JSON. */
export function ubuntuPro(text: string): OsFacts {
  const status: unknown = JSON.parse(text);
  const services = list(field(status, 'services'));
  const enabled = services.filter((service) => field(service, 'status') === 'enabled').map((service) => field(service, 'name'));
  const proServices = enabled.filter((name) => typeof name === 'string').sort();
  return field(status, 'attached') === true ? { proServices } : { proServices: [] };
}

/** Red Hat content sets an image was built from. Throws on broken JSON. */
export function contentManifest(text: string): OsFacts {
  const sets = list(field(JSON.parse(text), 'content_sets')).filter((name) => typeof name === 'string');
  return sets.length === 0 ? {} : { repositories: [...new Set(sets)].sort() };
}
