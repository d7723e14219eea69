/** The report for people in a browser: one file, no external resource, works offline; filter, evidence on demand. */
import { type Assessment, SEVERITIES } from '../../model/finding.ts';
import { thousands } from '../../model/number.ts';
import type { ReportFormat, ReportOptions } from '../format.ts';
import {
  type FindingGroup,
  groupFindings,
  packageCounts,
  packagesByPurl,
  rangeText,
  remedy,
  upgrades,
  urgency,
} from '../group.ts';
import { escapeMarkup } from '../markup.ts';
import { count } from '../text.ts';
import { contentSecurityPolicy, problemList } from './page.ts';
import { SCRIPT, STYLE } from './style.ts';

/** Rows beyond this make browsers slow; the page says how many it left to the JSON report. */
const MAX_ROWS = 5000;

const e = escapeMarkup;

/** A link only for http(s): an advisory's `javascript:` address stays text. */
function link(url: string, text: string): string {
  return /^https?:\/\//.test(url) ? `<a href="${e(url)}" rel="noreferrer noopener">${e(text)}</a>` : e(text);
}

function* cards(assessment: Assessment): Iterable<string> {
  const { summary } = assessment;
  const total = SEVERITIES.reduce((sum, severity) => sum + summary.bySeverity[severity], 0);
  yield '<div class="cards">';
  for (const severity of SEVERITIES) {
    if (summary.bySeverity[severity] === 0 && (severity === 'INFORMATIONAL' || severity === 'UNTRIAGED')) continue;
    yield `<div class="card"><b class="${severity}">${thousands(summary.bySeverity[severity])}</b><span>${severity.toLowerCase()}</span></div>`;
  }
  for (const [value, label] of [
    [summary.exploited, 'known exploited'],
    [summary.fixable, 'with a fix'],
    [summary.packages, 'packages'],
    [summary.suppressed, 'suppressed'],
  ] as const) {
    yield `<div class="card"><b>${thousands(value)}</b><span>${label}</span></div>`;
  }
  yield '</div>';
  if (total > 0) {
    yield '<div class="bar" role="img" aria-label="share of severities">';
    for (const severity of SEVERITIES) {
      const share = (summary.bySeverity[severity] / total) * 100;
      if (share > 0) yield `<i class="${severity}" style="width:${share.toFixed(2)}%"></i>`;
    }
    yield '</div>';
  }
}

