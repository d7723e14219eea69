/** Channels of Ubuntu Pro: fixes that reach only machines with the service. https://documentation.ubuntu.com/pro/ */
import type { OperatingSystem, Package } from '../../model/package.ts';
import type { StreamChoice } from './model.ts';

interface ProService {
  /** Name of the service, as `pro status` has it, and end of the stream. */
  readonly id: string;
  /** Only builds of the service itself can be compared with its fixes; absent = every build of the release. */
  readonly builds?: RegExp;
}

const SERVICES: readonly ProService[] = [
  { id: 'esm-infra' },
  { id: 'esm-apps' },
  // Certified modules lag behind the archive: an ordinary build with a higher version need not have the fix.
  { id: 'fips', builds: /fips/i },
  { id: 'fips-updates', builds: /fips/i },
  { id: 'fips-preview', builds: /fips/i },
  { id: 'realtime-kernel', builds: /realtime/i },
];

export function ubuntuChannels(pkg: Package, os: OperatingSystem, release: string): readonly StreamChoice[] {
  const build = `${pkg.source?.name ?? pkg.name} ${pkg.source?.version ?? pkg.version}`;
  return SERVICES.filter(({ builds }) => builds === undefined || builds.test(build)).map(({ id }) => ({
    stream: `ubuntu/${release}/${id}`,
    role: 'channel',
    channel: `Ubuntu Pro (${id})`,
    ...(os.proServices === undefined ? {} : { enabled: os.proServices.includes(id) }),
  }));
}
