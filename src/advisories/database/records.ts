/** Encodings of rows' parts, advisory heads and facts. */
import type { AdvisorySeverity, KeyedRange, VulnerabilityFacts } from '../../model/advisory.ts';
import type { PartialFacts } from '../feed.ts';
import { type ByteReader, type ByteWriter, CorruptError } from './bytes.ts';
import type { AdvisoryHead } from './merge.ts';
import type { EncodedRow } from './row.ts';

/** Version text, whether it has a key, and the key. `introduced: 0` has none. */
export function writeVersion(out: ByteWriter, text: string, key: string | undefined): void {
  out.text(text);
  out.varint(key === undefined ? 0 : 1);
  if (key !== undefined) out.latin1(key);
}

export function readVersion(bytes: ByteReader): { readonly text: string; readonly key: string | undefined } {
  const text = bytes.text();
  return { text, key: bytes.varint() === 0 ? undefined : bytes.latin1() };
}

export type Extras = Omit<EncodedRow, 'status' | 'names' | 'ranges'>;

const SEVERITY_KINDS = ['cvss-v2', 'cvss-v3', 'cvss-v4', 'word'] as const;
const HAS = {
  versions: 1,
  unaffected: 2,
  literal: 4,
  architectures: 8,
  module: 16,
  severity: 32,
  note: 64,
  uncomparable: 128,
} as const;

function latin1List(out: ByteWriter, values: readonly string[]): void {
  out.varint(values.length);
  for (const value of values) out.latin1(value);
}

/** Writes the rarer properties of a row; writes nothing (and answers false) when it has none. */
export function writeExtras(out: ByteWriter, row: EncodedRow): boolean {
  const { versionKeys, unaffectedKeys, literalVersions, architectures, module, severity, note, uncomparable } = row;
  const flags =
    (versionKeys.length > 0 ? HAS.versions : 0) |
    (unaffectedKeys.length > 0 ? HAS.unaffected : 0) |
    (literalVersions ? HAS.literal : 0) |
    (architectures ? HAS.architectures : 0) |
    (module !== undefined ? HAS.module : 0) |
    (severity ? HAS.severity : 0) |
    (note !== undefined ? HAS.note : 0) |
    (uncomparable ? HAS.uncomparable : 0);
  if (flags === 0) return false;
  out.varint(flags);
  if (versionKeys.length > 0) latin1List(out, versionKeys);
  if (unaffectedKeys.length > 0) latin1List(out, unaffectedKeys);
  if (literalVersions) out.texts(literalVersions);
  if (architectures) out.texts(architectures);
  if (module !== undefined) out.text(module);
  if (severity) {
    out.varint(SEVERITY_KINDS.indexOf(severity.kind));
    out.text(severity.value);
    out.text(severity.source);
  }
  if (note !== undefined) out.text(note);
  if (uncomparable) out.texts(uncomparable);
  return true;
}

function readSeverity(bytes: ByteReader): AdvisorySeverity {
  const kind = SEVERITY_KINDS[bytes.varint()];
  if (kind === undefined) throw new CorruptError('unknown kind of severity');
  return { kind, value: bytes.text(), source: bytes.text() };
}

export function readExtras(bytes: ByteReader): Extras {
  const flags = bytes.varint();
  return {
    versionKeys: flags & HAS.versions ? bytes.latin1s() : [],
    unaffectedKeys: flags & HAS.unaffected ? bytes.latin1s() : [],
    ...(flags & HAS.literal ? { literalVersions: bytes.texts() } : {}),
    ...(flags & HAS.architectures ? { architectures: bytes.texts() } : {}),
    ...(flags & HAS.module ? { module: bytes.text() } : {}),
    ...(flags & HAS.severity ? { severity: readSeverity(bytes) } : {}),
    ...(flags & HAS.note ? { note: bytes.text() } : {}),
    ...(flags & HAS.uncomparable ? { uncomparable: bytes.texts() } : {}),
  };
}

/** A stored version: its text and, unless it is `0` for "from the beginning" or the like, its key. */
export type StoredVersion = ReturnType<typeof readVersion>;

/** A range from its two stored ends, as `encodeRow` made it. */
export function rangeOf(introduced: StoredVersion | undefined, end: StoredVersion | undefined, inclusive: boolean): KeyedRange {
  const range: { -readonly [Property in keyof KeyedRange]: KeyedRange[Property] } = {};
  if (introduced !== undefined) {
    range.introduced = introduced.text;
    if (introduced.key !== undefined) range.low = introduced.key;
  }
  if (end !== undefined) {
    if (inclusive) range.lastAffected = end.text;
    else range.fixed = end.text;
    if (end.key !== undefined) range.high = end.key;
  }
  return range;
}

