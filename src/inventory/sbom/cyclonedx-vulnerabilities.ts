/** Findings as CycloneDX vulnerabilities: one entry per (id, package), because severity, fix and suppression are per package. */
import type { Score, Severity, Suppression, Vulnerability } from '../../model/finding.ts';
import type { CycloneDxProperty, CycloneDxVersion } from './cyclonedx-document.ts';

export interface CycloneDxSource {
  readonly name?: string;
  readonly url?: string;
}

export interface CycloneDxRating {
  readonly source: CycloneDxSource;
  readonly score?: number;
  readonly severity?: string;
  readonly method?: string;
  readonly vector?: string;
}

interface CycloneDxAnalysis {
  readonly state?: string;
  readonly justification?: string;
  readonly detail: string;
}

export interface CycloneDxVulnerability {
  readonly 'bom-ref': string;
  readonly id: string;
  readonly source?: CycloneDxSource;
  readonly references?: readonly { readonly id: string; readonly source: CycloneDxSource }[];
  readonly ratings: readonly CycloneDxRating[];
  readonly cwes?: readonly number[];
  readonly description?: string;
  readonly recommendation?: string;
  readonly advisories?: readonly { readonly url: string }[];
  readonly published?: string;
  readonly analysis?: CycloneDxAnalysis;
  readonly affects: readonly {
    readonly ref: string;
    readonly versions: readonly { readonly version: string; readonly status: string }[];
  }[];
  readonly properties: readonly CycloneDxProperty[];
}

const SEVERITY: Readonly<Record<Severity, string>> = {
  CRITICAL: 'critical',
  HIGH: 'high',
  MEDIUM: 'medium',
  LOW: 'low',
  INFORMATIONAL: 'info',
  UNTRIAGED: 'unknown',
};

function methodOf(score: Score, version: CycloneDxVersion): string {
  if (score.version === '2.0') return 'CVSSv2';
  if (score.version === '3.0') return 'CVSSv3';
  if (score.version === '3.1') return 'CVSSv31';
  return score.version === '4.0' && version !== '1.4' ? 'CVSSv4' : 'other';
}

/** The deciding severity first, then every known score. */
function ratingsOf(found: Vulnerability, version: CycloneDxVersion): CycloneDxRating[] {
  const scores = found.scores.length > 0 ? found.scores : found.score === undefined ? [] : [found.score];
  return [
    { source: { name: found.severitySource }, severity: SEVERITY[found.severity] },
    ...scores.map((score) => ({
      source: { name: score.source },
      score: score.value,
      method: methodOf(score, version),
      ...(score.vector === undefined ? {} : { vector: score.vector }),
    })),
  ];
}

/** Only those who say "not affected" are quoted so; what the user chose not to see keeps its state and gives the reason. */
function analysisOf(suppressed: Suppression): CycloneDxAnalysis {
  const detail = [suppressed.reason, suppressed.rule, suppressed.expires && `until ${suppressed.expires}`]
    .filter(Boolean)
    .join('; ');
  if (suppressed.by === 'kernel-not-running') return { state: 'not_affected', justification: 'code_not_reachable', detail };
  if (suppressed.by === 'vex' || suppressed.by === 'distribution-verdict') return { state: 'not_affected', detail };
  return { detail };
}

/** A date-time or nothing: upstream dates are copied by feeds. */
function dateTime(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  const valid = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/.test(full);
  return valid && !Number.isNaN(Date.parse(full)) ? full : undefined;
}

function propertiesOf(found: Vulnerability): CycloneDxProperty[] {
  const facts: [string, string | undefined][] = [
    ['kind', found.kind],
    ['status', found.status],
    ['priority', String(found.priority.value)],
    ['fixedVersions', found.fixedVersions.length > 0 ? found.fixedVersions.join(', ') : undefined],
    ['epss:score', found.epss && String(found.epss.score)],
    ['epss:percentile', found.epss?.percentile === undefined ? undefined : String(found.epss.percentile)],
    ['kev:dateAdded', found.kev?.dateAdded],
    ['suppressed:by', found.suppressed?.by],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [{ name: `vedette:${name}`, value }]));
}

export function vulnerabilityOf(found: Vulnerability, version: CycloneDxVersion): CycloneDxVulnerability {
  const main = found.evidence[0];
  const cwes = found.cwes.flatMap((cwe) => /^CWE-(\d{1,6})$/.exec(cwe)?.[1] ?? []).map(Number);
  const urls = [...new Set(found.evidence.map((evidence) => evidence.url))].filter((url) => URL.canParse(url)).sort();
  const published = dateTime(found.published);
  const fixed = found.fixedVersions.join(', ');
  return {
    'bom-ref': `vedette:vulnerability:${found.id}:${found.package}`,
    id: found.id,
    ...(main === undefined ? {} : { source: { name: main.source, ...(URL.canParse(main.url) ? { url: main.url } : {}) } }),
    ...(found.aliases.length > 0 ? { references: found.aliases.map((id) => ({ id, source: {} })) } : {}),
    ratings: ratingsOf(found, version),
    ...(cwes.length > 0 ? { cwes: [...new Set(cwes)].filter((cwe) => cwe > 0) } : {}),
    ...(found.title === undefined ? {} : { description: found.title }),
    ...(fixed === '' ? {} : { recommendation: `Update ${found.packageName} to ${fixed}.` }),
    ...(urls.length > 0 ? { advisories: urls.map((url) => ({ url })) } : {}),
    ...(published === undefined ? {} : { published }),
    ...(found.suppressed === undefined ? {} : { analysis: analysisOf(found.suppressed) }),
    affects: [
      {
        ref: found.package,
        versions:
          found.installedVersion === '' || found.installedVersion.length > 1024
            ? []
            : [{ version: found.installedVersion, status: found.status === 'not-comparable' ? 'unknown' : 'affected' }],
      },
    ],
    properties: propertiesOf(found),
  };
}
