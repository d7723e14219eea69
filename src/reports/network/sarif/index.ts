/** SARIF 2.1.0: a rule per service and kind of source, a result per finding, its path as a code flow. */
import type { Hop } from '../../../network/exposure.ts';
import type { NetworkSeverity } from '../../../network/findings/services.ts';
import type { NetworkFormat, NetworkReport } from '../format.ts';
import { type Found, foundIn, isCertain } from '../rows.ts';
import { packetWords, typeWords } from '../words.ts';

const LEVELS: Readonly<Record<NetworkSeverity, 'error' | 'warning' | 'note'>> = {
  CRITICAL: 'error',
  HIGH: 'error',
  MEDIUM: 'warning',
  LOW: 'note',
  INFORMATIONAL: 'note',
};

/** What GitHub sorts by: the lower bound of the severity's band. */
const SCORES: Readonly<Record<NetworkSeverity, string>> = {
  CRITICAL: '9.0',
  HIGH: '7.0',
  MEDIUM: '4.0',
  LOW: '0.1',
  INFORMATIONAL: '0.0',
};

/** `network-reachability/internet/ssh`. */
function ruleId({ finding }: Found): string {
  const service = (finding.service ?? 'other').toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `network-reachability/${finding.source.kind}/${service}`;
}

function rule(found: Found) {
  const { service = 'A port of no recognised service', severity, source } = found.finding;
  const text = `${service} is reachable (${source.kind})`;
  return {
    id: ruleId(found),
    name: 'NetworkReachability',
    shortDescription: { text },
    fullDescription: { text: `${text}: routes, network ACLs and security groups let packets in and their replies out.` },
    help: { text: 'Narrow or remove the rule that the result names.' },
    properties: { 'security-severity': SCORES[severity], tags: ['security', 'network', severity.toLowerCase()] },
  };
}

function uriOf({ finding }: Found): string {
  return [finding.account, finding.region, finding.resource].map(encodeURIComponent).join('/');
}

function step({ direction, type, id, because }: Hop) {
  // Groups begin with their own name.
  const why = because === undefined ? '' : `: ${because.startsWith(`${id}: `) ? because.slice(id.length + 2) : because}`;
  return {
    location: {
      logicalLocations: [{ fullyQualifiedName: id, kind: 'resource' }],
      message: { text: `${direction === 'forward' ? '→' : '←'} ${typeWords(type)} ${id}${why}` },
    },
  };
}

function result(found: Found, ruleIndex: number, name: string | undefined) {
  const { finding } = found;
  const unknown = isCertain(found) ? '' : ` Whether it is depends on what is not known: ${finding.unknown.join('; ')}.`;
  const witness = packetWords(finding.witness);
  return {
    ruleId: ruleId(found),
    ruleIndex,
    kind: isCertain(found) ? 'fail' : 'review',
    level: isCertain(found) ? LEVELS[finding.severity] : 'none',
    message: {
      text: `${name === undefined ? '' : `${name}: `}${finding.title}. ${finding.description}${unknown} ${unknown === '' ? 'Witness' : 'Packet'}: ${witness}. ${finding.remediation}`,
    },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(found), uriBaseId: 'ESTATE' }, region: { startLine: 1 } },
        logicalLocations: [{ name, fullyQualifiedName: finding.resource, kind: 'resource' }],
      },
    ],
    codeFlows: [{ threadFlows: [{ locations: finding.path.map(step) }] }],
    partialFingerprints: { 'vedette/v1': finding.id },
    properties: {
      severity: finding.severity,
      source: finding.source,
      openPortRange: finding.openPortRange,
      protocol: finding.protocol,
      clientPorts: finding.clientPorts,
      state: finding.state,
    },
  };
}

function* render(report: NetworkReport): Iterable<string> {
  const { assessment, tool, regions, profile, name, names } = report;
  const found = foundIn(assessment);
  const first = new Map<string, Found>();
  for (const one of found) if (!first.has(ruleId(one))) first.set(ruleId(one), one);
  const indexes = new Map([...first.keys()].map((id, index) => [id, index]));
  const notifications = assessment.problems.map(({ effect, message, code, path }) => ({
    level: effect === 'incomplete' ? 'error' : 'note',
    message: { text: path === undefined ? message : `${message} (${path})` },
    descriptor: { id: code },
  }));
  const run = {
    tool: {
      driver: { name: 'Vedette', version: tool.version, semanticVersion: tool.version, rules: [...first.values()].map(rule) },
    },
    originalUriBaseIds: { ESTATE: { description: { text: 'account/region/resource of the estate' } } },
    invocations: [
      {
        executionSuccessful: assessment.problems.every(({ effect }) => effect !== 'incomplete'),
        toolExecutionNotifications: notifications,
      },
    ],
    properties: { estate: { name, regions }, profile },
  };
  // Result by result: all of them may be too much for one string.
  yield '{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[\n';
  yield `${JSON.stringify(run).slice(0, -1)},"results":[`;
  for (const [index, one] of found.entries()) {
    const made = result(one, indexes.get(ruleId(one)) ?? 0, names.get(one.finding.resource));
    yield `${index === 0 ? '' : ','}\n${JSON.stringify(made)}`;
  }
  yield '\n]}]}\n';
}

export const sarif: NetworkFormat = {
  id: 'sarif',
  title: 'SARIF 2.1.0, paths as code flows',
  specification: ['https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html'],
  extension: 'sarif',
  mediaType: 'application/sarif+json',
  render,
};
