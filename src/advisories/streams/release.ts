/** From os-release to the release, and the one stream, of a distribution. */
import type { OperatingSystem } from '../../model/package.ts';
import { type Distribution, distributionOf, familyOf } from './distributions.ts';
import { endOfLife } from './eol.ts';
import type { Release } from './model.ts';
import { suseRelease } from './suse.ts';

/** Codenames under which os-release and debian_version know testing and unstable. */
const DEBIAN_CODENAMES: Readonly<Record<string, string>> = {
  buster: '10',
  bullseye: '11',
  bookworm: '12',
  trixie: '13',
  forky: '14',
  duke: '15',
};

/** Branches of the main and community repositories in use; testing is never a branch of its own. */
function alpineBranches(os: OperatingSystem): ReadonlySet<string> {
  const branches = (os.repositories ?? []).flatMap((repository) => {
    const branch = /\/(?:v(\d{1,3}\.\d{1,3})|(edge))\/(?:main|community)\/?$/.exec(repository);
    return branch === null ? [] : [branch[1] ?? branch[2] ?? ''];
  });
  return new Set(branches);
}

/** os-release speaks of an image's first packages, the repositories of what was installed since: these win when they agree on one. */
function alpineRelease(os: OperatingSystem, stated: string): string {
  const branches = alpineBranches(os);
  const [only] = branches;
  return branches.size === 1 && only !== undefined && !branches.has(stated) ? only : stated;
}

/** Testing and unstable have no version: their codename tells what they will be, or were on the way to. */
function debianRelease(os: OperatingSystem, stated: string): string {
  if (/^\d+$/.test(stated)) return stated;
  if (stated !== '' && stated !== 'sid' && stated !== 'testing' && stated !== 'unstable') return stated;
  const codename = os.codename?.toLowerCase() ?? '';
  const known = Object.hasOwn(DEBIAN_CODENAMES, codename) ? DEBIAN_CODENAMES[codename] : undefined;
  return known ?? 'sid';
}

/** `22.03-LTS-SP3` of `openEuler 22.03 (LTS-SP3)`: VERSION_ID has no service pack. */
function openEulerRelease(os: OperatingSystem, stated: string): string {
  const found = /(\d\d\.\d\d) \((LTS(?:-SP\d)?)\)/.exec(os.prettyName);
  return found === null ? stated : `${found[1]}-${found[2]}`;
}

const EXCEPTIONS: Readonly<Record<string, (os: OperatingSystem, stated: string) => string>> = {
  alpine: alpineRelease,
  debian: debianRelease,
  openeuler: openEulerRelease,
  sles: (os) => suseRelease(os.versionId),
};

function statedRelease(distribution: Distribution, versionId: string): string {
  const found = distribution.releases?.find(([pattern]) => pattern.test(versionId));
  if (found !== undefined) return found[1];
  if (distribution.release === 'whole') return versionId;
  if (distribution.release === 'rolling') return '';
  return versionId
    .split('.')
    .slice(0, distribution.release === 'major' ? 1 : 2)
    .join('.');
}

/** Release as the streams write it; empty when the distribution rolls or does not say. */
export function releaseName(distribution: Distribution, os: OperatingSystem): string {
  const stated = statedRelease(distribution, os.versionId.trim());
  return EXCEPTIONS[distribution.id]?.(os, stated) ?? stated;
}

const STREAM_FORMS: Readonly<Record<string, (release: string) => string>> = {
  'sle-micro': (release) => `suse/micro-${release}`,
  'opensuse-leap': (release) => `opensuse/leap-${release}`,
  'opensuse-tumbleweed': () => 'opensuse/tumbleweed',
};

function isStreamVariant(os: OperatingSystem): boolean {
  return os.id === 'centos' && (os.variantId === 'stream' || /\bstream\b/i.test(os.prettyName));
}

/** Why the release has no advisories; undefined when it may have some. */
export function whyUnsupported(distribution: Distribution, os: OperatingSystem, release: string): string | undefined {
  if (distribution.unsupported !== undefined) return distribution.unsupported;
  if (isStreamVariant(os))
    return 'CentOS Stream runs ahead of the releases that advisories for Red Hat Enterprise Linux speak of, and has none of its own';
  if (release === '' && distribution.release !== 'rolling')
    return `os-release does not say which release of ${distribution.title} it is`;
  if (distribution.covers !== undefined && !distribution.covers.test(release))
    return `there are no advisories for ${distribution.title} ${release}`;
  return undefined;
}

/** The one stream whose advisories decide. */
export function streamName(distribution: Distribution, release: string): string {
  const form = STREAM_FORMS[distribution.id];
  if (form !== undefined) return form(release);
  const family = familyOf(distribution);
  return release === '' ? family : `${family}/${release}`;
}

/** The release of an operating system, with its end of life; undefined for distributions that Vedette does not know. */
export function releaseOf(os: OperatingSystem): Release | undefined {
  const distribution = distributionOf(os.id);
  if (distribution === undefined) return undefined;
  const release = releaseName(distribution, os);
  const dated = isStreamVariant(os) ? 'centos-stream' : distribution.id;
  const eol = endOfLife(dated, release);
  const supported = whyUnsupported(distribution, os, release) === undefined;
  return {
    distribution: dated,
    release: release === '' ? 'rolling' : release,
    prettyName: os.prettyName,
    ...(supported ? { stream: streamName(distribution, release) } : {}),
    ...(eol === undefined ? {} : { eol }),
  };
}
