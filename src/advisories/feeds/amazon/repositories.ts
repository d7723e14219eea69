/** Amazon Linux's repositories: their stream, their place in a mirror and upstream's list of addresses. */

export interface Repository {
  readonly stream: string;
  /** Below `amazon/` in a mirror. */
  readonly folder: string;
  /** The lists for x86_64; their `updateinfo` names the packages of every architecture. */
  readonly mirrorList: string;
}

/** Topics of Amazon Linux 2 Extras that have had advisories. Others are read when a mirror has them. */
const TOPICS = [
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
  'epel',
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

const CDN = 'https://cdn.amazonlinux.com';

function extras(topic: string): Repository {
  return {
    stream: `amazon/2/extras/${topic}`,
    folder: `2/extras/${topic}`,
    mirrorList: `${CDN}/2/extras/${topic}/latest/x86_64/mirror.list`,
  };
}

const FIXED: readonly Repository[] = [
  {
    stream: 'amazon/1',
    folder: '1/updates',
    mirrorList: 'http://repo.us-west-2.amazonaws.com/2018.03/updates/x86_64/mirror.list',
  },
  { stream: 'amazon/2', folder: '2/core', mirrorList: `${CDN}/2/core/latest/x86_64/mirror.list` },
  { stream: 'amazon/2023', folder: '2023/core', mirrorList: `${CDN}/al2023/core/mirrors/latest/x86_64/mirror.list` },
  {
    stream: 'amazon/2023/kernel-livepatch',
    folder: '2023/kernel-livepatch',
    mirrorList: `${CDN}/al2023/kernel-livepatch/mirrors/latest/x86_64/mirror.list`,
  },
];

export const REPOSITORIES: readonly Repository[] = [...FIXED, ...TOPICS.map(extras)];

/** The repository of a folder below `amazon/`; undefined when it is none. */
export function repositoryOf(folder: string): Repository | undefined {
  const known = REPOSITORIES.find((repository) => repository.folder === folder);
  const topic = /^2\/extras\/([\w.+-]{1,60})$/.exec(folder)?.[1];
  return known ?? (topic === undefined ? undefined : extras(topic));
}