function evidence(group: FindingGroup): string {
  const { first } = group;
  const rows: [string, string][] = [];
  if (first.suppressed !== undefined) {
    rows.push([
      'suppressed',
      `${e(first.suppressed.by)}: ${e(first.suppressed.reason)}${first.suppressed.rule === undefined ? '' : ` <span class="tag">${e(first.suppressed.rule)}</span>`}`,
    ]);
  }
  if (first.description !== undefined && first.description !== first.title) rows.push(['description', e(first.description)]);
  const score = first.score;
  rows.push(['severity', `${first.severity.toLowerCase()}, says ${e(first.severitySource)}`]);
  rows.push([
    'score',
    score === undefined
      ? 'unknown'
      : `${score.value.toFixed(1)} · CVSS ${e(score.version)} · ${e(score.source)} <span class="mono">${e(score.vector ?? '')}</span>`,
  ]);
  rows.push([
    'priority',
    `${first.priority.value} = ${first.priority.parts.map((part) => `${part.points} ${e(part.name)} <span class="tag">${e(part.because)}</span>`).join(' + ')}`,
  ]);
  for (const item of first.evidence) {
    const name = item.by === 'source' ? `source package ${item.name}` : item.name;
    rows.push([
      'advisory',
      `${link(item.url, item.id)} <span class="tag">${e(item.source)}</span><span class="tag">${e(item.stream)}</span><br><span class="mono">${e(name)} ${e(item.version)}</span> is in <span class="mono">${e(rangeText(item.range))}</span>${item.note === undefined ? '' : ` <span class="tag">${e(item.note)}</span>`}`,
    ]);
  }
  if (group.members.length > 1) rows.push(['packages', e(group.members.map((member) => member.packageName).join(', '))]);
  const places = new Map(group.members.flatMap((member) => member.locations).map((location) => [location.path, location]));
  for (const location of [...places.values()].slice(0, 10)) {
    const layer = location.layer === undefined ? '' : ` <span class="tag">${e(location.layer.slice(0, 19))}</span>`;
    rows.push([
      'found in',
      `<span class="mono">${e(location.path)}</span>${layer}${location.createdBy === undefined ? '' : `<br><span class="mono">${e(location.createdBy.slice(0, 300))}</span>`}`,
    ]);
  }
  if (places.size > 10) rows.push(['', `and ${places.size - 10} more places`]);
  if (first.kev !== undefined)
    rows.push([
      'KEV',
      `added ${e(first.kev.dateAdded)}${first.kev.dueDate === undefined ? '' : `, due ${e(first.kev.dueDate)}`}${first.kev.ransomware ? ', used in ransomware campaigns' : ''}`,
    ]);
  if (first.epss !== undefined)
    rows.push([
      'EPSS',
      `${(first.epss.score * 100).toFixed(1)} %${first.epss.percentile === undefined ? '' : `, percentile ${(first.epss.percentile * 100).toFixed(0)}`}, of ${e(first.epss.date)}`,
    ]);
  if (first.exploits.length > 0) rows.push(['exploits', e(first.exploits.join(', '))]);
  if (first.aliases.length > 0) rows.push(['also known as', e(first.aliases.join(', '))]);
  if (first.cwes.length > 0) rows.push(['weakness', e(first.cwes.join(', '))]);
  return `<dl>${rows.map(([term, value]) => `<dt>${term}</dt><dd>${value}</dd>`).join('')}</dl>`;
}

function row(group: FindingGroup): string {
  const { first, members } = group;
  const name = members.length > 1 ? `${group.name} (${members.length} packages)` : first.packageName;
  const search = [first.id, ...first.aliases, group.name, ...members.map((member) => member.packageName), first.title ?? '']
    .join(' ')
    .toLowerCase();
  const tags = urgency(first)
    .map((reason) => `<span class="tag hot">${e(reason)}</span>`)
    .join('');
  const suppressed = first.suppressed !== undefined;
  return (
    `<tr data-row="${e(search)}" data-sev="${first.severity}"${suppressed ? ' data-sup="1" class="suppressed"' : ''}>` +
    `<td class="num">${first.priority.value}</td><td><span class="sev ${first.severity}">${first.severity}</span></td>` +
    `<td><details><summary><b>${e(first.id)}</b> ${e(first.title ?? '')}</summary>${evidence(group)}</details>${tags}</td>` +
    `<td>${e(name)}</td><td class="mono">${e(first.installedVersion)}</td><td class="mono">${e(remedy(first))}</td></tr>\n`
  );
}

function* findings(assessment: Assessment): Iterable<string> {
  const groups = groupFindings(assessment.vulnerabilities, packagesByPurl(assessment));
  if (groups.length === 0) {
    yield assessment.summary.complete
      ? '<p>No known vulnerability in what was assessed.</p>'
      : '<p><b>No finding, but the assessment is incomplete:</b> see what was not assessed.</p>';
    return;
  }
  yield '<div class="tools"><input id="q" type="search" placeholder="Filter by id, package or words" aria-label="Filter findings">';
  for (const severity of SEVERITIES) {
    if (!groups.some((group) => group.first.severity === severity)) continue;
    yield `<label><input type="checkbox" data-sev-box value="${severity}" checked> <span class="sev ${severity}">${severity.toLowerCase()}</span></label>`;
  }
  yield '<label><input type="checkbox" id="sup"> suppressed</label><span id="n" class="tag"></span></div>';
  yield '<div class="scroll"><table><thead><tr><th>Priority</th><th>Severity</th><th>Vulnerability</th><th>Package</th><th>Installed</th><th>Remedy</th></tr></thead><tbody>\n';
  for (const group of groups.slice(0, MAX_ROWS)) yield row(group);
  yield '</tbody></table></div>';
  if (groups.length > MAX_ROWS)
    yield `<p>${count(groups.length - MAX_ROWS, 'less urgent row')} left out here; the JSON report has everything.</p>`;
}

