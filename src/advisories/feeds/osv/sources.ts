/** Who publishes a record, told by its id. Facts only: add a line when OSV adds a database. */

export interface OsvSource {
  /** Start of the ids. */
  readonly prefix: string;
  /** `Advisory.source`. */
  readonly source: string;
  /** Who the CVSS vectors in its records are by, as scoring knows it. */
  readonly cvss: string;
  /** Who its severity words are by. */
  readonly words: string;
  /** Page of a record; `{id}` is its id, `{cve}` its first CVE id. */
  readonly page: string;
  readonly kind?: 'malware';
  /** The CVE ids are in `related`: the advisory is a distribution's update, not a vulnerability of its own. */
  readonly update?: true;
  /** Updates without a CVE that mend no vulnerability. */
  readonly maintenance?: true;
  /**
   * What a distribution says of one package and one vulnerability found elsewhere: named by the CVE, or else the GHSA id, that is
   * upstream of it (in older records: related).
   */
  readonly downstream?: true;
  /** Its packages are rpm builds, of which any has the fix. */
  readonly builds?: true;
}

const OSV_PAGE = 'https://osv.dev/vulnerability/{id}';

function plain(prefix: string, source: string, page = OSV_PAGE): OsvSource {
  return { prefix, source, cvss: source, words: source, page };
}

function erratum(prefix: string, source: string, vendor: string, page = OSV_PAGE): OsvSource {
  return { ...update(prefix, source, vendor, page), builds: true };
}

function update(prefix: string, source: string, vendor: string, page = OSV_PAGE): OsvSource {
  return { prefix, source, cvss: vendor, words: vendor, page, update: true };
}

const REDHAT_PAGE = 'https://access.redhat.com/errata/{id}';
const ROCKY_PAGE = 'https://errata.rockylinux.org/{id}';
const DEBIAN_PAGE = 'https://security-tracker.debian.org/tracker/{id}';

const SOURCES: readonly OsvSource[] = [
  plain('GHSA-', 'ghsa', 'https://github.com/advisories/{id}'),
  { ...plain('MAL-', 'malicious-packages'), kind: 'malware' },
  plain('PYSEC-', 'pysec'),
  plain('RUSTSEC-', 'rustsec', 'https://rustsec.org/advisories/{id}.html'),
  // The Go project rates nothing; a vector in its records is somebody else's.
  { ...plain('GO-', 'govulndb', 'https://pkg.go.dev/vuln/{id}'), cvss: 'nvd' },
  plain('BIT-', 'bitnami'),
  plain('HSEC-', 'haskell-security'),
  plain('EEF-', 'erlang-security'),
  plain('RSEC-', 'r-consortium'),
  // Wolfi has no records apart from Chainguard's.
  { ...plain('CGA-', 'osv-chainguard', 'https://images.chainguard.dev/security/{id}'), downstream: true },
  { ...plain('MINI-', 'osv-minimos'), downstream: true },
  { ...plain('AZL-', 'osv-azure-linux'), cvss: 'nvd', words: 'azurelinux', downstream: true },
  update('MGASA-', 'osv-mageia', 'mageia', 'https://advisories.mageia.org/{id}.html'),
  { ...update('MGAA-', 'osv-mageia', 'mageia', 'https://advisories.mageia.org/{id}.html'), maintenance: true },
  update('OESA-', 'osv-openeuler', 'openeuler'),
  plain('DRUPAL-', 'drupal'),
  plain('PSF-', 'psf'),
  plain('GSD-', 'gsd'),
  plain('OSV-', 'oss-fuzz'),
  { ...update('DSA-', 'osv-debian', 'debian', DEBIAN_PAGE), cvss: 'nvd' },
  { ...update('DLA-', 'osv-debian', 'debian', DEBIAN_PAGE), cvss: 'nvd' },
  { ...update('DTSA-', 'osv-debian', 'debian', DEBIAN_PAGE), cvss: 'nvd' },
  { ...plain('DEBIAN-CVE-', 'osv-debian', 'https://security-tracker.debian.org/tracker/{cve}'), cvss: 'nvd', words: 'debian' },
  { ...plain('UBUNTU-CVE-', 'osv-ubuntu', 'https://ubuntu.com/security/{cve}'), cvss: 'nvd', words: 'ubuntu' },
  { ...update('USN-', 'osv-ubuntu', 'ubuntu', 'https://ubuntu.com/security/notices/{id}'), cvss: 'nvd' },
  { ...update('LSN-', 'osv-ubuntu', 'ubuntu', 'https://ubuntu.com/security/notices/{id}'), cvss: 'nvd' },
  { ...plain('ALPINE-CVE-', 'osv-alpine', 'https://security.alpinelinux.org/vuln/{cve}'), cvss: 'nvd', words: 'alpine' },
  erratum('ALSA-', 'osv-almalinux', 'almalinux'),
  { ...erratum('ALBA-', 'osv-almalinux', 'almalinux'), maintenance: true },
  { ...erratum('ALEA-', 'osv-almalinux', 'almalinux'), maintenance: true },
  erratum('RLSA-', 'osv-rocky', 'rocky', ROCKY_PAGE),
  erratum('RXSA-', 'osv-rocky', 'rocky', ROCKY_PAGE),
  erratum('RHSA-', 'osv-redhat', 'redhat', REDHAT_PAGE),
  { ...erratum('RHBA-', 'osv-redhat', 'redhat', REDHAT_PAGE), maintenance: true },
  { ...erratum('RHEA-', 'osv-redhat', 'redhat', REDHAT_PAGE), maintenance: true },
  update('SUSE-SU-', 'osv-suse', 'suse'),
  update('openSUSE-SU-', 'osv-suse', 'suse'),
  { ...update('SUSE-', 'osv-suse', 'suse'), maintenance: true },
  { ...update('openSUSE-', 'osv-suse', 'suse'), maintenance: true },
];

/** Records under a plain CVE id belong to the export they are in. */
const BY_EXPORT: Readonly<Record<string, OsvSource>> = {
  Debian: { ...plain('CVE-', 'osv-debian', DEBIAN_PAGE), cvss: 'nvd', words: 'debian' },
  Alpine: { ...plain('CVE-', 'osv-alpine', 'https://security.alpinelinux.org/vuln/{id}'), cvss: 'nvd', words: 'alpine' },
  Ubuntu: { ...plain('CVE-', 'osv-ubuntu', 'https://ubuntu.com/security/{id}'), cvss: 'nvd', words: 'ubuntu' },
};

/** The source of a record in the export of an ecosystem; the export itself (`osv-…`) when the id is of no known kind. */
export function sourceOf(id: string, ecosystem: string): OsvSource {
  const known = SOURCES.find(({ prefix }) => id.startsWith(prefix));
  if (known) return known;
  const own = Object.hasOwn(BY_EXPORT, ecosystem) ? BY_EXPORT[ecosystem] : undefined;
  return own ?? plain('', `osv-${ecosystem.toLowerCase().replace(/[^a-z0-9.]+/g, '-')}`);
}
