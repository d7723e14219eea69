/** How human-readable formats condense findings: one row per vulnerability and source package, upgrades that help most. */
import { schemeOf } from '../advisories/streams/index.ts';
import { type Assessment, SEVERITIES, type Severity, type Vulnerability } from '../model/finding.ts';
import type { Package } from '../model/package.ts';
import type { Problem } from '../model/problem.ts';
import { schemeById } from '../versions/registry.ts';

/** Findings of one vulnerability in the binary packages built from one source (or in one package): shown as one row. */
export interface FindingGroup {
  readonly first: Vulnerability;
  /** Source package where it has one, else the package name. */
  readonly name: string;
  readonly members: readonly Vulnerability[];
}

/** Packages by purl, for looking a finding's package up. */
export function packagesByPurl(assessment: Assessment): ReadonlyMap<string, Package> {
  return new Map(assessment.packages.map((pkg) => [pkg.purl, pkg]));
}

/** Groups findings, keeping their order (most urgent first). */
export function groupFindings(findings: readonly Vulnerability[], packages: ReadonlyMap<string, Package>): FindingGroup[] {
  const groups = new Map<string, { first: Vulnerability; name: string; members: Vulnerability[] }>();
  for (const finding of findings) {
    const pkg = packages.get(finding.package);
    const name = pkg?.source?.name ?? finding.packageName;
    const key = `${finding.id}\n${pkg?.type ?? ''}\n${name}\n${finding.installedVersion}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: finding, name, members: [finding] });
    else group.members.push(finding);
  }
  return [...groups.values()];
}

/** One upgrade and what it would close. */
export interface Upgrade {
  readonly name: string;
  readonly type: string;
  readonly installed: string;
  /** The lowest version that closes all of them: the highest of their first fixed versions. */
  readonly to: string;
  readonly closes: number;
  readonly worst: Severity;
  readonly packages: readonly string[];
}

/** The later of two versions by the scheme of the finding's stream; the first where that cannot tell. */
function higher(first: string, second: string, { evidence }: Vulnerability): string {
  if (first === '') return second;
  const scheme = schemeOf(evidence[0]?.stream ?? '');
  const order = scheme === undefined ? undefined : schemeById(scheme).compare(first, second);
  return order?.ok === true && order.value < 0 ? second : first;
}

/** Upgrades sorted by the priority they take away; only findings with a fix. */
export function upgrades(findings: readonly Vulnerability[], packages: ReadonlyMap<string, Package>): Upgrade[] {
  const byName = new Map<string, { upgrade: Omit<Upgrade, 'packages'>; ids: Set<string>; names: Set<string>; weight: number }>();
  for (const finding of findings) {
    if (finding.status !== 'fix-available' || finding.suppressed !== undefined) continue;
    const pkg = packages.get(finding.package);
    const name = pkg?.source?.name ?? finding.packageName;
    const key = `${pkg?.type ?? ''}\n${name}\n${finding.installedVersion}`;
    let row = byName.get(key);
    if (row === undefined) {
      const upgrade = {
        name,
        type: pkg?.type ?? 'generic',
        installed: finding.installedVersion,
        to: '',
        closes: 0,
        worst: finding.severity,
      };
      row = { upgrade, ids: new Set(), names: new Set(), weight: 0 };
      byName.set(key, row);
    }
    row.names.add(finding.packageName);
    if (!row.ids.has(finding.id)) {
      row.ids.add(finding.id);
      row.weight += finding.priority.value;
    }
    const worse = SEVERITIES.indexOf(finding.severity) < SEVERITIES.indexOf(row.upgrade.worst);
    const to = finding.fixedVersions.reduce((highest, version) => higher(highest, version, finding), row.upgrade.to);
    row.upgrade = { ...row.upgrade, to, closes: row.ids.size, worst: worse ? finding.severity : row.upgrade.worst };
  }
  return [...byName.values()]
    .sort((a, b) => b.weight - a.weight || (a.upgrade.name < b.upgrade.name ? -1 : 1))
    .map((row) => ({ ...row.upgrade, packages: [...row.names].sort() }));
}

/** Problems of one code that say the same of several places. */
export interface ProblemGroup {
  readonly code: string;
  readonly message: string;
  readonly places: readonly string[];
}

/** Problems by code and then by message, in their order: one code lists its first three messages, `more` counts the others. */
export function groupProblems(
  problems: readonly Problem[],
): readonly { readonly groups: readonly ProblemGroup[]; readonly code: string; readonly more: number }[] {
  return [...Map.groupBy(problems, ({ code }) => code)].map(([code, same]) => {
    const messages = [...Map.groupBy(same, ({ message }) => message)];
    const shown = messages.slice(0, 3);
    const groups = shown.map(([message, list]) => ({ code, message, places: list.flatMap(({ path }) => path ?? []) }));
    return { code, groups, more: same.length - shown.reduce((sum, [, list]) => sum + list.length, 0) };
  });
}

/** What to do about a finding, in a word or two: the fixed versions or why there are none. */
export function remedy(finding: Vulnerability): string {
  switch (finding.status) {
    case 'fix-available':
      return finding.fixedVersions.join(', ');
    case 'no-fix':
      return 'no fix yet';
    case 'will-not-fix':
      return "won't be fixed";
    case 'fix-deferred':
      return 'fix postponed';
    case 'under-investigation':
      return 'being investigated';
    case 'end-of-life':
      return 'out of support';
    case 'not-comparable':
      return 'cannot compare';
  }
}

/** Why a finding is urgent beyond its severity: exploited, likely, exploit public. */
export function urgency(finding: Vulnerability): string[] {
  const reasons: string[] = [];
  if (finding.kev !== undefined) reasons.push(finding.kev.ransomware ? 'exploited (KEV, ransomware)' : 'exploited (KEV)');
  if (finding.kind === 'malware') reasons.push('malicious package');
  if (finding.epss !== undefined && finding.epss.score >= 0.1) reasons.push(`EPSS ${Math.round(finding.epss.score * 100)} %`);
  if (finding.exploits.length > 0) reasons.push('public exploit');
  return reasons;
}

/** Counts by package type, most first. */
export function packageCounts(packages: readonly Package[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const pkg of packages) counts.set(pkg.type, (counts.get(pkg.type) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/** `installed < fixed` and friends: a range as people write it. */
export function rangeText(range: {
  readonly introduced?: string;
  readonly fixed?: string;
  readonly lastAffected?: string;
}): string {
  const low = range.introduced === undefined || range.introduced === '0' ? '' : `>= ${range.introduced}`;
  const high =
    range.fixed !== undefined ? `< ${range.fixed}` : range.lastAffected !== undefined ? `<= ${range.lastAffected}` : '';
  return [low, high].filter((part) => part !== '').join(', ') || 'every version';
}
