/** The tables of docs/delivery.md, made from the registry. */
import { COMMON, type Setting, type TargetKind } from './target.ts';

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

function settingRow({ name, required, secret, meaning }: Setting): readonly string[] {
  return [`\`${name}\``, secret === true ? 'secret' : required === true ? 'required' : '', meaning];
}

/** One row for each kind, and its settings. */
export function targetTables(kinds: readonly TargetKind[]): string {
  const overview = table(
    ['kind', 'what', 'takes', 'events in a request', 'at the same time'],
    kinds.map(({ id, title, specification: [url = ''], takes, batch, concurrency }) => [
      `\`${id}\``,
      `[${title}](${url})`,
      takes.map((kind) => `\`${kind}\``).join(', '),
      String(batch),
      String(concurrency),
    ]),
  );
  const head = ['setting', '', 'meaning'];
  const details = kinds.map(({ id, settings }) => `### ${id}\n\n${table(head, settings.map(settingRow))}`);
  return [overview, `Settings of every kind:\n\n${table(head, COMMON.map(settingRow))}`, ...details].join('\n\n');
}
