/** What cannot be said as data: streams beside the base, chosen by repository, kernel line or subscription. */
import type { OperatingSystem, Package } from '../../model/package.ts';
import { minorOf } from './distributions.ts';

export interface Beside {
  readonly stream: string;
  readonly role: 'base' | 'channel';
  readonly channel?: string;
  readonly enabled?: boolean;
}

/** Topics of Amazon Linux 2 Extras that have had advisories; a repository that names another one is believed. */
const TOPICS: readonly string[] = [
  'BCC',
  'GraphicsMagick1.3',
  'R3.4',
  'R4',
  'ansible2',
  'aws-nitro-enclaves-cli',
  'collectd',
  'corretto8',
  'dnsmasq',
  'docker',
  'dovecot',
  'ecs',
  'emacs',
  'firefox',
  'gimp',
  'golang1.19',
  'haproxy2',
  'httpd_modules',
  'java-openjdk11',
  'kernel-5.10',
  'kernel-5.15',
  'kernel-5.4',
  'libreoffice',
  'livepatch',
  'lustre',
  'lynis',
  'mariadb10.5',
  'mate-desktop1.x',
  'mock',
  'mono',
  'nginx1',
  'php8.0',
  'php8.1',
  'php8.2',
  'postgresql11',
  'postgresql12',
  'postgresql13',
  'postgresql14',
  'python3.8',
  'redis6',
  'ruby2.6',
  'ruby3.0',
  'rust1',
  'selinux-ng',
  'squid4',
  'testing',
  'tomcat8.5',
  'tomcat9',
  'unbound1.13',
  'unbound1.17',
  'vim',
];

/** Version without epoch. */
function plain(version: string): string {
  return version.replace(/^\d+:/, '');
}

/** Whether a package of this version can be from the topic: `php8.1` holds 8.1.x and nothing else. */
function inLine(topic: string, version: string): boolean {
  const line = /(\d+(?:\.\d+)*)(?:\.x)?$/.exec(topic)?.[1];
  return line === undefined || version === line || version.startsWith(`${line}.`);
}

/**
 * Amazon Linux 2: the repository says which topic a package is from. Without it, kernels are told apart by their line (the core
 * kernel is 4.14), and other packages may be from any topic whose line they are in: the topic's versions decide.
 */
function amazon2(pkg: Package): Beside[] {
  const version = plain(pkg.version);
  const repository = pkg.repository ?? '';
  const topic = /^amzn2extra-(.+)$/.exec(repository)?.[1];
  if (topic !== undefined) return [{ stream: `amazon/2/extras/${topic}`, role: 'base' }];
  const core: Beside = { stream: 'amazon/2', role: 'base' };
  if (repository.startsWith('amzn2-core') || repository === 'amzn2-core') return [core];
  if (/^(?:kernel|perf|bpftool|python-perf)(?:-|$)/.test(pkg.name)) {
    const line = /^\d+\.\d+/.exec(version)?.[0] ?? '';
    return [TOPICS.includes(`kernel-${line}`) ? { stream: `amazon/2/extras/kernel-${line}`, role: 'base' } : core];
  }
  const topics = TOPICS.filter((one) => !one.startsWith('kernel-') && inLine(one, version));
  return [core, ...topics.map((one): Beside => ({ stream: `amazon/2/extras/${one}`, role: 'base' }))];
}

function amazon(release: string, pkg: Package): Beside[] {
  if (release === '2') return amazon2(pkg);
  const base: Beside = { stream: `amazon/${release}`, role: 'base' };
  // Live patches are packages of their own with advisories of their own.
  return release === '2023' && pkg.name.startsWith('kernel-livepatch')
    ? [{ stream: 'amazon/2023/kernel-livepatch', role: 'base' }]
    : [base];
}

function ubuntu(release: string, os: OperatingSystem): Beside[] {
  const services = ['esm-infra', 'esm-apps'] as const;
  return [
    { stream: `ubuntu/${release}`, role: 'base' },
    ...services.map((service): Beside => {
      const enabled = os.proServices?.includes(service);
      const channel = `Ubuntu Pro (${service})`;
      return { stream: `ubuntu/${release}/${service}`, role: 'channel', channel, ...(enabled === undefined ? {} : { enabled }) };
    }),
  ];
}

/** Extended update support: fixes for one minor release, for those who subscribe. Repositories tell who does. */
function rhel(release: string, os: OperatingSystem): Beside[] {
  const base: Beside = { stream: `rhel/${release}`, role: 'base' };
  if (os.id === 'centos') return [base];
  const facts = [...(os.repositories ?? []), os.cpe ?? ''];
  const minor = minorOf(os);
  const kinds = [
    ...(minor === undefined ? [] : (['eus', 'e4s', 'aus', 'tus'] as const).map((kind) => [kind, minor] as const)),
    ['els', release] as const,
  ];
  return [
    base,
    ...kinds.map(([kind, version]): Beside => {
      const named = facts.some((fact) => new RegExp(`[-_:]${kind}(?:[-_:]|$)`).test(fact));
      const known = os.repositories !== undefined || named;
      return {
        stream: `rhel/${release}/${kind}-${version}`,
        role: 'channel',
        channel: `RHEL ${version} ${kind.toUpperCase()}`,
        ...(known ? { enabled: named } : {}),
      };
    }),
  ];
}

/** The streams that speak of a package of this distribution and release. */
export function streamsBeside(distribution: string, release: string, pkg: Package, os: OperatingSystem): readonly Beside[] {
  switch (distribution) {
    case 'amazon':
      return amazon(release, pkg);
    case 'ubuntu':
      return ubuntu(release, os);
    case 'rhel':
      return rhel(release, os);
    case 'suse':
      return [
        { stream: `suse/${release}`, role: 'base' },
        { stream: `suse/${release}/ltss`, role: 'channel', channel: 'SUSE LTSS' },
      ];
    default:
      return [{ stream: `${distribution}/${release}`, role: 'base' }];
  }
}
