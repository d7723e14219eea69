/**
 * Who built a package. A distribution's advisories say nothing of builds by others, whose names are often the same and whose
 * versions are not comparable. An rpm names its vendor: one that is not the distribution's is a third party. Debian packages name
 * a maintainer, who may be anyone: there the known third parties are listed, with the marks that they put into versions. A package
 * that names nobody is the distribution's.
 */
import type { Package } from '../../model/package.ts';
import type { Distribution } from './distributions.ts';

interface DebianThirdParty {
  readonly title: string;
  /** End of the maintainer's address. */
  readonly address?: string;
  /** In versions. */
  readonly mark?: RegExp;
}

const DEBIAN_THIRD_PARTIES: readonly DebianThirdParty[] = [
  { title: 'Docker', address: '@docker.com' },
  { title: 'NodeSource', address: '@nodesource.com', mark: /nodesource\d/ },
  { title: 'nginx.org', address: 'nginx-packaging@f5.com' },
  { title: 'nginx.org', address: '@nginx.com' },
  { title: 'the PostgreSQL project', mark: /\.pgdg\d/ },
  { title: 'packages.sury.org', mark: /\+0~20\d{6}\.\d+\+(?:debian|ubuntu)\d/ },
  { title: 'MySQL', address: 'mysql-build@oss.oracle.com' },
  { title: 'MariaDB', mark: /\+maria~/ },
  { title: 'Percona', address: '@percona.com' },
  { title: 'Redis', mark: /-\d+rl\d+~/ },
  { title: 'MongoDB', address: 'packaging@mongodb.com' },
  { title: 'Elastic', address: '@elastic.co' },
  { title: 'Grafana Labs', address: '@grafana.com' },
  { title: 'InfluxData', address: '@influxdb.com' },
  { title: 'HashiCorp', address: '@hashicorp.com' },
  { title: 'GitHub', address: '@github.com' },
  { title: 'GitLab', address: '@gitlab.com' },
  { title: 'Kubernetes', address: '@kubernetes.io' },
  { title: 'Google Chrome', address: 'chromium-dev@chromium.org' },
  { title: 'NVIDIA', address: 'cudatools@nvidia.com' },
  { title: 'Amazon', address: '@amazon.com' },
  { title: 'Datadog', address: '@datadoghq.com' },
  { title: 'a personal package archive', mark: /(?:~ppa|\+(?:trusty|xenial|bionic|focal|jammy|noble))\d+$/ },
];

/** Products of Red Hat's that rebuild packages of the system under their own names and versions. */
const OTHER_PRODUCTS = /\.rhaos\d/;

function debianThirdParty(pkg: Package): string | undefined {
  const address = /<([^<>]{1,200})>/.exec(pkg.vendor ?? '')?.[1]?.toLowerCase() ?? '';
  const found = DEBIAN_THIRD_PARTIES.find(
    (one) => (one.address !== undefined && address.endsWith(one.address)) || one.mark?.test(pkg.version) === true,
  );
  return found?.title;
}

/** Who else built the package; undefined when it is the distribution's or nobody is named. */
export function thirdParty(pkg: Package, distribution: Distribution): string | undefined {
  if (distribution.scheme === 'deb') return debianThirdParty(pkg);
  if (OTHER_PRODUCTS.test(pkg.version)) return 'Red Hat OpenShift';
  const vendor = pkg.vendor?.trim() ?? '';
  if (distribution.vendors === undefined || vendor === '' || vendor === '(none)') return undefined;
  return distribution.vendors.some((own) => vendor.startsWith(own)) ? undefined : vendor.slice(0, 80);
}