const KINDS = ['vulnerability', 'malware', 'informational'] as const;
const EXPLOITATION = ['none', 'poc', 'active'] as const;

function packSeverity(severity: AdvisorySeverity): unknown {
  return [SEVERITY_KINDS.indexOf(severity.kind), severity.value, severity.source];
}

/** Most URLs contain the id: then only what is before and after it is stored. */
function packUrl(url: string, id: string): unknown {
  const at = url.indexOf(id);
  return at < 0 ? url : [url.slice(0, at), url.slice(at + id.length)];
}

function unpackUrl(value: unknown, id: string): string {
  return Array.isArray(value) ? texts(value).join(id) : text(value);
}

/** The advisory without its rows as a JSON array; 0 for absent. */
export function packHead(head: AdvisoryHead): string {
  return JSON.stringify([
    head.id,
    head.source,
    head.modified ?? 0,
    packUrl(head.url, head.id),
    KINDS.indexOf(head.kind),
    head.vulnerabilities,
    head.aliases,
    head.title ?? 0,
    head.published ?? 0,
    head.severities.map(packSeverity),
    head.cwes,
  ]);
}

/** `description`: a reference, which means nothing here. */
export function packFacts(facts: PartialFacts, description = 0): string {
  const { epss, kev, exploitation } = facts;
  return JSON.stringify([
    facts.id,
    facts.title ?? 0,
    facts.published ?? 0,
    (facts.severities ?? []).map(packSeverity),
    facts.cwes ?? [],
    epss === undefined ? 0 : [epss.score, epss.percentile ?? -1, epss.date],
    kev === undefined ? 0 : [kev.dateAdded, kev.dueDate ?? 0, kev.ransomware],
    facts.exploits ?? [],
    exploitation === undefined ? -1 : EXPLOITATION.indexOf(exploitation),
    facts.rejected === true,
    description,
  ]);
}

function unpack(json: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new CorruptError('a record is not JSON');
  }
  return list(value);
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new CorruptError('a record has no list where one belongs');
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new CorruptError('a record has no text where one belongs');
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new CorruptError('a record has no number where one belongs');
  return value;
}

function texts(value: unknown): string[] {
  return list(value).map(text);
}

function severities(value: unknown): AdvisorySeverity[] {
  return list(value).map((packed) => {
    const [index, vector, source] = list(packed);
    const kind = SEVERITY_KINDS[number(index)];
    if (kind === undefined) throw new CorruptError('unknown kind of severity');
    return { kind, value: text(vector), source: text(source) };
  });
}

export function unpackHead(json: string): AdvisoryHead {
  const [packedId, source, modified, url, kindIndex, vulnerabilities, aliases, title, published, packedSeverities, cwes] =
    unpack(json);
  const id = text(packedId);
  const kind = KINDS[number(kindIndex)];
  if (kind === undefined) throw new CorruptError('unknown kind of advisory');
  return {
    id,
    source: text(source),
    url: unpackUrl(url, id),
    vulnerabilities: texts(vulnerabilities),
    aliases: texts(aliases),
    ...(title === 0 ? {} : { title: text(title) }),
    ...(published === 0 ? {} : { published: text(published) }),
    ...(modified === 0 ? {} : { modified: text(modified) }),
    kind,
    severities: severities(packedSeverities),
    cwes: texts(cwes),
  };
}

function unpackEpss(value: unknown): NonNullable<VulnerabilityFacts['epss']> {
  const [score, percentile, date] = list(value);
  return { score: number(score), ...(percentile === -1 ? {} : { percentile: number(percentile) }), date: text(date) };
}

function unpackKev(value: unknown): NonNullable<VulnerabilityFacts['kev']> {
  const [dateAdded, dueDate, ransomware] = list(value);
  return { dateAdded: text(dateAdded), ...(dueDate === 0 ? {} : { dueDate: text(dueDate) }), ransomware: ransomware === true };
}

/** The reference that was packed with facts. */
export function factsDescription(json: string): number {
  return number(unpack(json).at(-1));
}

export function unpackFacts(json: string): VulnerabilityFacts {
  const [id, title, published, packedSeverities, cwes, epss, kev, exploits, exploitationIndex, rejected] = unpack(json);
  const exploitation = EXPLOITATION[number(exploitationIndex)];
  return {
    id: text(id),
    ...(title === 0 ? {} : { title: text(title) }),
    ...(published === 0 ? {} : { published: text(published) }),
    severities: severities(packedSeverities),
    cwes: texts(cwes),
    ...(epss === 0 ? {} : { epss: unpackEpss(epss) }),
    ...(kev === 0 ? {} : { kev: unpackKev(kev) }),
    exploits: texts(exploits),
    ...(exploitation === undefined ? {} : { exploitation }),
    ...(rejected === true ? { rejected: true } : {}),
  };
}
