/** The report of ScanSbom in Inspector's own form; INSPECTOR_ALT spells the members of CVSS as `cvss_3_base_score`. */
import type { ScannedSbom, ScannedVulnerability } from '../../engine/scan-sbom.ts';
import type { Fields } from '../../inventory/values.ts';
import type { Score } from '../../model/finding.ts';
import { countsOf, factsOf, messageOf, scoreSource, type VulnerabilityFacts } from './facts.ts';

/** One entry for each source, with the scores of both generations. */
function cvssOf(facts: VulnerabilityFacts, alternative: boolean): Fields[] {
  const prefix = (generation: string) => (alternative ? `cvss_${generation}` : `cvss${generation}`);
  const bySource = Map.groupBy(facts.scores, scoreSource);
  return [...bySource].map(([source, scores]) => {
    const generation = (name: string, versions: readonly string[]): Fields => {
      const score = scores.find((one: Score) => versions.includes(one.version));
      if (score === undefined) return {};
      const base = prefix(name);
      return {
        [`${base}_base_score`]: score.value,
        ...(score.vector !== undefined && { [`${base}_base_vector`]: score.vector }),
      };
    };
    return {
      source,
      severity: facts.severity.toLowerCase(),
      ...generation('3', ['3.1', '3.0']),
      ...generation('2', ['2.0']),
    };
  });
}

function vulnerabilityOf(one: ScannedVulnerability, facts: VulnerabilityFacts, alternative: boolean): Fields {
  const { kev, epss, published, description } = facts;
  return {
    id: facts.id,
    severity: facts.severity.toLowerCase(),
    ...(facts.source.url !== undefined && { source: facts.source.url }),
    related: facts.related,
    ...(description !== undefined && { description }),
    references: facts.urls,
    ...(published !== undefined && { created: published }),
    properties: {
      ...(kev !== undefined && { cisa_kev_date_added: kev.dateAdded }),
      ...(kev?.dueDate !== undefined && { cisa_kev_date_due: kev.dueDate }),
      cwes: facts.cwes.map((cwe) => `CWE-${cwe}`),
      cvss: cvssOf(facts, alternative),
      ...(epss !== undefined && { epss: epss.score }),
      exploit_available: facts.exploited,
    },
    affects: one.on.map(({ component, found }) => ({
      installed_version: component.purl ?? found.package,
      ...(found.fixedVersions[0] !== undefined && { fixed_version: found.fixedVersions[0] }),
      ...(component.path !== undefined && { path: component.path }),
    })),
  };
}

/** Counts, what was skipped, and the vulnerabilities. */
export function inspectorReport(scanned: ScannedSbom, alternative: boolean): Fields {
  const facts = scanned.vulnerabilities.map(factsOf);
  const messages = [...scanned.components.values()].flatMap((component) => {
    const message = messageOf(component);
    const { name, purl } = component;
    return message === undefined ? [] : [{ name, ...(purl !== undefined && { purl }), [message.level]: message.text }];
  });
  const problems = scanned.problems.map(({ code, message }) => ({ name: code, warning: message }));
  return {
    vulnerability_count: countsOf(facts),
    messages: [...problems, ...messages],
    vulnerabilities: scanned.vulnerabilities.map((one, index) => vulnerabilityOf(one, facts[index] ?? factsOf(one), alternative)),
  };
}
