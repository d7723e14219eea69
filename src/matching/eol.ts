/** A system out of support is a finding of its own: what is not looked for any more is not found. */
import { releaseOf } from '../advisories/streams/index.ts';
import { purlOf } from '../inventory/purl.ts';
import type { Match } from '../model/finding.ts';
import type { OperatingSystem, Package } from '../model/package.ts';

/** Ubuntu Pro's fixes of the system's own packages, which are its extended support. */
const EXTENDED_SERVICE = 'esm-infra';

/** The finding for a release whose standard support ended before `today` (ISO date); undefined when it has not, or is not known. */
export function endOfLifeMatch(os: OperatingSystem, today: string): Match | undefined {
  const known = releaseOf(os);
  const day = today.slice(0, 10);
  if (known?.eol === undefined || known.eol.date >= day) return undefined;
  const { distribution, release, eol } = known;
  const version = os.versionId || release;
  const pkg: Package = {
    purl: purlOf({ type: 'generic', name: distribution, version }),
    type: 'generic',
    name: distribution,
    version,
    evidence: 'installed',
    locations: [{ path: 'etc/os-release' }],
    foundBy: 'os-release',
  };
  const extended = eol.extended === undefined || eol.extended < day ? undefined : eol.extended;
  const note = `standard support of ${os.prettyName} ended on ${eol.date}`;
  const reason = `it has extended support (${EXTENDED_SERVICE}), which lasts until ${extended}`;
  const covered = extended !== undefined && os.proServices?.includes(EXTENDED_SERVICE) === true;
  return {
    id: `EOL-${distribution}-${release}`,
    kind: 'end-of-life',
    aliases: [],
    package: pkg,
    status: 'end-of-life',
    fixedVersions: [],
    evidence: [
      {
        source: 'vendor',
        id: `EOL-${distribution}-${release}`,
        url: eol.url,
        stream: `${distribution}/${release}`,
        name: distribution,
        by: 'binary',
        version,
        range: {},
        status: 'end-of-life',
        note: extended === undefined ? note : `${note}; extended support can be had until ${extended}`,
      },
    ],
    advisories: [],
    ...(covered ? { suppressed: { by: 'extended-support', reason } } : {}),
  };
}
