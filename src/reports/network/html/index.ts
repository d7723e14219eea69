/** The report for people in a browser: one file, no external resource; a picture of the paths, a filter, proof on demand. */
import { thousands } from '../../../model/number.ts';
import type { Hop } from '../../../network/exposure.ts';
import { PROFILES } from '../../../network/findings/services.ts';
import { contentSecurityPolicy, problemList } from '../../html/page.ts';
import { SCRIPT, STYLE } from '../../html/style.ts';
import { escapeMarkup } from '../../markup.ts';
import { count } from '../../text.ts';
import type { NetworkFormat, NetworkReport, NetworkReportOptions } from '../format.ts';
import { arrowOf } from '../hops.ts';
import { MAX_ROWS as MAX_PICTURE } from '../picture.ts';
import { foundIn, isCertain, type NetworkRow, rowsOf } from '../rows.ts';
import { countBySeverity, NETWORK_SEVERITIES } from '../summary.ts';
import { drawPaths, PICTURE_STYLE } from '../svg/draw.ts';
import {
  doubtWords,
  fromWords,
  hopThing,
  hopWords,
  notes,
  packetWords,
  portsWords,
  resourceWords,
  thing,
  throughWords,
  typeWords,
} from '../words.ts';

/** Rows beyond this make browsers slow. */
const MAX_ROWS = 5000;
/** Resources named in one row. */
const MAX_RESOURCES = 100;

const OWN_STYLE = `
main{max-width:1540px}
.picture{overflow-x:auto;border:1px solid var(--line);border-radius:10px;background:var(--bg)}
.path{border-collapse:collapse;width:auto;margin:2px 0 6px}.path td{padding:2px 14px 2px 0;border:0}.path td:nth-child(-n+2){color:var(--dim);white-space:nowrap}
.path tr.reply td:first-child{color:var(--medium)}.path tr.unknown td{color:var(--high)}
.picture svg{display:block;max-width:100%;min-width:1100px;height:auto}
tbody[data-row] tr:first-child td{border-bottom:0;padding-bottom:2px}tbody[data-row] tr:last-child td{padding-top:0}
summary{color:var(--dim)}
`;

const e = escapeMarkup;

function* cards(report: NetworkReport): Iterable<string> {
  const { summary } = report.assessment;
  yield '<div class="cards">';
  for (const severity of NETWORK_SEVERITIES) {
    const number = summary.bySeverity[severity];
    if (number > 0 || severity === 'HIGH' || severity === 'MEDIUM')
      yield `<div class="card"><b class="${severity}">${thousands(number)}</b><span>${severity.toLowerCase()}</span></div>`;
  }
  for (const [value, label] of [
    [summary.unknown.findings, 'unknown'],
    [summary.reached, 'resources reached'],
    [summary.instances, 'instances'],
    [summary.loadBalancers, 'load balancers'],
    [summary.vpcs, 'VPCs'],
  ] as const)
    yield `<div class="card"><b>${thousands(value)}</b><span>${label}</span></div>`;
  yield '</div>';
}

function pathTable(path: readonly Hop[], { names }: NetworkReport): string {
  const rows = path.map((hop) => {
    const cells = [arrowOf(hop), typeWords(hop.type), hopThing(hop, names), hopWords(hop)];
    return `<tr class="${hop.unknown === true ? 'unknown' : hop.direction}">${cells.map((cell) => `<td>${e(cell)}</td>`).join('')}</tr>`;
  });
  return `<table class="path"><tbody>${rows.join('')}</tbody></table>`;
}

function details(row: NetworkRow, report: NetworkReport): string {
  const { names } = report;
  const { finding, exposure } = row.first;
  const rest = row.resources.length - MAX_RESOURCES;
  const resources = row.resources.slice(0, MAX_RESOURCES).map((id) => thing(id, names));
  const rows: readonly (readonly [string, string])[] = [
    ...finding.unknown.map((why) => ['depends on', `<b>${e(doubtWords(why, names))}</b>`] as const),
    [
      row.resources.length === 1 ? 'resource' : 'resources',
      e(resources.join(', ')) + (rest > 0 ? ` and ${thousands(rest)} more` : ''),
    ],
    [
      'where',
      e(
        [finding.account, finding.region, thing(exposure.vpc, names), thing(exposure.subnet, names), finding.interface].join(
          ' · ',
        ),
      ),
    ],
    ['path', pathTable(finding.path, report)],
    ['witness', `<span class="mono">${e(packetWords(finding.witness))}</span>`],
    ['remedy', e(finding.remediation)],
  ];
  return `<dl>${rows.map(([term, value]) => `<dt>${term}</dt><dd>${value}</dd>`).join('')}</dl>`;
}

