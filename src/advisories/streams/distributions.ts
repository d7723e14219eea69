/** Distributions: one record each. What cannot be said as data is in `exceptions.ts`. */
import type { OperatingSystem, PackageType } from '../../model/package.ts';
import type { SchemeId } from '../../versions/scheme.ts';

export interface Distribution {
  /** Beginning of its stream ids. */
  readonly id: string;
  readonly title: string;
  /** os-release IDs. */
  readonly ids: readonly string[];
  readonly type: Extract<PackageType, 'deb' | 'rpm' | 'apk'>;
  readonly scheme: SchemeId;
  /** By which names its advisories know packages. */
  readonly names: readonly ('source' | 'binary')[];
  /** Release part of the stream; undefined when the system says nothing that could be one. */
  readonly release: (os: OperatingSystem) => string | undefined;
  /** OSV ecosystem names: the pattern's groups go into `stream`. */
  readonly osv: readonly { readonly pattern: RegExp; readonly stream: string }[];
  readonly osvNames: 'source' | 'binary';
  /** Vendors of its own packages, where the packages say; others' builds are not what its advisories speak of. */
  readonly vendor?: RegExp;
  readonly feeds: readonly string[];
  readonly notes?: string;
}

function major({ versionId }: OperatingSystem): string | undefined {
  return /^\d+/.exec(versionId)?.[0];
}

function majorMinor({ versionId }: OperatingSystem): string | undefined {
  return /^\d+(?:\.\d+)?/.exec(versionId)?.[0];
}

