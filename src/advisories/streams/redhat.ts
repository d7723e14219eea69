/**
 * Red Hat's extended updates. A minor release that others have left behind (9.2 when 9.4 is out) gets fixes of its own under an
 * add-on: EUS, AUS, E4S, TUS; the last one of a major release gets ELS. They are channels: the base stream says that a package is
 * affected and which build of the newest minor release fixes it; the channel says which build fixes it here. A host only reaches
 * the channels of its own minor release and of the minor release its package was built for (`.el9_2`): the fix of another one
 * has a version that cannot be compared with it.
 */
import type { OperatingSystem, Package } from '../../model/package.ts';
import type { StreamChoice } from './model.ts';

interface Phase {
  readonly id: string;
  readonly title: string;
  /** In content sets, repository ids and CPEs. */
  readonly named: RegExp;
}

function phase(id: string, title: string, word = id): Phase {
  return { id, title, named: new RegExp(`(?:^|[-_:])${word}(?:[-_:]|$)`) };
}

const LAST_MINOR = phase('els', 'Extended Lifecycle Support');

/** Add-ons to a minor release. */
const PHASES: readonly Phase[] = [
  phase('eus', 'Extended Update Support'),
  phase('e4s', 'Update Services for SAP Solutions'),
  phase('aus', 'Advanced Update Support'),
  phase('tus', 'Telecommunications Update Service'),
  phase('eus_long_life', 'Extended Update Support Long-Life', 'eus'),
  LAST_MINOR,
];

/** Products whose package names do not occur in Enterprise Linux itself, with the release after `::el`. */
const ADD_ONS =
  /^(?:rhel_software_collections|rhel_dotnet|rhel_extras|rhel_extras_other|devtools)(?::[\w.]{1,20})?::el(\d{1,2})$/;

/** `enterprise_linux:9::baseos`, `rhel_eus:9.2::appstream`, `rhel_els:7`; undefined for products that are not the system. */
export function redhatStream(product: string): string | undefined {
  const base = /^enterprise_linux:(\d{1,2})(?:\.\d{1,2})?(?:::([a-z0-9_]{1,40}))?$/.exec(product);
  // Virtualization hosts get builds of their own under the names of the system's.
  if (base) return base[2]?.startsWith('hypervisor') ? `rhel/${base[1]}/hypervisor` : `rhel/${base[1]}`;
  const extended = /^rhel_(eus_long_life|eus|e4s|aus|tus|els):(\d{1,2})(?:\.(\d{1,2}))?(?:::[a-z0-9_]{1,40})?$/.exec(product);
  if (extended) {
    const [, phase, major, minor] = extended;
    return `rhel/${major}/${phase}${minor === undefined ? '' : `-${major}.${minor}`}`;
  }
  const addOn = ADD_ONS.exec(product)?.[1];
  return addOn === undefined ? undefined : `rhel/${addOn}`;
}

/** Minor release that a build was made for: 2 of `1.2-3.el9_2.4`, 6 of `1.2-3.module+el8.6.0+15432+aaaa`. */
function builtFor(version: string): number | undefined {
  const minor = /\.el\d{1,2}_(\d{1,2})(?!\d)/.exec(version)?.[1] ?? /\.module\+el\d{1,2}\.(\d{1,2})\.\d/.exec(version)?.[1];
  return minor === undefined ? undefined : Number(minor);
}

/** Whether the target has an add-on: undefined when nothing says which content it takes. */
function isEnabled({ named }: Phase, pkg: Package, os: OperatingSystem): boolean | undefined {
  if (named.test(pkg.repository ?? '') || named.test(os.cpe ?? '')) return true;
  return os.repositories?.some((repository) => named.test(repository));
}

function minorOf(os: OperatingSystem, major: string): number | undefined {
  const found = /^(\d{1,2})\.(\d{1,2})/.exec(os.versionId);
  return found === null || found[1] !== major ? undefined : Number(found[2]);
}

/** Channels of a package of Red Hat Enterprise Linux, those of the host's own minor release first. */
export function redhatChannels(pkg: Package, os: OperatingSystem, major: string): readonly StreamChoice[] {
  const host = minorOf(os, major);
  const built = builtFor(pkg.version);
  // A build for a later minor release is past everything the host's channel speaks of.
  const minors = new Set([host !== undefined && (built === undefined || built <= host) ? host : undefined, built]);
  const channel = (of: Phase, minor?: number): StreamChoice => {
    const enabled = isEnabled(of, pkg, os);
    const release = minor === undefined ? major : `${major}.${minor}`;
    return {
      stream: `rhel/${major}/${of.id}${minor === undefined ? '' : `-${release}`}`,
      role: 'channel',
      channel: `Red Hat Enterprise Linux ${release} ${of.title}`,
      ...(enabled === undefined ? {} : { enabled }),
    };
  };
  const perMinor = [...minors].flatMap((minor) => (minor === undefined ? [] : PHASES.map((one) => channel(one, minor))));
  return [...perMinor, channel(LAST_MINOR)];
}
