/** What pictures of paths show: rows as chains of boxes, those that are the same drawn once. */
import type { Source } from '../../network/exposure.ts';
import type { NetworkSeverity } from '../../network/findings/services.ts';
import { count } from '../text.ts';
import type { NetworkReport } from './format.ts';
import { decidingHop, foundIn, groupOf, isCertain, type NetworkRow, rowsOf } from './rows.ts';
import { NETWORK_SEVERITIES } from './summary.ts';
import { hopWords, notes, portsWords, rangeWords, resourceKind, sourceKind, withNames } from './words.ts';

/** From left to right. */
export const PICTURE_COLUMNS = ['from', 'gateway', 'load balancer', 'let in by', 'reaches'] as const;

export interface PictureNode {
  readonly id: string;
  /** Index into `PICTURE_COLUMNS`. */
  readonly column: number;
  readonly title: string;
  readonly lines: readonly string[];
  /** Of what can be reached: the worst. */
  readonly severity?: NetworkSeverity;
}

export interface PictureEdge {
  readonly from: string;
  readonly to: string;
  /** The worst of what goes along it. */
  readonly severity: NetworkSeverity;
  /** Nothing that goes along it is certain. */
  readonly unknown: boolean;
}

export interface Picture {
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly PictureEdge[];
  /** Rows that found no place. */
  readonly left: number;
}

/** More than these make a picture unreadable. */
export const MAX_ROWS = 40;
/** Lines in one box. */
const MAX_LINES = 6;

interface Box {
  readonly id: string;
  readonly column: number;
  readonly title: string;
  readonly lines: readonly string[];
  readonly reached?: true;
}

const GATEWAYS = {
  internet: 'Internet gateway',
  peering: 'Peering connection',
  'vpn-gateway': 'Virtual private gateway',
  'transit-gateway': 'Transit gateway attachment',
  'private-link': 'Endpoint service',
  'security-group': 'Security group',
} as const satisfies Record<Source['kind'], string>;

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** The boxes of a row, from the clients to what they reach. */
function chainOf(row: NetworkRow, { names }: NetworkReport): Box[] {
  const { first, resources, ports } = row;
  const { finding, exposure } = first;
  const { source, path } = finding;
  const nameOf = (id: string): string => names.get(id) ?? id;
  const rule = decidingHop(path);
  const acl = path.findLast(({ type, direction }) => type === 'AWS::EC2::NetworkAcl' && direction === 'forward');
  const kind = `${capital(sourceKind(first))}${exposure.family === 6 ? ' over IPv6' : ''}`;
  const open = `${portsWords(ports)} ${finding.protocol}`;
  const group = rule === undefined ? undefined : groupOf(rule);
  const ruleWords = rule === undefined ? [] : [withNames(hopWords(rule).replace(/^sgr-\w+ /, ''), names)];
  const aclWords = acl?.rule === undefined ? [] : [`rule ${acl.rule} of ACL ${nameOf(acl.id)}`];
  const { through, loadBalancer } = exposure;
  const chain: Box[] = [
    { id: `from ${kind} ${row.from.join(' ')}`, column: 0, title: kind, lines: rangeWords(row, 3) },
    {
      id: `by ${source.id}`,
      column: 1,
      title: GATEWAYS[source.kind],
      lines: [nameOf(source.id), `to ${nameOf(exposure.vpc)} · ${finding.account} · ${finding.region}`],
    },
  ];
  if (through !== undefined)
    chain.push({ id: `at ${through.loadBalancer}`, column: 2, title: nameOf(through.loadBalancer), lines: [] });
  if (loadBalancer !== undefined) {
    const lines = [resourceKind(first), open, ...(ruleWords.length > 0 ? ruleWords : aclWords)];
    return [...chain, { id: `at ${loadBalancer}`, column: 2, title: nameOf(loadBalancer), lines, reached: true }];
  }
  const others = resources.length > 1 ? ` and ${count(resources.length - 1, 'other')}` : '';
  const [resource = ''] = resources;
  return [
    ...chain,
    {
      id: `let ${group ?? `ACL ${acl?.id}`}`,
      column: 3,
      title: group === undefined ? 'No security group' : nameOf(group),
      lines: [...ruleWords, ...aclWords],
    },
    {
      id: `to ${resources.join(' ')}`,
      column: 4,
      title: `${nameOf(resource)}${others}`,
      lines: [...(nameOf(resource) === resource ? [] : [resource]), [open, ...notes(first)].join(', ')],
      reached: true,
    },
  ];
}

/** Rules of network ACLs are told after those of groups. */
function isAcl(line: string): boolean {
  return /^rule \S+ of ACL /.test(line);
}

function worst(a: NetworkSeverity, b: NetworkSeverity | undefined): NetworkSeverity {
  return b !== undefined && NETWORK_SEVERITIES.indexOf(b) < NETWORK_SEVERITIES.indexOf(a) ? b : a;
}

/** The most severe rows as a picture. */
export function pictureOf(report: NetworkReport, most = MAX_ROWS): Picture {
  const rows = rowsOf(foundIn(report.assessment));
  const nodes = new Map<string, PictureNode>();
  const edges = new Map<string, PictureEdge>();
  for (const row of rows.slice(0, most)) {
    const { severity } = row.first.finding;
    const certain = isCertain(row.first);
    const chain = chainOf(row, report);
    for (const { reached, ...box } of chain) {
      const known = nodes.get(box.id);
      const lines = [...new Set([...(known?.lines ?? []), ...box.lines])].sort((a, b) => Number(isAcl(a)) - Number(isAcl(b)));
      const worse = reached === true ? worst(severity, known?.severity) : known?.severity;
      nodes.set(box.id, { ...box, lines, ...(worse === undefined ? {} : { severity: worse }) });
    }
    for (const [index, to] of chain.entries()) {
      const from = chain[index - 1];
      if (from === undefined) continue;
      const key = `${from.id}\n${to.id}`;
      const known = edges.get(key);
      const unknown = !certain && known?.unknown !== false;
      edges.set(key, { from: from.id, to: to.id, severity: worst(severity, known?.severity), unknown });
    }
  }
  return {
    nodes: [...nodes.values()].map((node) => ({ ...node, lines: shortened(node.lines) })),
    edges: [...edges.values()],
    left: Math.max(0, rows.length - most),
  };
}

function shortened(lines: readonly string[]): readonly string[] {
  return lines.length <= MAX_LINES ? lines : [...lines.slice(0, MAX_LINES - 1), `and ${lines.length - MAX_LINES + 1} more`];
}