/** `3.21_alpha20240923` and a package source of edge are edge, whatever else is said. */
function alpineRelease(os: OperatingSystem): string | undefined {
  const branches = (os.repositories ?? []).flatMap((url) => /\/(edge|v\d+\.\d+)\//.exec(`${url}/`)?.[1] ?? []);
  if (branches.includes('edge') || /_alpha|edge/.test(os.versionId)) return 'edge';
  // The repositories say what was really installed when the release file was left behind by an upgrade.
  const known = new Set(branches.map((branch) => branch.slice(1)));
  const own = /^\d+\.\d+/.exec(os.versionId)?.[0];
  return known.size === 1 && (own === undefined || !known.has(own)) ? [...known][0] : own;
}

function amazonRelease({ versionId }: OperatingSystem): string | undefined {
  const first = /^\d+/.exec(versionId)?.[0];
  if (first === undefined || first === '2' || first === '2023') return first;
  return Number(first) >= 2010 && Number(first) <= 2018 ? '1' : first;
}

function suseRelease({ id, versionId }: OperatingSystem): string | undefined {
  const version = /^\d+(?:\.\d+)?/.exec(versionId)?.[0];
  if (id === 'opensuse-tumbleweed') return 'tumbleweed';
  if (version === undefined) return undefined;
  return id.startsWith('opensuse') ? `leap-${version}` : `sles-${version.replace(/\.0$/, '')}`;
}

export const DISTRIBUTIONS: readonly Distribution[] = [
  {
    id: 'debian',
    title: 'Debian',
    ids: ['debian'],
    type: 'deb',
    scheme: 'deb',
    names: ['source'],
    release: (os) => (os.versionId === 'sid' || /^(?:sid|unstable)$/.test(os.versionId) ? 'sid' : major(os)),
    osv: [{ pattern: /^Debian:(\d+|sid)$/, stream: 'debian/$1' }],
    osvNames: 'source',
    vendor:
      /^(?!.*@(?:docker|nodesource|f5|nginx|redis|percona|oracle|microsoft|hashicorp|gitlab|elastic|grafana|mongodb|nvidia)\.(?:com|co)>)/i,
    feeds: ['osv'],
    notes: 'DSA, DLA and tracker verdicts; end of life is that of Long Term Support',
  },
  {
    id: 'ubuntu',
    title: 'Ubuntu',
    ids: ['ubuntu'],
    type: 'deb',
    scheme: 'deb',
    names: ['source'],
    release: (os) => /^\d\d\.\d\d/.exec(os.versionId)?.[0],
    osv: [
      { pattern: /^Ubuntu:Pro:(?:[A-Za-z-]+:)?(\d\d\.\d\d)(?::LTS)?$/, stream: 'ubuntu/$1/esm-infra' },
      { pattern: /^Ubuntu:(\d\d\.\d\d)(?::LTS)?$/, stream: 'ubuntu/$1' },
    ],
    osvNames: 'source',
    vendor:
      /^(?!.*@(?:docker|nodesource|f5|nginx|redis|percona|oracle|microsoft|hashicorp|gitlab|elastic|grafana|mongodb|nvidia)\.(?:com|co)>)/i,
    feeds: ['osv'],
    notes: 'fixes of Ubuntu Pro (esm-infra, esm-apps) are a channel of their own',
  },
  {
    id: 'alpine',
    title: 'Alpine',
    ids: ['alpine'],
    type: 'apk',
    scheme: 'apk',
    names: ['source'],
    release: alpineRelease,
    osv: [{ pattern: /^Alpine:v?(\d+\.\d+|edge)$/, stream: 'alpine/$1' }],
    osvNames: 'source',
    feeds: ['osv', 'alpine-secdb'],
    notes: 'by origin; edge by its repositories; its data list fixes, not open vulnerabilities',
  },
  {
    id: 'amazon',
    title: 'Amazon Linux',
    ids: ['amzn'],
    type: 'rpm',
    scheme: 'rpm',
    names: ['binary'],
    release: amazonRelease,
    osv: [],
    osvNames: 'binary',
    vendor: /amazon/i,
    feeds: ['amazon'],
    notes: 'core, extras topics and kernel live patches apart; kernels by their line',
  },
  {
    id: 'rhel',
    title: 'Red Hat Enterprise Linux, CentOS 5–8',
    ids: ['rhel', 'redhat', 'centos'],
    type: 'rpm',
    scheme: 'rpm',
    names: ['binary', 'source'],
    release: major,
    osv: [
      { pattern: /^Red Hat:enterprise_linux:(\d+)(?:::|$)/, stream: 'rhel/$1' },
      { pattern: /^Red Hat:rhel_(eus|els|e4s|aus|tus):((\d+)(?:\.\d+)?)(?:::|$)/, stream: 'rhel/$3/$1-$2' },
    ],
    osvNames: 'binary',
    vendor: /red hat|centos/i,
    feeds: ['osv', 'redhat-cve'],
    notes: 'modules by their stream; EUS and ELS are channels',
  },
  {
    id: 'almalinux',
    title: 'AlmaLinux',
    ids: ['almalinux'],
    type: 'rpm',
    scheme: 'rpm',
    names: ['binary'],
    release: major,
    osv: [{ pattern: /^AlmaLinux:(\d+)$/, stream: 'almalinux/$1' }],
    osvNames: 'binary',
    vendor: /alma/i,
    feeds: ['osv'],
  },
  {
    id: 'rocky',
    title: 'Rocky Linux',
    ids: ['rocky'],
    type: 'rpm',
    scheme: 'rpm',
    names: ['binary'],
    release: major,
    osv: [{ pattern: /^Rocky Linux:(\d+)$/, stream: 'rocky/$1' }],
    osvNames: 'binary',
    vendor: /rocky/i,
    feeds: ['osv'],
  },
  {
    id: 'suse',
    title: 'SUSE Linux Enterprise',
    ids: ['sles', 'sles_sap', 'sled', 'sle_hpc', 'suse'],
    type: 'rpm',
    scheme: 'rpm',
    names: ['binary'],
    release: suseRelease,
    osv: [
      {
        pattern: /^SUSE:Linux Enterprise .*?(\d+) SP(\d+)-(?:LTSS|ESPOS|BCL|CLIENT-TOOLS|TERADATA)\b.*$/,
        stream: 'suse/sles-$1.$2/ltss',
      },
      { pattern: /^SUSE:Linux Enterprise .*?(\d+) SP(\d+)$/, stream: 'suse/sles-$1.$2' },
      { pattern: /^SUSE:Linux Enterprise .*?(\d+)$/, stream: 'suse/sles-$1' },
    ],
    osvNames: 'binary',
    vendor: /suse/i,
    feeds: ['osv'],
    notes: 'a service pack with all its modules; LTSS is a channel',
  },
  {
    id: 'opensuse',
    title: 'openSUSE Leap and Tumbleweed',
    ids: ['opensuse-leap', 'opensuse-tumbleweed', 'opensuse'],
    type: 'rpm',
    scheme: 'rpm',
    names: ['binary'],
    release: suseRelease,
    osv: [
      { pattern: /^openSUSE:Leap (\d+\.\d+)$/, stream: 'opensuse/leap-$1' },
      { pattern: /^openSUSE:Tumbleweed$/, stream: 'opensuse/tumbleweed' },
    ],
    osvNames: 'binary',
    vendor: /suse/i,
    feeds: ['osv'],
  },
];

const BY_ID = new Map(DISTRIBUTIONS.flatMap((one) => one.ids.map((id) => [id, one])));
const BY_STREAM = new Map(DISTRIBUTIONS.map((one) => [one.id, one]));

export function distributionOf(os: OperatingSystem): Distribution | undefined {
  return BY_ID.get(os.id);
}

export function distributionOfStream(stream: string): Distribution | undefined {
  return BY_STREAM.get(stream.split('/', 1)[0] ?? '');
}

/** Version parts of systems like `majorMinor`, for channels. */
export function minorOf(os: OperatingSystem): string | undefined {
  const minor = majorMinor(os);
  return minor?.includes('.') === true ? minor : undefined;
}
