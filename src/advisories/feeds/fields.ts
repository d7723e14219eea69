/** Fields that many feeds share: ids, dates, CWEs, CVSS vectors, titles. */
import type { AdvisorySeverity } from '../../model/advisory.ts';
import { harmless } from './prose.ts';

const CVE = /^CVE-\d{4}-\d{4,19}$/;
const MAX_TITLE = 200;

export function isCve(id: string): boolean {
  return CVE.test(id);
}

/** Unique, in plain code unit order. */
export function sorted(items: Iterable<string>): string[] {
  return [...new Set(items)].sort();
}

/** ISO 8601 UTC of a date, or of a date and time in UTC with or without offset; undefined when it is neither. */
export function isoDate(text: string | undefined): string | undefined {
  const found = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text?.trim() ?? '');
  if (found === null) return undefined;
  const [, day = '', minutes = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = found;
  if (/^(?:Z|[+-]00:?00)$/.test(zone)) return `${day}T${minutes}${seconds}${fraction}Z`;
  const time = Date.parse(`${day}T${minutes}${seconds}${zone.replace(/^(...)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace('.000Z', 'Z');
}

/** The CWE ids in a text, e.g. `CWE-20->CWE-400`. */
export function cwesIn(text: string | undefined): string[] {
  return text === undefined ? [] : sorted(text.slice(0, 1000).match(/CWE-\d{1,5}/g) ?? []);
}

/** One line that can head a report: the first sentence or line of a text. */
export function titleOf(text: string | undefined): string | undefined {
  const start = harmless(text?.slice(0, 2 * MAX_TITLE) ?? '').trim();
  const line = /^[^\r\n]*?(?:[.!?](?=\s)|$|(?=[\r\n]))/.exec(start)?.[0].trim() ?? '';
  if (line === '') return undefined;
  return line.length <= MAX_TITLE ? line : `${line.slice(0, MAX_TITLE - 1).trimEnd()}…`;
}

/** A CVSS vector as a severity; the version is told by its prefix, version 2 has none. */
export function cvss(vector: string | undefined, source: string): AdvisorySeverity | undefined {
  if (vector === undefined || vector.length > 500) return undefined;
  if (/^CVSS:3\.[01]\//.test(vector)) return { kind: 'cvss-v3', value: vector, source };
  if (vector.startsWith('CVSS:4.0/')) return { kind: 'cvss-v4', value: vector, source };
  if (/^\(?AV:[LAN]\/AC:[HML]\/Au:/.test(vector)) return { kind: 'cvss-v2', value: vector.replace(/^\(|\)$/g, ''), source };
  return undefined;
}

/** A vendor's severity word, in lower case; nothing for words that say "not decided". */
export function word(value: string | undefined, source: string): AdvisorySeverity | undefined {
  const plain = value?.trim().toLowerCase().slice(0, 40) ?? '';
  return plain === '' || plain === 'unknown' || plain === 'none' ? undefined : { kind: 'word', value: plain, source };
}

/** The severities that exist, each once. */
export function severities(...said: readonly (AdvisorySeverity | undefined)[]): AdvisorySeverity[] {
  const seen = new Map<string, AdvisorySeverity>();
  for (const severity of said) if (severity) seen.set(`${severity.source} ${severity.kind} ${severity.value}`, severity);
  return [...seen.values()];
}
