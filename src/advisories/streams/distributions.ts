/**
 * Linux distributions as records: how os-release names them, how a release is written in their streams, which package names their
 * advisories use and who builds their packages. Exceptions that need code are in amazon.ts, redhat.ts, suse.ts and ubuntu.ts.
 */
import type { SchemeId } from '../../versions/scheme.ts';
import type { NameKind } from './model.ts';

/** How VERSION_ID is cut: `12` of 12.5, `3.19` of 3.19.1, all of it, or nothing because the distribution rolls. */
export type ReleaseRule = 'major' | 'minor' | 'whole' | 'rolling';

export interface Distribution {
  readonly id: string;
  readonly title: string;
  /** os-release IDs. */
  readonly ids: readonly string[];
  readonly scheme: SchemeId;
  readonly release: ReleaseRule;
  /** Releases written differently from what the rule makes of VERSION_ID. */
  readonly releases?: readonly (readonly [pattern: RegExp, release: string])[];
  /** Names that its advisories use, the more telling first. */
  readonly names: readonly NameKind[];
  /** Family of its streams where it is not `id`: rebuilds use the data of what they rebuild. */
  readonly family?: string;
  /** Releases whose advisories hold for it, where these are not all. */
  readonly covers?: RegExp;
  /** Beginnings of the vendors of its own packages; absent: packages are not told apart by vendor. */
  readonly vendors?: readonly string[];
  /** The distribution's mark at the end of versions, where advisories leave it out: neither side is compared with it. */
  readonly mark?: RegExp;
  readonly feeds: readonly string[];
  /** Set when no advisory source has data for it: what the user is told. */
  readonly unsupported?: string;
  readonly notes?: string;
}

/** Rebuilds of Red Hat Enterprise Linux mix on migrated systems; all of them build the same sources. */
const ENTERPRISE_VENDORS = ['Red Hat', 'CentOS', 'AlmaLinux', 'CloudLinux', 'Rocky'];

function withoutSource(title: string): string {
  return `Vedette has no advisory source for ${title}`;
}

