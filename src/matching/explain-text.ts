/** An explanation for people at a terminal. */
import type { VersionRange } from '../model/advisory.ts';
import type { Comparison, ExplainedPackage, ExplainedRow, Explanation } from './explain.ts';

interface View {
  readonly color: boolean;
  readonly width: number;
}

const BOLD = 1;
const DIM = 2;
const RED = 31;
const GREEN = 32;
const YELLOW = 33;

type Paint = (text: string, code: number) => string;

function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

const VERDICTS: Readonly<Record<Explanation['verdict'], readonly [text: string, color: number]>> = {
  'unknown-vulnerability': ['unknown', YELLOW],
  'no-target': ['', DIM],
  rejected: ['rejected', GREEN],
  affected: ['AFFECTED', RED],
  hidden: ['matched, but hidden', YELLOW],
  'not-affected': ['not affected', GREEN],
};

const OUTCOMES: Readonly<Record<Comparison['outcome'], string>> = {
  inside: 'inside',
  below: 'older than it',
  above: 'at or beyond its end',
  'not-comparable': 'cannot be compared',
};

function rangeWords({ introduced, fixed, lastAffected }: VersionRange): string {
  const from = introduced === undefined || introduced === '0' ? '' : `${introduced} ≤ `;
  if (fixed !== undefined) return `${from}version < ${fixed}`;
  if (lastAffected !== undefined) return `${from}version ≤ ${lastAffected}`;
  return from === '' ? 'every version' : `${from}version`;
}

/** Long lists of ranges (kernels) are cut: the telling ones first. */
const MAX_RANGES = 6;
const MAX_PACKAGES = 30;
const MAX_ADVISORIES = 12;

function* rowLines(row: ExplainedRow, paint: Paint): Iterable<string> {
  const kind = row.channel === undefined ? '' : `, ${row.channel}`;
  yield `    ${paint(row.advisory, BOLD)} ${paint(`${row.source}${kind}  ${row.url}`, DIM)}\n`;
  const name = `${row.by} name ${plain(row.name)} in ${row.stream}`;
  const note = row.note === undefined ? '' : ` (${plain(row.note)})`;
  yield `      looked up    ${name}: ${row.status}${note}\n`;
  const key = row.key === undefined ? 'no version of its scheme' : `key ${row.key}`;
  yield `      version      ${plain(row.version)}  ${paint(`${row.scheme} ${key}`, DIM)}\n`;
  if (row.because !== undefined) yield `      does not apply: ${plain(row.because)}\n`;
  const inside = row.comparisons.filter(({ outcome }) => outcome === 'inside' || outcome === 'not-comparable');
  const shown = (inside.length > 0 ? inside : row.comparisons).slice(0, MAX_RANGES);
  for (const { range, outcome, low, high } of shown) {
    const keys = [low === undefined ? '' : `low ${low}`, high === undefined ? '' : `high ${high}`].filter((part) => part !== '');
    yield `      ${OUTCOMES[outcome].padEnd(20)} ${plain(rangeWords(range))}  ${paint(keys.join('  '), DIM)}\n`;
  }
  const left = row.comparisons.length - shown.length;
  if (left > 0) yield `      and ${left} more ranges that it is outside of\n`;
}

function* packageLines(pkg: ExplainedPackage, paint: Paint): Iterable<string> {
  const [text, color] = VERDICTS[pkg.verdict];
  yield `\n  ${paint(plain(pkg.purl), BOLD)}  ${paint(text, color)}\n`;
  for (const { path, layer, createdBy } of pkg.locations.slice(0, 3)) {
    const made = createdBy === undefined ? '' : `  ${plain(createdBy).slice(0, 80)}`;
    yield `    ${paint(`${plain(path)}${layer === undefined ? '' : `  in ${layer.slice(0, 19)}${made}`}`, DIM)}\n`;
  }
  for (const row of pkg.rows) yield* rowLines(row, paint);
  if (pkg.finding === undefined) return;
  const { status, fixedVersions, suppressed } = pkg.finding;
  const remedy = fixedVersions.length > 0 ? `; fixed in ${fixedVersions.map(plain).join(' or ')}` : '';
  yield `    ${paint('finding', BOLD)}      ${status}${remedy}\n`;
  if (suppressed !== undefined)
    yield `    ${paint('hidden by', YELLOW)}    ${suppressed.by}: ${plain(suppressed.reason)}${suppressed.rule === undefined ? '' : ` (${plain(suppressed.rule)})`}\n`;
}

/** The explanation as text, verdict first. */
export function* renderExplanation(explanation: Explanation, view: View): Iterable<string> {
  const paint: Paint = (text, code) => (view.color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text);
  const { id, facts, advisories, packages, verdict, because, target } = explanation;
  const [text, color] = VERDICTS[verdict];
  const where = target === undefined ? '' : ` in ${target.kind} ${plain(target.name)}`;
  yield `${paint(id, BOLD)}${text === '' ? '' : `: ${paint(text, color)}${verdict === 'unknown-vulnerability' ? '' : where}`}\n`;
  if (verdict !== 'no-target') for (const sentence of because) yield `  ${plain(sentence)}\n`;
  if (facts !== undefined) {
    const { title, epss, kev, severities } = facts;
    if (title !== undefined) yield `  ${plain(title)}\n`;
    if (severities.length > 0)
      yield `  ${paint(severities.map(({ source, value }) => `${source} ${plain(value)}`).join(', '), DIM)}\n`;
    if (kev !== undefined) yield `  ${paint(`known to be exploited since ${kev.dateAdded} (CISA KEV)`, RED)}\n`;
    if (epss !== undefined) yield `  EPSS ${(epss.score * 100).toFixed(1)} % on ${epss.date}\n`;
  }
  if (packages.length === 0) {
    for (const { id: advisory, source, title, affected } of advisories.slice(0, MAX_ADVISORIES)) {
      const names = affected.slice(0, 4).map(({ stream, name }) => `${stream} ${plain(name)}`);
      const more = affected.length > 4 ? ` and ${affected.length - 4} more` : '';
      yield `\n  ${paint(advisory, BOLD)} ${paint(source, DIM)} ${plain(title ?? '')}\n    ${names.join(', ')}${more}\n`;
    }
    if (advisories.length > MAX_ADVISORIES)
      yield `\n  and ${advisories.length - MAX_ADVISORIES} more advisories: "vedette db show ${id}"\n`;
  }
  for (const pkg of packages.slice(0, MAX_PACKAGES)) yield* packageLines(pkg, paint);
  if (packages.length > MAX_PACKAGES) yield `\n  and ${packages.length - MAX_PACKAGES} more packages (--json has all)\n`;
}
