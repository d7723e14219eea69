/** Operating systems as SBOM writers name them, to os-release's own ids. */
import type { OperatingSystem } from '../../model/package.ts';

/** Trivy's and other writers' family names; everything else is an os-release ID already. */
const IDS: Readonly<Record<string, string>> = {
  amazon: 'amzn',
  'amazon linux': 'amzn',
  amazonlinux: 'amzn',
  redhat: 'rhel',
  'red hat enterprise linux': 'rhel',
  alma: 'almalinux',
  'rocky linux': 'rocky',
  oracle: 'ol',
  oraclelinux: 'ol',
  'suse linux enterprise server': 'sles',
  'suse linux enterprise micro': 'sle-micro',
  slem: 'sle-micro',
  'opensuse.leap': 'opensuse-leap',
  'opensuse.tumbleweed': 'opensuse-tumbleweed',
  'cbl-mariner': 'mariner',
};

/** As os-release has it: Debian and Amazon Linux 2023 write point releases nowhere in VERSION_ID. */
function versionIdOf(id: string, version: string): string {
  const first = version.trim().split(/\s/, 1)[0] ?? '';
  if (id === 'debian') return first.split('.', 1)[0] ?? '';
  return id === 'amzn' && /^\d{4}\.\d+\.\d+$/.test(first) ? first.slice(0, 4) : first;
}

/** A name and version of an operating system: `amazon`, `2 (Karoo)`. Undefined without a name. */
export function operatingSystemOf(name: string, version: string): OperatingSystem | undefined {
  const lower = name.trim().toLowerCase();
  const id = Object.hasOwn(IDS, lower) ? IDS[lower] : lower.replaceAll(' ', '-');
  if (id === undefined || id === '') return undefined;
  return { id, versionId: versionIdOf(id, version), prettyName: `${name.trim()} ${version.trim()}`.trim() };
}

/**
 * The purl qualifier `distro`: `debian-12`, `opensuse-leap-15.6`, `centos-7.6.1810`; the version starts at the first dash before a
 * digit. A bare version (Trivy's for Alpine) is one of the purl's namespace.
 */
export function distroQualifier(distro: string, namespace: string): OperatingSystem | undefined {
  if (/^\d/.test(distro)) return operatingSystemOf(namespace, distro);
  const at = distro.search(/-\d/);
  return at < 0 ? operatingSystemOf(distro, '') : operatingSystemOf(distro.slice(0, at), distro.slice(at + 1));
}