function tableRow(row: NetworkRow, report: NetworkReport): string {
  const { names } = report;
  const { finding } = row.first;
  const unknown = isCertain(row.first) ? [] : ['unknown'];
  const all = [...unknown, ...notes(row.first)];
  const tags = all.map((note, index) => `<span class="tag${index < unknown.length ? ' hot' : ''}">${e(note)}</span>`).join('');
  const [ports, from, through] = [portsWords(row.ports), fromWords(row, names), throughWords(row, names)];
  const words = [ports, finding.protocol, from, through, finding.account, finding.region, ...all];
  const search = [...words, ...row.resources.map((id) => thing(id, names))].join(' ').toLowerCase();
  return (
    `<tbody data-row="${e(search)}" data-sev="${finding.severity}"><tr><td><span class="sev ${finding.severity}">${finding.severity}</span></td>` +
    `<td><b>${e(resourceWords(row, names))}</b> ${tags}</td><td>${e(ports)}</td><td>${finding.protocol}</td><td>${e(from)}</td><td>${e(through)}</td></tr>` +
    `<tr><td></td><td colspan="5"><details><summary>path, witness and remedy</summary>${details(row, report)}</details></td></tr></tbody>\n`
  );
}

function* findings(report: NetworkReport): Iterable<string> {
  const rows = rowsOf(foundIn(report.assessment));
  if (rows.length === 0) {
    yield report.assessment.summary.complete
      ? '<p>Nothing is reachable from outside.</p>'
      : '<p><b>Nothing is certainly reachable, but not everything is known:</b> see what was not assessed.</p>';
    return;
  }
  yield '<h2>Paths</h2><div class="picture">';
  yield* drawPaths(report, MAX_PICTURE);
  yield '</div><p class="sub">Colours tell severity; a dashed path depends on something unknown.</p>';
  yield '<h2>What is reachable, the most severe first</h2>';
  yield '<div class="tools"><input id="q" type="search" placeholder="Filter by resource, port, source or region" aria-label="Filter findings">';
  for (const [severity] of countBySeverity(foundIn(report.assessment)).filter(([, number]) => number > 0))
    yield `<label><input type="checkbox" data-sev-box value="${severity}" checked> <span class="sev ${severity}">${severity.toLowerCase()}</span></label>`;
  yield '<span id="n" class="tag"></span></div>';
  yield '<div class="scroll"><table><thead><tr><th>Severity</th><th>Resource</th><th>Ports</th><th>Protocol</th><th>From</th><th>Through</th></tr></thead>\n';
  for (const row of rows.slice(0, MAX_ROWS)) yield tableRow(row, report);
  yield '</table></div>';
  if (rows.length > MAX_ROWS)
    yield `<p>${count(rows.length - MAX_ROWS, 'less severe row')} left out here; the JSON report has everything.</p>`;
}

function* regions({ regions: all }: NetworkReport): Iterable<string> {
  yield '<h2>Assessed</h2><p>';
  for (const { account, region } of all) yield `<span class="tag">${e(account)} ${e(region)}</span>`;
  yield '</p>';
}

function* render(report: NetworkReport, options: NetworkReportOptions): Iterable<string> {
  const { assessment, profile, tool, name } = report;
  yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">';
  yield contentSecurityPolicy(SCRIPT);
  yield `<title>Vedette network: ${e(name)}</title><style>${STYLE}${PICTURE_STYLE}${OWN_STYLE}</style></head><body><main>`;
  yield `<h1>Network reachability</h1><p class="sub">${e(name)} · severities of ${e(PROFILES[profile].title)}</p>`;
  if (!assessment.summary.complete)
    yield '<div class="banner"><b>Not everything is known.</b> Findings tagged <span class="tag hot">unknown</span> depend on what is not modelled or was not collected; what could not be read is listed as not assessed.</div>';
  yield* cards(report);
  yield* findings(report);
  yield* problemList(assessment.problems);
  yield* regions(report);
  yield `<footer>Vedette ${e(tool.version)}${options.timestamp === undefined ? '' : ` · ${e(options.timestamp)}`}</footer></main>`;
  yield `<script>${SCRIPT}</script></body></html>\n`;
}

export const html: NetworkFormat = {
  id: 'html',
  title: 'HTML, one self-contained file with a picture',
  specification: ['https://html.spec.whatwg.org/'],
  extension: 'html',
  mediaType: 'text/html; charset=utf-8',
  render,
};
