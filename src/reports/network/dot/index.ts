/** The picture of paths as a graph for Graphviz: `dot -Tsvg`. */
import type { NetworkSeverity } from '../../../network/findings/services.ts';
import { count, plain } from '../../text.ts';
import type { NetworkFormat, NetworkReport, NetworkReportOptions } from '../format.ts';
import { PICTURE_COLUMNS, pictureOf } from '../picture.ts';

const COLORS: Readonly<Record<NetworkSeverity, string>> = {
  CRITICAL: '#7d2105',
  HIGH: '#ba2e0f',
  MEDIUM: '#a56200',
  LOW: '#3a6ea5',
  INFORMATIONAL: '#5f6b7a',
};

/** A quoted string; `lines` end with `\l`, which sets them to the left. */
function quoted(text: string): string {
  return `"${plain(text).toWellFormed().replace(/[\\"]/g, '\\$&')}"`;
}

function label(lines: readonly string[]): string {
  return `"${lines.map((line) => `${quoted(line).slice(1, -1)}\\l`).join('')}"`;
}

function* render(report: NetworkReport, { limit }: NetworkReportOptions): Iterable<string> {
  const { nodes, edges, left } = pictureOf(report, limit);
  const ids = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  yield `digraph ${quoted(`Vedette: ${report.name}`)} {\n  rankdir=LR;\n`;
  yield '  node [shape=box, style=rounded, fontname="Helvetica", fontsize=10];\n  edge [arrowsize=0.6];\n';
  if (nodes.length === 0) yield '  label="Nothing is reachable from outside";\n';
  if (left > 0) yield `  label=${quoted(`${count(left, 'less severe row')} left out`)};\n`;
  for (const column of PICTURE_COLUMNS.keys()) {
    const own = nodes.filter((node) => node.column === column);
    if (own.length === 0) continue;
    yield '  {\n    rank=same;\n';
    for (const { id, title, lines, severity } of own) {
      const color = severity === undefined ? '' : `, color="${COLORS[severity]}", penwidth=2`;
      yield `    ${ids.get(id)} [label=${label([title, ...lines])}${color}];\n`;
    }
    yield '  }\n';
  }
  for (const { from, to, severity, unknown } of edges)
    yield `  ${ids.get(from)} -> ${ids.get(to)} [color="${COLORS[severity]}"${unknown ? ', style=dashed' : ''}];\n`;
  yield '}\n';
}

export const dot: NetworkFormat = {
  id: 'dot',
  title: 'Graph of the paths for Graphviz',
  specification: ['https://graphviz.org/doc/info/lang.html'],
  extension: 'dot',
  mediaType: 'text/vnd.graphviz',
  render,
};
