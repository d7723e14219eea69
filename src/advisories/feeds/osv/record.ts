/** One OSV record as an advisory. https://ossf.github.io/osv-schema/ */
import type { Advisory, AdvisorySeverity, Affected } from '../../../model/advisory.ts';
import { schemes } from '../../../versions/registry.ts';
import { cvss, isCve, isoDate, severities, sorted, titleOf, word } from '../fields.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt, textsAt } from '../json.ts';
import { descriptionOf } from '../prose.ts';
import { Malformed } from '../reading.ts';
import { readAffected } from './affected.ts';
import { type OsvSource, sourceOf } from './sources.ts';

/** The CVE id inside ids such as `DEBIAN-CVE-2024-3094`. */
function cveOf(id: string): string | undefined {
  const bare = id.slice(Math.max(0, id.indexOf('CVE-')));
  return isCve(bare) ? bare : undefined;
}

interface Names {
  readonly vulnerabilities: readonly string[];
  readonly aliases: readonly string[];
}

/** A record about a CVE is about that one; otherwise about every CVE it names, and about itself when it names none. */
function namesOf(id: string, record: JsonObject, source: OsvSource): Names {
  const aliases = textsAt(record, 'aliases');
  const upstream = textsAt(record, 'upstream');
  const related = source.update || source.downstream ? textsAt(record, 'related') : [];
  const own = cveOf(id);
  const said = [...aliases, ...upstream, ...related.filter((name) => source.downstream || isCve(name))];
  const cves = own === undefined ? said.flatMap((name) => cveOf(name) ?? []) : [own];
  const elsewhere = source.downstream ? said.filter((name) => /^GHSA(?:-[a-z0-9]{4}){3}$/.test(name)) : [];
  const vulnerabilities = [sorted(cves), sorted(elsewhere)].find((ids) => ids.length > 0) ?? [id];
  // What an update fixes is upstream of it, not another name for it.
  const others = source.update ? aliases : source.downstream ? said : [...aliases, ...upstream];
  const excluded = new Set([...vulnerabilities, id]);
  return { vulnerabilities, aliases: sorted(others.filter((name) => !excluded.has(name) && name.length <= 100)) };
}

function severityOf(entry: unknown, source: OsvSource): AdvisorySeverity | undefined {
  const type = textAt(entry, 'type') ?? '';
  const score = textAt(entry, 'score');
  return type.startsWith('CVSS') ? cvss(score, source.cvss) : word(score, source.words);
}

/** `Important: nodejs:20 security update`: errata lead with their severity. */
function headlineWord(summary: string | undefined, source: OsvSource): AdvisorySeverity | undefined {
  const found = /^(Critical|Important|Moderate|Low)\s*:/i.exec(summary ?? '');
  return found && source.update ? word(found[1], source.words) : undefined;
}

function severitiesOf(record: JsonObject, entries: readonly JsonObject[], source: OsvSource): AdvisorySeverity[] {
  return severities(
    ...listAt(record, 'severity').map((entry) => severityOf(entry, source)),
    ...entries.flatMap((entry) => listAt(entry, 'severity').map((said) => severityOf(said, source))),
    word(textAt(objectAt(record, 'database_specific'), 'severity'), source.words),
    headlineWord(textAt(record, 'summary'), source),
  );
}

function cwesOf(record: JsonObject, entries: readonly JsonObject[]): string[] {
  const listed = entries.flatMap((entry) =>
    listAt(objectAt(entry, 'database_specific'), 'cwes').flatMap((cwe) => textAt(cwe, 'cweId') ?? []),
  );
  return sorted([...textsAt(objectAt(record, 'database_specific'), 'cwe_ids'), ...listed].filter((id) => /^CWE-\d+$/.test(id)));
}

/** RustSec marks advisories that are no vulnerability (`unmaintained`, `unsound`, `notice`). */
function kindOf(id: string, entries: readonly JsonObject[], source: OsvSource): Advisory['kind'] {
  if (source.kind !== undefined) return source.kind;
  const marks = entries.map((entry) => textAt(objectAt(entry, 'database_specific'), 'informational'));
  return id.startsWith('RUSTSEC-') && marks.length > 0 && marks.every((mark) => mark !== undefined)
    ? 'informational'
    : 'vulnerability';
}

/** Ecosystems write Markdown; distributions do not, and repeat what CVE records say, in which a mark is what it looks like. */
function isMarkdown({ source, update }: OsvSource): boolean {
  return update !== true && !source.startsWith('osv-');
}

/** The same package of several repositories of one release comes out as several equal entries: keep one. */
function unique(entries: readonly Affected[]): readonly Affected[] {
  if (entries.length < 2) return entries;
  const seen = new Map<string, Affected>();
  for (const entry of entries) seen.set(JSON.stringify(entry), entry);
  return [...seen.values()];
}

/**
 * An erratum may list several builds of one package for one release (rebuilds for later minor releases). Each of them has the fix,
 * so the lowest is where it begins.
 */
function lowestBuilds(entries: readonly Affected[]): readonly Affected[] {
  const kept = new Map<string, Affected>();
  for (const entry of entries) {
    const place = [entry.stream, entry.name, entry.module ?? '', entry.names].join('\n');
    const known = kept.get(place);
    if (known === undefined || isLower(entry, known)) kept.set(place, entry);
  }
  return [...kept.values()];
}

function isLower(entry: Affected, than: Affected): boolean {
  const [left, right] = [entry.ranges[0]?.fixed, than.ranges[0]?.fixed];
  if (left === undefined || right === undefined) return false;
  const order = schemes.rpm.compare(left, right);
  return order.ok && order.value < 0;
}

/**
 * An advisory; undefined for withdrawn records and for updates that fix no vulnerability. Throws `Malformed`.
 * `ecosystem` is the export the record is from.
 */
export function readRecord(value: unknown, ecosystem: string, unknown: (ecosystem: string) => void): Advisory | undefined {
  if (!isObject(value)) throw new Malformed('it is not an object');
  const id = textAt(value, 'id');
  if (id === undefined || id.length > 100 || /\s/.test(id)) throw new Malformed('it has no id');
  if (value.withdrawn !== undefined && value.withdrawn !== null) return undefined;
  const source = sourceOf(id, ecosystem);
  const names = namesOf(id, value, source);
  const [first = id] = names.vulnerabilities;
  if (source.maintenance && first === id) return undefined;
  const summary = textAt(value, 'summary');
  const entries = listAt(value, 'affected').map((entry) => {
    if (!isObject(entry)) throw new Malformed('an affected entry is not an object');
    return entry;
  });
  const affected = entries.flatMap((entry) => readAffected(entry, summary, unknown));
  const details = textAt(value, 'details');
  const title = titleOf(summary) ?? titleOf(details);
  const form = isMarkdown(source) ? 'markdown' : 'plain';
  const description = descriptionOf(details, form) ?? descriptionOf(summary);
  const published = isoDate(textAt(value, 'published'));
  const modified = isoDate(textAt(value, 'modified'));
  return {
    id,
    source: source.source,
    url: source.page.replace(/\{(?:id|cve)\}/, (place) =>
      encodeURIComponent(place === '{cve}' ? first : id).replaceAll('%3A', ':'),
    ),
    ...names,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(published === undefined ? {} : { published }),
    ...(modified === undefined ? {} : { modified }),
    kind: kindOf(id, entries, source),
    severities: severitiesOf(value, entries, source),
    cwes: cwesOf(value, entries),
    affected: source.builds ? lowestBuilds(affected) : unique(affected),
  };
}