function* upgradeTable(assessment: Assessment): Iterable<string> {
  const rows = upgrades(assessment.vulnerabilities, packagesByPurl(assessment));
  if (rows.length === 0) return;
  yield '<h2>Upgrades that help most</h2><table><thead><tr><th>Package</th><th>Installed</th><th>Fixed in</th><th>Closes</th><th>Worst</th></tr></thead><tbody>';
  for (const upgrade of rows.slice(0, 15)) {
    yield `<tr><td>${e(upgrade.name)} <span class="tag">${e(upgrade.type)}</span></td><td class="mono">${e(upgrade.installed)}</td><td class="mono">${e(upgrade.to)}</td><td class="num">${upgrade.closes}</td><td><span class="sev ${upgrade.worst}">${upgrade.worst}</span></td></tr>`;
  }
  yield '</tbody></table>';
  if (rows.length > 15) yield `<p class="sub">and ${count(rows.length - 15, 'more upgrade')}</p>`;
}

function* sources(assessment: Assessment): Iterable<string> {
  yield '<h2>Advisory data</h2><table><thead><tr><th>Source</th><th>From</th><th>Read</th><th>Newest record</th><th>Records</th></tr></thead><tbody>';
  for (const source of assessment.database.sources) {
    const stale =
      source.stale === undefined
        ? ''
        : ` <span class="tag hot">stale since ${e(source.stale.since)}: ${e(source.stale.reason)}</span>`;
    yield `<tr><td>${e(source.id)}${stale}</td><td>${e(source.origin)} <span class="mono">${e(source.url)}</span></td><td>${e(source.fetchedAt.slice(0, 10))}</td><td>${e(source.asOf?.slice(0, 10) ?? 'unknown')}</td><td class="num">${thousands(source.records)}</td></tr>`;
  }
  yield '</tbody></table>';
}

function* render(assessment: Assessment, options: ReportOptions): Iterable<string> {
  const { target } = assessment;
  yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">';
  yield `${contentSecurityPolicy(SCRIPT)}`;
  yield `<title>Vedette: ${e(target.name)}</title><style>${STYLE}</style></head><body><main>`;
  yield `<h1>${e(target.name)}</h1><p class="sub">${e([target.kind, target.os?.prettyName, target.architecture, target.digest].filter((part) => part !== undefined).join(' · '))}</p>`;
  if (!assessment.summary.complete) {
    yield '<div class="banner"><b>The assessment is incomplete.</b> Something could not be looked at; <a href="#not-assessed">what and why</a>.</div>';
  }
  yield* cards(assessment);
  yield '<h2>Findings, most urgent first</h2>';
  yield* findings(assessment);
  yield* upgradeTable(assessment);
  yield* problemList(assessment.problems);
  yield `<h2>Inventory</h2><p>${
    packageCounts(assessment.packages)
      .map(([type, number]) => `<span class="tag">${e(type)} ${number}</span>`)
      .join('') || 'no packages'
  }</p>`;
  yield* sources(assessment);
  yield `<footer>Vedette ${e(assessment.tool.version)}${options.timestamp === undefined ? '' : ` · ${e(options.timestamp)}`} · EPSS data by FIRST (first.org/epss)</footer></main>`;
  yield `<script>${SCRIPT}</script></body></html>\n`;
}

export const html: ReportFormat = {
  id: 'html',
  title: 'HTML, one self-contained file',
  specification: ['https://html.spec.whatwg.org/'],
  extension: 'html',
  mediaType: 'text/html; charset=utf-8',
  describes: true,
  render,
};
