/** The tables of docs/distributions.md, made from the records. */
import { DISTRIBUTIONS, type Distribution } from './distributions.ts';
import { ECOSYSTEMS } from './ecosystems.ts';
import { DATED } from './eol.ts';
import { streamName } from './release.ts';

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(' ');
}

const PLACEHOLDERS: Readonly<Record<Distribution['release'], string>> = { major: 'N', minor: 'N.N', whole: 'N.N', rolling: '' };

function notesOf({ notes, unsupported, feeds }: Distribution): string {
  return [feeds.length === 0 ? unsupported : undefined, notes].filter((text) => text !== undefined).join('; ');
}

/** Distributions: how they are recognised and what their advisories name. */
export function distributionTable(): string {
  const rows = DISTRIBUTIONS.map((one) => [
    one.title,
    code(one.ids),
    code([streamName(one, PLACEHOLDERS[one.release])]),
    one.names.join(', '),
    `\`${one.scheme}\``,
    one.feeds.length === 0 ? 'none' : code(one.feeds),
    notesOf(one),
  ]);
  return table(['distribution', 'os-release ID', 'stream', 'names', 'versions', 'feeds', 'notes'], rows);
}

/** Ecosystems of languages. */
export function ecosystemTable(): string {
  const rows = ECOSYSTEMS.map(({ id, title, type, scheme, feeds, notes, normalize }) => [
    title,
    `\`${id}\``,
    type === undefined ? '' : `\`pkg:${type}\``,
    `\`${scheme}\``,
    feeds.length === 0 ? 'none' : code(feeds),
    notes ?? (normalize === undefined ? '' : 'case does not count'),
  ]);
  return table(['ecosystem', 'stream', 'purl', 'versions', 'feeds', 'names and versions'], rows);
}

/** Ends of support: each release with the end of standard support, and of the support that can be bought after it. */
export function endOfLifeTable(): string {
  const rows = Object.entries(DATED).map(([distribution, { url, releases }]) => {
    const dates = Object.entries(releases)
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([release, [date, extended]]) => `${release}: ${date}${extended === undefined ? '' : ` (${extended})`}`);
    return [distribution, dates.join(', '), `<${url}>`];
  });
  return table(['distribution', 'end of standard support (of extended support)', 'source'], rows);
}