export const DISTRIBUTIONS: readonly Distribution[] = [
  {
    id: 'debian',
    title: 'Debian',
    ids: ['debian'],
    scheme: 'deb',
    release: 'major',
    names: ['source'],
    feeds: ['osv'],
    notes: 'testing and unstable are `debian/sid`, and the release they became or will become',
  },
  {
    id: 'ubuntu',
    title: 'Ubuntu',
    ids: ['ubuntu'],
    scheme: 'deb',
    release: 'minor',
    names: ['source'],
    feeds: ['osv'],
    notes: 'Ubuntu Pro is a channel: `ubuntu/22.04/esm-infra`, `ubuntu/22.04/esm-apps` and others',
  },
  {
    id: 'alpine',
    title: 'Alpine Linux',
    ids: ['alpine'],
    scheme: 'apk',
    release: 'minor',
    releases: [[/_alpha|^edge$/, 'edge']],
    names: ['source'],
    feeds: ['alpine-secdb', 'osv'],
    notes: 'the branch is that of the repositories in use, when these are of one other branch',
  },
  {
    id: 'wolfi',
    title: 'Wolfi',
    ids: ['wolfi'],
    scheme: 'apk',
    release: 'rolling',
    names: ['binary'],
    feeds: ['osv'],
    notes: 'every package of an origin is named by itself, with its architecture',
  },
  {
    id: 'chainguard',
    title: 'Chainguard OS',
    ids: ['chainguard'],
    scheme: 'apk',
    release: 'rolling',
    names: ['binary'],
    feeds: ['osv'],
    notes: 'every package of an origin is named by itself, with its architecture',
  },
  {
    id: 'minimos',
    title: 'MinimOS',
    ids: ['minimos'],
    scheme: 'apk',
    release: 'rolling',
    names: ['binary'],
    feeds: ['osv'],
    notes: 'every package of an origin is named by itself',
  },
  {
    id: 'amazon',
    title: 'Amazon Linux',
    ids: ['amzn'],
    scheme: 'rpm',
    release: 'major',
    releases: [[/^201\d\./, '1']],
    names: ['binary'],
    covers: /^(?:1|2|2023)$/,
    vendors: ['Amazon'],
    feeds: ['amazon'],
    notes: 'one stream for each Extras topic: `amazon/2/extras/docker`; kernels by their line',
  },
  {
    id: 'rhel',
    title: 'Red Hat Enterprise Linux',
    ids: ['rhel', 'redhat'],
    scheme: 'rpm',
    release: 'major',
    names: ['binary', 'source'],
    vendors: ENTERPRISE_VENDORS,
    feeds: ['osv', 'redhat-cve'],
    notes: 'extended updates are channels: `rhel/9/eus-9.2`, `rhel/7/els`; security-data records name source packages',
  },
  {
    id: 'centos',
    title: 'CentOS Linux',
    ids: ['centos'],
    scheme: 'rpm',
    release: 'major',
    names: ['binary', 'source'],
    family: 'rhel',
    covers: /^[678]$/,
    vendors: ENTERPRISE_VENDORS,
    feeds: ['osv', 'redhat-cve'],
    notes: 'read with the data of Red Hat Enterprise Linux; CentOS Stream is not, it runs ahead of the releases these speak of',
  },
  {
    id: 'almalinux',
    title: 'AlmaLinux',
    ids: ['almalinux'],
    scheme: 'rpm',
    release: 'major',
    names: ['binary'],
    vendors: ENTERPRISE_VENDORS,
    feeds: ['osv'],
  },
  {
    id: 'rocky',
    title: 'Rocky Linux',
    ids: ['rocky'],
    scheme: 'rpm',
    release: 'major',
    names: ['binary'],
    vendors: ENTERPRISE_VENDORS,
    feeds: ['osv'],
  },
  {
    id: 'sles',
    title: 'SUSE Linux Enterprise',
    ids: ['sles', 'sled', 'sles_sap', 'sles-sap', 'sle_hpc', 'sle-hpc'],
    scheme: 'rpm',
    release: 'whole',
    names: ['binary', 'source'],
    family: 'suse',
    vendors: ['SUSE', 'openSUSE', 'Novell'],
    feeds: ['osv'],
    notes: 'server, desktop and all modules of a service pack are one stream; LTSS is a channel',
  },
  {
    id: 'sle-micro',
    title: 'SUSE Linux Micro',
    ids: ['sle-micro', 'sl-micro', 'suse-microos'],
    scheme: 'rpm',
    release: 'minor',
    names: ['binary', 'source'],
    family: 'suse',
    vendors: ['SUSE', 'openSUSE'],
    feeds: ['osv'],
  },
  {
    id: 'opensuse-leap',
    title: 'openSUSE Leap',
    ids: ['opensuse-leap', 'opensuse'],
    scheme: 'rpm',
    release: 'minor',
    names: ['binary', 'source'],
    family: 'opensuse',
    vendors: ['SUSE', 'openSUSE'],
    feeds: ['osv'],
  },
  {
    id: 'opensuse-tumbleweed',
    title: 'openSUSE Tumbleweed',
    ids: ['opensuse-tumbleweed'],
    scheme: 'rpm',
    release: 'rolling',
    names: ['binary', 'source'],
    family: 'opensuse',
    vendors: ['SUSE', 'openSUSE'],
    feeds: ['osv'],
  },
  {
    id: 'azurelinux',
    title: 'Azure Linux',
    ids: ['azurelinux', 'mariner'],
    scheme: 'rpm',
    release: 'major',
    names: ['source'],
    vendors: ['Microsoft'],
    mark: /\.(?:azl|cm)\d{1,3}$/,
    feeds: ['osv'],
    notes: 'CBL-Mariner is Azure Linux 1 and 2; versions are compared without `.azl3` or `.cm2`, which advisories leave out',
  },
  {
    id: 'mageia',
    title: 'Mageia',
    ids: ['mageia'],
    scheme: 'rpm',
    release: 'major',
    names: ['source'],
    vendors: ['Mageia'],
    feeds: ['osv'],
  },
  {
    id: 'openeuler',
    title: 'openEuler',
    ids: ['openeuler'],
    scheme: 'rpm',
    release: 'whole',
    names: ['source'],
    feeds: ['osv'],
    notes: 'each service pack is a stream: `openeuler/22.03-LTS-SP3`',
  },
  {
    id: 'oracle',
    title: 'Oracle Linux',
    ids: ['ol'],
    scheme: 'rpm',
    release: 'major',
    names: ['binary'],
    vendors: ['Oracle'],
    feeds: [],
    unsupported: withoutSource('Oracle Linux'),
  },
  {
    id: 'fedora',
    title: 'Fedora',
    ids: ['fedora'],
    scheme: 'rpm',
    release: 'major',
    names: ['binary'],
    vendors: ['Fedora'],
    feeds: [],
    unsupported: withoutSource('Fedora'),
  },
  {
    id: 'photon',
    title: 'Photon OS',
    ids: ['photon'],
    scheme: 'rpm',
    release: 'minor',
    names: ['source'],
    vendors: ['VMware', 'Broadcom'],
    feeds: [],
    unsupported: withoutSource('Photon OS'),
  },
  {
    id: 'bottlerocket',
    title: 'Bottlerocket',
    ids: ['bottlerocket'],
    scheme: 'rpm',
    release: 'rolling',
    names: ['binary'],
    feeds: [],
    unsupported: withoutSource('Bottlerocket'),
  },
];

const BY_ID = new Map(DISTRIBUTIONS.flatMap((distribution) => distribution.ids.map((id) => [id, distribution])));

/** The record of an os-release ID. */
export function distributionOf(id: string): Distribution | undefined {
  return BY_ID.get(id);
}

/** First part of the streams of a distribution. */
export function familyOf(distribution: Distribution): string {
  return distribution.family ?? distribution.id;
}
