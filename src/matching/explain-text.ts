/** An explanation for people at a terminal. */
import type { VersionRange, VulnerabilityFacts } from '../model/advisory.ts';
import type { ExplainedPackage, Explanation } from './explain.ts';
import type { Comparison, ExplainedRow } from './explain-row.ts';

export interface View {
  readonly color: boolean;
  /** Columns of the terminal: sentences are broken there, facts are not. */
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
  unknown: ['not known', YELLOW],
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

const WEIGHTS: Readonly<Record<NonNullable<ExplainedRow['weight']>, string>> = {
  decides: 'makes it affected',
  'gives-fix': 'gives the fix',
  overruled: 'overruled: another advisory of the stream names a fix that is installed, or says not affected',
};

function channelWords({ channel, enabled }: ExplainedRow): string {
  if (channel === undefined) return '';
  const state =
    enabled === undefined ? 'not known whether the target has it' : enabled ? 'the target has it' : 'the target lacks it';
  return `, ${channel} (${state})`;
}

function* rowLines(row: ExplainedRow, paint: Paint): Iterable<string> {
  yield `    ${paint(plain(row.advisory), BOLD)} ${paint(`${row.source}${channelWords(row)}  ${plain(row.url)}`, DIM)}\n`;
  const name = `${row.by} name ${plain(row.name)} in ${row.stream}`;
  const note = row.note === undefined ? '' : ` (${plain(row.note)})`;
  yield `      looked up    ${name}: ${row.status}${note}\n`;
  const key = row.key === undefined ? 'no version of its scheme' : `key ${row.key}`;
  const epochs = row.withoutEpochs ? ', compared without epochs' : '';
  yield `      version      ${plain(row.version)}  ${paint(`${row.scheme} ${key}${epochs}`, DIM)}\n`;
  if (row.because !== undefined) {
    const what =
      row.outcome === 'inapplicable' ? `does not apply: it is for another ${row.because}` : `not comparable: ${row.because}`;
    yield `      ${plain(what)}\n`;
  }
  if (row.listed) yield `      listed       the advisory names this version\n`;
  const inside = row.comparisons.filter(({ outcome }) => outcome === 'inside' || outcome === 'not-comparable');
  const shown = (inside.length > 0 ? inside : row.comparisons).slice(0, MAX_RANGES);
  for (const { range, outcome, low, high } of shown) {
    const keys = [low === undefined ? '' : `low ${low}`, high === undefined ? '' : `high ${high}`].filter((part) => part !== '');
    yield `      ${OUTCOMES[outcome].padEnd(20)} ${plain(rangeWords(range))}  ${paint(keys.join('  '), DIM)}\n`;
  }
  const left = row.comparisons.length - shown.length;
  if (left > 0) yield `      and ${left} more ranges that it is outside of\n`;
  if (row.weight !== undefined) yield `      ${WEIGHTS[row.weight]}\n`;
}

function* packageLines(pkg: ExplainedPackage, paint: Paint): Iterable<string> {
  const [text, color] = VERDICTS[pkg.verdict];
  yield `\n  ${paint(plain(pkg.purl), BOLD)}  ${paint(text, color)}\n`;
  for (const { path, layer, createdBy } of pkg.locations.slice(0, 3)) {
    const made = createdBy === undefined ? '' : `  ${plain(createdBy).slice(0, 80)}`;
    yield `    ${paint(`${plain(path)}${layer === undefined ? '' : `  in ${layer.slice(0, 19)}${made}`}`, DIM)}\n`;
  }
  for (const row of pkg.rows) yield* rowLines(row, paint);
  for (const { id, status, fixedVersions, suppressed } of pkg.findings) {
    const remedy = fixedVersions.length > 0 ? `; fixed in ${fixedVersions.map(plain).join(' or ')}` : '';
    yield `    ${paint('finding', BOLD)}      ${plain(id)}: ${status}${remedy}\n`;
    if (suppressed === undefined) continue;
    const rule = suppressed.rule === undefined ? '' : ` (${plain(suppressed.rule)})`;
    yield `    ${paint('hidden by', YELLOW)}    ${suppressed.by}: ${plain(suppressed.reason)}${rule}\n`;
  }
}

/** Breaks a sentence into lines of at most `width` columns, at spaces. */
function* wrapped(sentence: string, width: number): Iterable<string> {
  let line = '';
  for (const word of plain(sentence).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width - 2) {
      yield `  ${line}\n`;
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  if (line !== '') yield `  ${line}\n`;
}

function* factLines(facts: VulnerabilityFacts, { width }: View, paint: Paint): Iterable<string> {
  const { title, published, epss, kev, severities, exploits, exploitation } = facts;
  if (title !== undefined) yield* wrapped(title, width);
  if (published !== undefined) yield `  ${paint(`published ${published.slice(0, 10)}`, DIM)}\n`;
  for (const { source, value } of severities) yield `  ${paint(`${source} ${plain(value)}`, DIM)}\n`;
  if (kev !== undefined) yield `  ${paint(`known to be exploited since ${kev.dateAdded} (CISA KEV)`, RED)}\n`;
  if (exploitation !== undefined && exploitation !== 'none') yield `  exploitation: ${exploitation} (CISA SSVC)\n`;
  if (exploits.length > 0)
    yield `  public exploits: ${exploits.slice(0, 5).map(plain).join(', ')}${exploits.length > 5 ? ' …' : ''}\n`;
  if (epss !== undefined) yield `  EPSS ${(epss.score * 100).toFixed(1)} % on ${epss.date}\n`;
}

/** The explanation as text, verdict first. */
export function* renderExplanation(explanation: Explanation, view: View): Iterable<string> {
  const paint: Paint = (text, code) => (view.color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text);
  const { id, facts, advisories, packages, verdict, because, target } = explanation;
  const [text, color] = VERDICTS[verdict];
  const where = target === undefined ? '' : ` in ${target.kind} ${plain(target.name)}`;
  yield `${paint(id, BOLD)}${text === '' ? '' : `: ${paint(text, color)}${verdict === 'unknown-vulnerability' ? '' : where}`}\n`;
  if (verdict !== 'no-target') for (const sentence of because) yield* wrapped(sentence, view.width);
  if (facts !== undefined) yield* factLines(facts, view, paint);
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
