/** Who says what, in the API's words: `UBUNTU_CVE`, `NVD` … with the page of a vulnerability there. */
import type { Vulnerability } from '../../model/finding.ts';

interface SourceWords {
  readonly name: string;
  /** Page of a CVE; absent: the advisory's own. */
  readonly page?: (id: string) => string;
  /** The vendor writes `Important` rather than `important`. */
  readonly capital?: true;
}

const NVD: SourceWords = { name: 'NVD', page: (id) => `https://nvd.nist.gov/vuln/detail/${id}` };
const UBUNTU: SourceWords = { name: 'UBUNTU_CVE', page: (id) => `https://ubuntu.com/security/${id}` };
const DEBIAN: SourceWords = { name: 'DEBIAN_CVE', page: (id) => `https://security-tracker.debian.org/tracker/${id}` };
const REDHAT: SourceWords = {
  name: 'REDHAT_CVE',
  page: (id) => `https://access.redhat.com/security/cve/${id}`,
  capital: true,
};
const AMAZON: SourceWords = {
  name: 'AMAZON_CVE',
  page: (id) => `https://explore.alas.aws.amazon.com/${id}.html`,
  capital: true,
};
const SUSE: SourceWords = { name: 'SUSE_CVE', page: (id) => `https://www.suse.com/security/cve/${id}.html`, capital: true };
const ALPINE: SourceWords = { name: 'ALPINE_CVE', page: (id) => `https://security.alpinelinux.org/vuln/${id}` };
const GITHUB: SourceWords = { name: 'GITHUB' };

/** By the namespace of system packages' purls: the distribution. */
const DISTRIBUTIONS: Readonly<Record<string, SourceWords>> = {
  ubuntu: UBUNTU,
  debian: DEBIAN,
  redhat: REDHAT,
  rhel: REDHAT,
  centos: REDHAT,
  amzn: AMAZON,
  amazon: AMAZON,
  suse: SUSE,
  sles: SUSE,
  opensuse: SUSE,
  alpine: ALPINE,
  almalinux: { name: 'ALMALINUX', capital: true },
  rocky: { name: 'ROCKYLINUX', capital: true },
  oracle: { name: 'ORACLE', capital: true },
};

/** By who decided the severity, or whose advisory it is. */
const SOURCES: Readonly<Record<string, SourceWords>> = {
  ...DISTRIBUTIONS,
  nvd: NVD,
  'nvd-overrides': NVD,
  'cisa-adp': { name: 'CISA_ADP' },
  ghsa: GITHUB,
};

function wordsOf(id: string): SourceWords {
  return SOURCES[id] ?? { name: id.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_') };
}

/** A source as the API names it. */
export function sourceName(id: string): string {
  return wordsOf(id).name;
}

/** `source`, `sourceUrl` and `vendorSeverity` of a package finding. */
export function vendorOf(
  { id, severity, severitySource, evidence }: Vulnerability,
  namespace: string | undefined,
): { readonly source: string; readonly url: string | undefined; readonly severity: string | undefined } {
  const first = evidence[0];
  const distribution = Object.entries(DISTRIBUTIONS).find(([name]) => namespace?.startsWith(name))?.[1];
  const decided = severitySource === 'none' ? (first?.source ?? 'none') : severitySource;
  const words = distribution ?? wordsOf(decided);
  const word = evidence.map((said) => said.severity).find((said) => said?.kind === 'word')?.value;
  const spelled = word === undefined ? undefined : words.capital ? word.charAt(0).toUpperCase() + word.slice(1) : word;
  return {
    source: words.name,
    url:
      (id.startsWith('CVE-') ? words.page?.(id) : undefined) ??
      first?.url ??
      (id.startsWith('CVE-') ? NVD.page?.(id) : undefined),
    severity: spelled ?? (severity === 'UNTRIAGED' ? undefined : severity),
  };
}
