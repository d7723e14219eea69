/** The report of ScanSbom as CycloneDX 1.5: the document, with what was found (Amazon Inspector user guide, "Inspector API", ScanSbom). */
import type { ScannedComponent, ScannedSbom, ScannedVulnerability } from '../../engine/scan-sbom.ts';
import { MAX_DEPTH } from '../../inventory/sbom/document.ts';
import { type Fields, fields, items } from '../../inventory/values.ts';
import type { Score, Severity } from '../../model/finding.ts';
import { countsOf, factsOf, messageOf, priorityOf, scoreSource, type VulnerabilityFacts } from './facts.ts';

const NAMESPACE = 'amazon:inspector:sbom_scanner:';
const PROBLEM = 'vedette:problem:';

/** Properties without those of an earlier report. */
function others(properties: unknown): unknown[] {
  return items(properties).filter((one) => {
    const name = String(fields(one)?.name ?? '');
    return !name.startsWith(NAMESPACE) && !name.startsWith(PROBLEM);
  });
}

interface Property {
  readonly name: string;
  readonly value: string;
}

function property(name: string, value: string | number): Property {
  return { name: `${NAMESPACE}${name}`, value: String(value) };
}

function ratingWord(severity: Severity): string {
  if (severity === 'INFORMATIONAL') return 'info';
  return severity === 'UNTRIAGED' ? 'unknown' : severity.toLowerCase();
}

/** Bands of CVSS; version 2 has no critical and no none. */
function bandOf({ value, version }: Score): string {
  if (version === '2.0') return value >= 7 ? 'high' : value >= 4 ? 'medium' : 'low';
  if (value >= 9) return 'critical';
  return value >= 7 ? 'high' : value >= 4 ? 'medium' : value > 0 ? 'low' : 'none';
}

const METHODS: Readonly<Record<string, readonly [method: string, url: string]>> = {
  '2.0': ['CVSSv2', 'https://www.first.org/cvss/v2/'],
  '3.0': ['CVSSv3', 'https://www.first.org/cvss/v3-0/'],
  '3.1': ['CVSSv31', 'https://www.first.org/cvss/v3-1/'],
  '4.0': ['CVSSv4', 'https://www.first.org/cvss/v4-0/'],
};

function ratingsOf(facts: VulnerabilityFacts): Fields[] {
  const ratings: Fields[] = facts.scores.map((score) => {
    const [method, url] = METHODS[score.version] ?? ['other', undefined];
    return {
      source: { name: scoreSource(score), ...(url !== undefined && { url }) },
      score: score.value,
      severity: bandOf(score),
      method,
      ...(score.vector !== undefined && { vector: score.vector }),
    };
  });
  // A word without a number, as Ubuntu and Debian give it.
  if (!facts.scores.some((score) => scoreSource(score) === facts.source.name)) {
    const { name, url } = facts.source;
    ratings.push({ source: { name, ...(url !== undefined && { url }) }, severity: ratingWord(facts.severity), method: 'other' });
  }
  if (facts.epss !== undefined) {
    const { score, date } = facts.epss;
    const source = { name: 'EPSS', url: 'https://www.first.org/epss/' };
    ratings.push({ source, score, severity: 'none', method: 'other', vector: `date:${date}` });
  }
  return ratings;
}

function vulnerabilityOf(one: ScannedVulnerability, facts: VulnerabilityFacts, number: number): Fields {
  const { source, kev, description, published } = facts;
  const properties = [
    ...(facts.exploited ? [property('exploit_available', 'true')] : []),
    ...(kev === undefined ? [] : [property('cisa_kev_date_added', kev.dateAdded)]),
    ...(kev?.dueDate === undefined ? [] : [property('cisa_kev_date_due', kev.dueDate)]),
    ...(facts.malicious ? [property('is_malicious', 'true')] : []),
    property('priority', priorityOf(facts)),
    property('priority_intelligence', kev === undefined ? 'unverified' : 'verified'),
    ...one.on.flatMap(({ component, found }) =>
      found.fixedVersions.map((version) => property(`fixed_version:${component.ref}`, version)).slice(0, 1),
    ),
  ];
  return {
    'bom-ref': `vuln-${number}`,
    id: facts.id,
    source: { name: source.name, ...(source.url !== undefined && { url: source.url }) },
    ...(facts.related.length > 0 && {
      references: facts.related.map((id) => ({ id, source: id.startsWith('GHSA-') ? { name: 'GITHUB' } : {} })),
    }),
    ratings: ratingsOf(facts),
    ...(facts.cwes.length > 0 && { cwes: facts.cwes }),
    ...(description !== undefined && { description }),
    ...(facts.urls.length > 0 && { advisories: facts.urls.map((url) => ({ url })) }),
    ...(published !== undefined && { created: published, published }),
    affects: [...new Set(one.on.map(({ component }) => component.ref))].map((ref) => ({ ref })),
    analysis: { state: 'in_triage' },
    properties,
  };
}

function echoed(component: Fields, all: ReadonlyMap<object, ScannedComponent>, depth: number): Fields {
  const scanned = all.get(component);
  if (scanned === undefined) return component;
  const message = messageOf(scanned);
  const more = [
    ...(scanned.path === undefined ? [] : [property('path', scanned.path)]),
    ...(message === undefined ? [] : [property(message.level, message.text)]),
  ];
  const own = others(component.properties);
  const nested = Array.isArray(component.components) && depth < MAX_DEPTH;
  return {
    ...component,
    'bom-ref': scanned.ref,
    ...(own.length + more.length > 0 && { properties: [...own, ...more] }),
    ...(nested && { components: echoedList(component.components, all, depth + 1) }),
  };
}

function echoedList(list: unknown, all: ReadonlyMap<object, ScannedComponent>, depth: number): unknown[] {
  return items(list).map((one) => {
    const component = fields(one);
    return component === undefined ? one : echoed(component, all, depth);
  });
}

/** The document with counts, messages and vulnerabilities. */
export function cycloneDxReport(document: Fields, scanned: ScannedSbom): Fields {
  const facts = scanned.vulnerabilities.map(factsOf);
  const { critical, high, medium, low, other } = countsOf(facts);
  const metadata = fields(document.metadata) ?? {};
  const own = others(metadata.properties);
  const counts = [
    property('critical_vulnerabilities', critical),
    property('high_vulnerabilities', high),
    property('medium_vulnerabilities', medium),
    property('low_vulnerabilities', low),
    property('other_vulnerabilities', other),
    property('malicious_packages', facts.filter(({ malicious }) => malicious).length),
  ];
  const problems = scanned.problems.map(({ code, message }) => ({ name: `${PROBLEM}${code}`, value: message }));
  return {
    ...document,
    ...(document.$schema !== undefined && { $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json' }),
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    metadata: { ...metadata, properties: [...own, ...counts, ...problems] },
    components: echoedList(document.components, scanned.components, 0),
    vulnerabilities: scanned.vulnerabilities.map((one, index) => vulnerabilityOf(one, facts[index] ?? factsOf(one), index + 1)),
  };
}
