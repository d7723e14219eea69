/** OSV's ecosystem names, which carry the release of a distribution, to streams. https://ossf.github.io/osv-schema/#affectedpackage-field */
import { ecosystemOfOsv } from './ecosystems.ts';
import type { NameKind } from './model.ts';
import { redhatStream } from './redhat.ts';
import { suseStream } from './suse.ts';

export interface NamedStream {
  readonly stream: string;
  readonly names: NameKind;
}

type Reader = (release: string) => string | undefined;

interface OsvDistribution {
  readonly names: NameKind;
  /** Stream of what follows the first colon (empty when there is none); undefined when it is none of the distribution's releases. */
  readonly stream: Reader;
}

function numbered(family: string): Reader {
  return (release) => (/^\d{1,5}$/.test(release) ? `${family}/${release}` : undefined);
}

function rolling(family: string): Reader {
  return (release) => (release === '' || release === 'rolling' ? family : undefined);
}

function alpine(release: string): string | undefined {
  const branch = /^v?(\d{1,3}\.\d{1,3}|edge)$/.exec(release)?.[1];
  return branch === undefined ? undefined : `alpine/${branch}`;
}

function debian(release: string): string | undefined {
  return release === 'sid' || release === 'unstable' ? 'debian/sid' : numbered('debian')(release);
}

/** `22.04:LTS`, `Pro:18.04:LTS`, `Pro:FIPS-updates:20.04:LTS`. In the plain Pro ecosystem a purl tells esm-apps from esm-infra. */
function ubuntu(release: string): string | undefined {
  const found = /^(?:(Pro)(?::([A-Za-z-]{1,30}))?:)?(\d\d\.\d\d)(?::LTS)?$/.exec(release);
  if (found === null) return undefined;
  const [, pro, service, version] = found;
  if (pro === undefined) return `ubuntu/${version}`;
  const channel = service === undefined ? 'esm-infra' : service.toLowerCase();
  return `ubuntu/${version}/${channel === 'realtime' ? 'realtime-kernel' : channel}`;
}

function openEuler(release: string): string | undefined {
  return /^\d\d\.\d\d(?:-LTS(?:-SP\d)?)?$/.test(release) ? `openeuler/${release}` : undefined;
}

const DISTRIBUTIONS: Readonly<Record<string, OsvDistribution>> = {
  AlmaLinux: { names: 'binary', stream: numbered('almalinux') },
  Alpine: { names: 'source', stream: alpine },
  'Azure Linux': { names: 'source', stream: numbered('azurelinux') },
  Chainguard: { names: 'binary', stream: rolling('chainguard') },
  Debian: { names: 'source', stream: debian },
  Mageia: { names: 'source', stream: numbered('mageia') },
  MinimOS: { names: 'binary', stream: rolling('minimos') },
  'Red Hat': { names: 'binary', stream: redhatStream },
  'Rocky Linux': { names: 'binary', stream: numbered('rocky') },
  // The records name the source package, and the builds of it beside the ranges.
  SUSE: { names: 'source', stream: (release) => suseStream(`SUSE:${release}`) },
  Ubuntu: { names: 'source', stream: ubuntu },
  Wolfi: { names: 'binary', stream: rolling('wolfi') },
  openEuler: { names: 'source', stream: openEuler },
  openSUSE: { names: 'source', stream: (release) => suseStream(`openSUSE:${release}`) },
};

/** Ecosystems that are known and left aside, with the reason: Vedette has no packages that they could speak of. */
export const REFUSED: Readonly<Record<string, string>> = {
  Android: 'phones are not assessed',
  'OSS-Fuzz': 'its versions are commits of the fuzzed projects',
  Linux: 'its ranges are commits and upstream kernel versions; distributions speak of their own kernels',
  GIT: 'its versions are commits',
  GHC: 'the compiler is in no inventory',
  Bioconductor: 'no cataloger reads its packages',
  Julia: 'no cataloger reads its packages',
  opam: 'no cataloger reads its packages',
  VSCode: 'editors are not assessed',
  Kubernetes: 'clusters are not assessed',
  'Photon OS': 'its records have no releases',
  Echo: 'no cataloger knows the distribution',
  Alpaquita: 'no cataloger knows the distribution',
  'BellSoft Hardened Containers': 'no cataloger knows the distribution',
  CleanStart: 'no cataloger knows the distribution',
  'Docker Hardened Images': 'the images are told by purl, which catalogers do not see',
  Root: 'rebuilt packages of other distributions, told by purl, which catalogers do not see',
};

/** The stream of an OSV ecosystem and the names it uses; undefined when nothing Vedette knows is meant. */
export function osvStream(ecosystem: string): NamedStream | undefined {
  const language = ecosystemOfOsv(ecosystem);
  if (language !== undefined) return { stream: language.id, names: 'binary' };
  const colon = ecosystem.indexOf(':');
  const name = colon < 0 ? ecosystem : ecosystem.slice(0, colon);
  const distribution = Object.hasOwn(DISTRIBUTIONS, name) ? DISTRIBUTIONS[name] : undefined;
  const stream = distribution?.stream(colon < 0 ? '' : ecosystem.slice(colon + 1));
  return distribution === undefined || stream === undefined ? undefined : { stream, names: distribution.names };
}
