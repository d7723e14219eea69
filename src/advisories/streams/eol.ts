/**
 * Ends of support by distribution and release, ISO dates. Facts from the vendors' lifecycle pages named in `url`, as gathered by
 * endoflife.date (July 2025 to April 2026). Debian's date is the end of its Long Term Support, which the same archive delivers to
 * everybody; `extended` is what a customer can buy.
 */
export interface EndOfLife {
  readonly date: string;
  readonly extended?: string;
}

interface Lifecycle {
  readonly url: string;
  readonly releases: Readonly<Record<string, readonly [date: string, extended?: string]>>;
}

const LIFECYCLES: Readonly<Record<string, Lifecycle>> = {
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
      '16.04': ['2021-04-30', '2026-04-30'],
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
      '23.10': ['2024-07-11'],
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
    releases: { '1': ['2023-12-31'], '2': ['2026-06-30'] },
  },
  rhel: {
    url: 'https://access.redhat.com/support/policy/updates/errata',
    releases: {
      '5': ['2017-03-31', '2020-11-30'],
      '6': ['2020-11-30', '2024-06-30'],
      '7': ['2024-06-30', '2028-06-30'],
      '8': ['2029-05-31', '2032-05-31'],
      '9': ['2032-05-31', '2035-05-31'],
    },
  },
  /** Rebuilds of Red Hat's sources; their advisories are Red Hat's, their ends are not. */
  centos: {
    url: 'https://www.centos.org/centos-linux-eol/',
    releases: { '5': ['2017-03-31'], '6': ['2020-11-30'], '7': ['2024-06-30'], '8': ['2021-12-31'] },
  },
  almalinux: {
    url: 'https://wiki.almalinux.org/release-notes/',
    releases: { '8': ['2029-03-01'], '9': ['2032-05-31'], '10': ['2035-05-31'] },
  },
  rocky: {
    url: 'https://wiki.rockylinux.org/rocky/version/',
    releases: { '8': ['2029-05-31'], '9': ['2032-05-31'] },
  },
  suse: {
    url: 'https://www.suse.com/lifecycle',
    releases: {
      'sles-11.4': ['2019-03-31', '2022-03-31'],
      'sles-12': ['2016-06-30', '2019-07-01'],
      'sles-12.1': ['2017-05-31', '2020-05-31'],
      'sles-12.2': ['2018-03-31', '2021-03-31'],
      'sles-12.3': ['2019-06-30', '2022-06-30'],
      'sles-12.4': ['2020-06-30', '2023-06-30'],
      'sles-12.5': ['2024-10-31', '2027-10-31'],
      'sles-15': ['2019-12-31', '2022-12-31'],
      'sles-15.1': ['2021-01-31', '2024-01-31'],
      'sles-15.2': ['2021-12-31', '2024-12-31'],
      'sles-15.3': ['2022-12-31', '2025-12-31'],
      'sles-15.4': ['2023-12-31', '2026-12-31'],
      'sles-15.5': ['2024-12-31', '2027-12-31'],
    },
  },
  opensuse: {
    url: 'https://en.opensuse.org/Lifetime',
    releases: {
      'leap-42.3': ['2019-07-01'],
      'leap-15.0': ['2019-12-03'],
      'leap-15.1': ['2021-02-02'],
      'leap-15.2': ['2022-01-04'],
      'leap-15.3': ['2022-12-31'],
      'leap-15.4': ['2023-12-07'],
      'leap-15.5': ['2024-12-31'],
      'leap-15.6': ['2026-04-30'],
      'leap-16.0': ['2027-10-31'],
    },
  },
};

/** End of support of a release; undefined when it is not known, which is not the same as "supported". */
export function endOfLife(lifecycle: string, release: string): (EndOfLife & { readonly url: string }) | undefined {
  const known = Object.hasOwn(LIFECYCLES, lifecycle) ? LIFECYCLES[lifecycle] : undefined;
  const dates = known !== undefined && Object.hasOwn(known.releases, release) ? known.releases[release] : undefined;
  if (known === undefined || dates === undefined) return undefined;
  const [date, extended] = dates;
  return { date, ...(extended === undefined ? {} : { extended }), url: known.url };
}
