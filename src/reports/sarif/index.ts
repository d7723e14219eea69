/** SARIF 2.1.0 for code-scanning dashboards: a rule per vulnerability, a result per finding, suppressed ones marked. */
import { createHash } from 'node:crypto';
import type { Assessment, Severity, Vulnerability } from '../../model/finding.ts';
import type { ReportFormat, ReportOptions } from '../format.ts';
import { remedy, urgency } from '../group.ts';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note' | 'none'>> = {
  CRITICAL: 'error',
  HIGH: 'error',
  MEDIUM: 'warning',
  LOW: 'note',
  INFORMATIONAL: 'note',
  UNTRIAGED: 'warning',
};

/** GitHub reads this property as a number in a string; where no score is known the band's lower bound stands in. */
const BAND_SCORE: Readonly<Record<Severity, string>> = {
  CRITICAL: '9.0',
  HIGH: '7.0',
  MEDIUM: '4.0',
  LOW: '0.1',
  INFORMATIONAL: '0.0',
  UNTRIAGED: '0.0',
};

function rule(finding: Vulnerability) {
  return {
    id: finding.id,
    name: finding.kind,
    shortDescription: { text: finding.title ?? finding.id },
    fullDescription: { text: finding.description ?? finding.title ?? finding.id },
    helpUri: finding.evidence[0]?.url,
    help: { text: finding.evidence.map((item) => `${item.id}: ${item.url}`).join('\n') || finding.id },
    properties: {
      'security-severity': finding.score?.value.toFixed(1) ?? BAND_SCORE[finding.severity],
      tags: ['security', 'vulnerability', finding.severity.toLowerCase(), ...finding.cwes],
    },
  };
}

/** A path as a URI reference relative to the scanned root. */
function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function result(finding: Vulnerability, ruleIndex: number) {
  const reasons = urgency(finding);
  const text =
    `${finding.packageName} ${finding.installedVersion}: ${finding.id}, ${finding.severity.toLowerCase()}, priority ${finding.priority.value}` +
    `${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}. Remedy: ${remedy(finding)}.`;
  const fingerprint = createHash('sha256').update(`${finding.id}\n${finding.package}`).digest('hex');
  return {
    ruleId: finding.id,
    ruleIndex,
    level: LEVELS[finding.severity],
    message: { text },
    locations: finding.locations.slice(0, 10).map((location) => ({
      physicalLocation: { artifactLocation: { uri: uriOf(location.path), uriBaseId: 'ROOTPATH' }, region: { startLine: 1 } },
      logicalLocations: [{ fullyQualifiedName: finding.package, kind: 'module' }],
    })),
    partialFingerprints: { 'vedette/v1': fingerprint },
    suppressions:
      finding.suppressed === undefined
        ? undefined
        : [{ kind: 'external', status: 'accepted', justification: `${finding.suppressed.by}: ${finding.suppressed.reason}` }],
    properties: {
      purl: finding.package,
      priority: finding.priority.value,
      fixedVersions: finding.fixedVersions,
      status: finding.status,
    },
  };
}

function* render(assessment: Assessment, _options: ReportOptions): Iterable<string> {
  const indexes = new Map<string, number>();
  const rules = [];
  for (const finding of assessment.vulnerabilities) {
    if (indexes.has(finding.id)) continue;
    indexes.set(finding.id, rules.length);
    rules.push(rule(finding));
  }
  const notifications = assessment.problems.map((problem) => ({
    level: problem.effect === 'incomplete' ? 'error' : 'note',
    message: { text: problem.message },
    descriptor: { id: problem.code },
    locations:
      problem.path === undefined
        ? undefined
        : [{ physicalLocation: { artifactLocation: { uri: uriOf(problem.path), uriBaseId: 'ROOTPATH' } } }],
  }));
  const run = {
    tool: {
      driver: { name: 'Vedette', version: assessment.tool.version, semanticVersion: assessment.tool.version, rules },
    },
    originalUriBaseIds: { ROOTPATH: { uri: 'file:///' } },
    invocations: [{ executionSuccessful: assessment.summary.complete, toolExecutionNotifications: notifications }],
    results: assessment.vulnerabilities.map((finding) => result(finding, indexes.get(finding.id) ?? 0)),
    properties: { target: assessment.target, database: assessment.database },
  };
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  yield `${JSON.stringify(log, undefined, 1)}\n`;
}

export const sarif: ReportFormat = {
  id: 'sarif',
  title: 'SARIF 2.1.0',
  specification: ['https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html'],
  extension: 'sarif',
  mediaType: 'application/sarif+json',
  describes: true,
  render,
};
