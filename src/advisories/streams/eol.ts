/**
 * When standard support of a release ends, and the extended support that can be bought after it (Ubuntu Pro, Red Hat ELS, SUSE
 * LTSS …). Debian's date is the end of its Long Term Support, which the same archive brings to everybody. Vendors' dates, as
 * collected by https://endoflife.date; where only the month is known, its last day. A release without a date that is certain is
 * left out, and counts as unknown, not as supported.
 */
import type { EndOfLife } from './model.ts';

interface Dates {
  readonly url: string;
  /** Release → end of standard support, and of extended support. */
  readonly releases: Readonly<Record<string, readonly [standard: string, extended?: string]>>;
}

export const DATED: Readonly<Record<string, Dates>> = {
  debian: {
    url: 'https://wiki.debian.org/DebianReleases',
    releases: {
      '6': ['2016-02-29'],
      '7': ['2018-05-31'],
      '8': ['2020-06-30', '2025-06-30'],
      '9': ['2022-06-30', '2027-06-30'],
      '10': ['2024-06-30'],
      '11': ['2026-08-31'],
      '12': ['2028-06-30'],
      '13': ['2030-06-30'],
    },
  },
  ubuntu: {
    url: 'https://ubuntu.com/about/release-cycle',
    releases: {
      '12.04': ['2017-04-28', '2019-04-26'],
      '14.04': ['2019-04-25', '2024-04-25'],
      '14.10': ['2015-07-23'],
      '15.04': ['2016-02-04'],
      '15.10': ['2016-07-28'],
      '16.04': ['2021-04-30', '2026-04-30'],
      '16.10': ['2017-07-20'],
      '17.04': ['2018-01-13'],
      '17.10': ['2018-07-19'],
      '18.04': ['2023-05-31', '2028-04-30'],
      '18.10': ['2019-07-18'],
      '19.04': ['2020-01-23'],
      '19.10': ['2020-07-17'],
      '20.04': ['2025-05-31', '2030-04-30'],
      '20.10': ['2021-07-22'],
      '21.04': ['2022-01-20'],
      '21.10': ['2022-07-14'],
      '22.04': ['2027-04-30', '2032-04-30'],
      '22.10': ['2023-07-20'],
      '23.04': ['2024-01-25'],
      '23.10': ['2024-07-12'],
      '24.04': ['2029-05-31', '2036-05-31'],
      '24.10': ['2025-07-10'],
      '25.04': ['2026-01-17'],
      '25.10': ['2026-07-31'],
      '26.04': ['2031-04-30', '2036-04-30'],
    },
  },
  alpine: {
    url: 'https://alpinelinux.org/releases/',
    releases: {
      '3.2': ['2017-05-01'],
      '3.3': ['2017-11-01'],
      '3.4': ['2018-05-01'],
      '3.5': ['2018-11-01'],
      '3.6': ['2019-05-01'],
      '3.7': ['2019-11-01'],
      '3.8': ['2020-05-01'],
      '3.9': ['2020-11-01'],
      '3.10': ['2021-05-01'],
      '3.11': ['2021-11-01'],
      '3.12': ['2022-05-01'],
      '3.13': ['2022-11-01'],
      '3.14': ['2023-05-01'],
      '3.15': ['2023-11-01'],
      '3.16': ['2024-05-23'],
      '3.17': ['2024-11-22'],
      '3.18': ['2025-05-09'],
      '3.19': ['2025-11-01'],
      '3.20': ['2026-04-01'],
      '3.21': ['2026-11-01'],
      '3.22': ['2027-05-01'],
      '3.23': ['2027-11-01'],
    },
  },
  amazon: {
    url: 'https://aws.amazon.com/amazon-linux-2/faqs/',
    releases: { '1': ['2023-12-31'], '2': ['2026-06-30'], '2023': ['2029-06-30'] },
  },
  rhel: {
    url: 'https://access.redhat.com/support/policy/updates/errata',
    releases: {
      '4': ['2012-02-29', '2017-03-31'],
      '5': ['2017-03-31', '2020-11-30'],
      '6': ['2020-11-30', '2024-06-30'],
      '7': ['2024-06-30', '2028-06-30'],
      '8': ['2029-05-31', '2032-05-31'],
      '9': ['2032-05-31', '2035-05-31'],
      '10': ['2035-05-31'],
    },
  },
  centos: {
    url: 'https://www.centos.org/cl-vs-cs/',
    releases: { '5': ['2017-03-31'], '6': ['2020-11-30'], '7': ['2024-06-30'], '8': ['2021-12-31'] },
  },
  'centos-stream': {
    url: 'https://www.centos.org/cl-vs-cs/',
    releases: { '8': ['2024-05-31'], '9': ['2027-05-31'], '10': ['2030-01-01'] },
  },
  almalinux: {
    url: 'https://wiki.almalinux.org/release-notes/',
    releases: { '8': ['2029-03-01'], '9': ['2032-05-31'], '10': ['2035-05-31'] },
  },
  rocky: {
    url: 'https://wiki.rockylinux.org/rocky/version/',
    releases: { '8': ['2029-05-31'], '9': ['2032-05-31'], '10': ['2035-05-31'] },
  },
  sles: {
    url: 'https://www.suse.com/lifecycle',
    releases: {
      '11': ['2010-12-31'],
      '11.1': ['2012-08-31', '2015-08-30'],
      '11.2': ['2014-01-31', '2017-01-30'],
      '11.3': ['2016-01-31', '2019-01-30'],
      '11.4': ['2019-03-31', '2022-03-31'],
      '12': ['2016-06-30', '2019-07-01'],
      '12.1': ['2017-05-31', '2020-05-31'],
      '12.2': ['2018-03-31', '2021-03-31'],
      '12.3': ['2019-06-30', '2022-06-30'],
      '12.4': ['2020-06-30', '2023-06-30'],
      '12.5': ['2024-10-31', '2027-10-31'],
      '15': ['2019-12-31', '2022-12-31'],
      '15.1': ['2021-01-31', '2024-01-31'],
      '15.2': ['2021-12-31', '2024-12-31'],
      '15.3': ['2022-12-31', '2025-12-31'],
      '15.4': ['2023-12-31', '2026-12-31'],
      '15.5': ['2024-12-31', '2027-12-31'],
      '15.6': ['2025-12-31', '2028-12-31'],
      '15.7': ['2031-07-31', '2034-07-31'],
    },
  },
  'opensuse-leap': {
    url: 'https://en.opensuse.org/Lifetime',
    releases: {
      '42.1': ['2017-05-17'],
      '42.2': ['2018-01-26'],
      '42.3': ['2019-07-01'],
      '15.0': ['2019-12-03'],
      '15.1': ['2021-02-02'],
      '15.2': ['2022-01-04'],
      '15.3': ['2022-12-31'],
      '15.4': ['2023-12-07'],
      '15.5': ['2024-12-31'],
      '15.6': ['2026-04-30'],
      '16.0': ['2027-10-31'],
    },
  },
  fedora: {
    url: 'https://docs.fedoraproject.org/en-US/releases/eol/',
    releases: {
      '30': ['2020-05-26'],
      '31': ['2020-11-24'],
      '32': ['2021-05-25'],
      '33': ['2021-11-30'],
      '34': ['2022-06-07'],
      '35': ['2022-12-13'],
      '36': ['2023-05-16'],
      '37': ['2023-12-05'],
      '38': ['2024-05-21'],
      '39': ['2024-11-26'],
      '40': ['2025-05-13'],
      '41': ['2025-12-15'],
      '42': ['2026-05-13'],
      '43': ['2026-12-09'],
    },
  },
  oracle: {
    url: 'https://www.oracle.com/a/ocom/docs/elsp-lifetime-069338.pdf',
    releases: {
      '6': ['2021-03-01'],
      '7': ['2024-12-01'],
      '8': ['2029-07-01'],
      '9': ['2032-06-30'],
    },
  },
  azurelinux: {
    url: 'https://learn.microsoft.com/azure/azure-linux/release-cadence-lifecycle',
    releases: { '1': ['2023-08-31'], '2': ['2025-07-31'], '3': ['2027-08-31'] },
  },
};

/** End of life of a release of a distribution (`centos-stream` for CentOS Stream); undefined when it has none or it is not known. */
export function endOfLife(distribution: string, release: string): EndOfLife | undefined {
  const dates = Object.hasOwn(DATED, distribution) ? DATED[distribution] : undefined;
  const known = dates !== undefined && Object.hasOwn(dates.releases, release) ? dates.releases[release] : undefined;
  if (dates === undefined || known === undefined) return undefined;
  const [date, extended] = known;
  return { date, ...(extended === undefined ? {} : { extended }), url: dates.url };
}
