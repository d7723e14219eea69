/** The `affected` entries of an OSV record in Vedette's words. */
import type { Affected, VersionRange } from '../../../model/advisory.ts';
import { compileRange, inRange, isProblem } from '../../../versions/range.ts';
import { schemeById } from '../../../versions/registry.ts';
import type { VersionScheme } from '../../../versions/scheme.ts';
import { comparedVersion, normalizeName, osvStream, schemeOf } from '../../streams/index.ts';
import { word } from '../fields.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt, textsAt } from '../json.ts';
import { Malformed } from '../reading.ts';
import { readRange } from './ranges.ts';

type Stream = NonNullable<ReturnType<typeof osvStream>>;

/** Any module: the release tells that it was built in one, the advisory does not tell in which. */
const ANY_MODULE = '*';
const IN_MODULE = /\.module[_+]el\d/;
const DEBIAN_OPEN_STATES: ReadonlySet<string> = new Set(['not yet assigned', 'unimportant', 'low', 'medium', 'high']);

const streams = new Map<string, Stream | undefined>();

/** `osvStream` is asked for every entry of every record; the answer is the same for each ecosystem. */
function streamOf(ecosystem: string): Stream | undefined {
  if (!streams.has(ecosystem)) {
    if (streams.size > 10_000) streams.clear();
    streams.set(ecosystem, osvStream(ecosystem));
  }
  return streams.get(ecosystem);
}

/** Ubuntu Pro: the purl tells whether the fix is in esm-infra or esm-apps, the ecosystem does not. */
function channelOf(stream: string, purl: string | undefined): string {
  const channel = /[?&]distro=(esm-infra|esm-apps)(?:\/|%2F)/.exec(purl ?? '')?.[1];
  return channel !== undefined && stream.startsWith('ubuntu/') ? `${stream.split('/').slice(0, 2).join('/')}/${channel}` : stream;
}

/** Module streams (`nodejs:20`) that an erratum's headline names. */
function modulesIn(summary: string | undefined): readonly string[] {
  return summary?.slice(0, 1000).match(/(?<![\w:.])[a-z][\w.+-]{0,80}:[\w.+-]{1,40}(?!\S*:)/g) ?? [];
}

/** Modules an entry may belong to; none for packages outside modules. */
function moduleOf(
  entry: JsonObject,
  stream: string,
  ranges: readonly VersionRange[],
  summary: string | undefined,
): readonly string[] {
  if (!/^(?:rhel|almalinux|rocky)\//.test(stream)) return [];
  const stated =
    textAt(objectAt(entry, 'ecosystem_specific'), 'module') ?? textAt(objectAt(entry, 'database_specific'), 'module');
  if (stated !== undefined) return [stated.split(':').slice(0, 2).join(':')];
  const fromPurl = /[?&]rpmmod=([^&#]+)/.exec(textAt(objectAt(entry, 'package'), 'purl') ?? '')?.[1];
  if (fromPurl !== undefined) return [fromPurl.replace(/%3A/gi, ':').split(':').slice(0, 2).join(':')];
  if (!ranges.some(({ fixed = '' }) => IN_MODULE.test(fixed))) return [];
  const named = modulesIn(summary);
  return named.length > 0 ? named : [ANY_MODULE];
}

/** Listed versions that no range covers: the others add nothing but bulk. */
function outside(
  versions: readonly string[],
  ranges: readonly VersionRange[],
  scheme: VersionScheme | undefined,
): readonly string[] {
  if (versions.length === 0 || ranges.length === 0 || scheme === undefined) return versions;
  if (ranges.some((range) => (range.introduced ?? '0') === '0' && range.fixed === undefined && range.lastAffected === undefined))
    return versions.filter((version) => !scheme.key(version).ok);
  const keyed = ranges.flatMap((range) => {
    const bounds = compileRange(scheme, range);
    return isProblem(bounds) ? [] : [{ ...range, ...bounds }];
  });
  return versions.filter((version) => {
    const key = scheme.key(version);
    return !key.ok || !keyed.some((range) => inRange(key.value, range));
  });
}

/** SUSE names the source package, and beside it every binary package with its own fixed version: those are what is installed. */
function binariesOf(entry: JsonObject, stream: string, affected: Affected): readonly Affected[] {
  return listAt(objectAt(entry, 'ecosystem_specific'), 'binaries').flatMap((list) =>
    isObject(list)
      ? Object.entries(list).flatMap(([name, fixed]) =>
          typeof fixed === 'string' && fixed !== ''
            ? [{ ...affected, name: normalizeName(stream, name), ranges: [{ introduced: '0', fixed }], names: 'binary' as const }]
            : [],
        )
      : [],
  );
}

/** Records of apk packages are about one architecture, which the purl names. */
function architecturesOf(scheme: VersionScheme | undefined, purl: string | undefined): Pick<Affected, 'architectures'> {
  const named = scheme?.id === 'apk' ? /[?&]arch=([a-z0-9_]{1,20})(?:[&#]|$)/.exec(purl ?? '')?.[1] : undefined;
  return named === undefined || named === 'noarch' || named === 'source' ? {} : { architectures: [named] };
}

/** Bounds as the stream's versions are compared. */
function compared(stream: string, range: VersionRange): VersionRange {
  const { introduced, fixed, lastAffected } = range;
  return {
    ...(introduced === undefined ? {} : { introduced: comparedVersion(stream, introduced) }),
    ...(fixed === undefined ? {} : { fixed: comparedVersion(stream, fixed) }),
    ...(lastAffected === undefined ? {} : { lastAffected: comparedVersion(stream, lastAffected) }),
  };
}

type State = Pick<Affected, 'status' | 'severity' | 'note'>;

/** Debian's urgency: a word for this package in this release, or that the release is out of support. */
function debianState(entry: JsonObject, open: boolean): State {
  const specific = objectAt(entry, 'ecosystem_specific');
  const urgency = textAt(specific, 'urgency') ?? textAt(objectAt(entry, 'database_specific'), 'urgency');
  if (urgency === undefined || urgency === 'not yet assigned') return { status: 'affected' };
  if (urgency === 'end-of-life') return { status: open ? 'end-of-life' : 'affected', note: urgency };
  const plain = urgency.replace(/\*+$/, '');
  return DEBIAN_OPEN_STATES.has(plain)
    ? { status: 'affected', severity: { kind: 'word', value: plain, source: 'debian' }, note: urgency }
    : { status: 'affected', note: urgency.slice(0, 100) };
}

/** Ubuntu's priority for this package, where the record has one. */
function ubuntuState(entry: JsonObject): State {
  const said = word(textAt(objectAt(entry, 'ecosystem_specific'), 'ubuntu_priority'), 'ubuntu');
  return said === undefined ? { status: 'affected' } : { status: 'affected', severity: said };
}

function stateOf(entry: JsonObject, stream: string, ranges: readonly VersionRange[]): State {
  const open = ranges.some((range) => range.fixed === undefined && range.lastAffected === undefined);
  if (stream.startsWith('debian/')) return debianState(entry, open);
  if (stream.startsWith('ubuntu/')) return ubuntuState(entry);
  return { status: 'affected' };
}

/**
 * One entry: several `Affected` when an erratum names several modules, none when it only speaks of commits. An ecosystem that
 * Vedette does not know is told to `unknown`.
 */
export function readAffected(
  entry: JsonObject,
  summary: string | undefined,
  unknown: (ecosystem: string) => void,
): readonly Affected[] {
  const named = objectAt(entry, 'package');
  const ecosystem = textAt(named, 'ecosystem');
  const rawName = textAt(named, 'name');
  if (ecosystem === undefined || rawName === undefined) {
    // GIT-only records have no package at all.
    if (Object.keys(named).length === 0) return [];
    throw new Malformed('an affected package has no name or no ecosystem');
  }
  const found = streamOf(ecosystem);
  if (found === undefined) {
    unknown(ecosystem);
    return [];
  }
  const stream = channelOf(found.stream, textAt(named, 'purl'));
  const schemeId = schemeOf(stream);
  const scheme = schemeId === undefined ? undefined : schemeById(schemeId);
  const lastKnown = textAt(objectAt(entry, 'database_specific'), 'last_known_affected_version_range');
  const ranges: VersionRange[] = [];
  let none = false;
  for (const range of listAt(entry, 'ranges')) {
    const read = readRange(range, scheme, lastKnown);
    if (read === undefined) continue;
    ranges.push(...read.ranges.map((one) => compared(stream, one)));
    none ||= read.none;
  }
  const versions = outside(textsAt(entry, 'versions'), ranges, scheme);
  const base = {
    stream,
    name: normalizeName(stream, rawName),
    names: found.names,
    ...architecturesOf(scheme, textAt(named, 'purl')),
  };
  if (ranges.length === 0 && versions.length === 0) return none ? [{ ...base, status: 'not-affected', ranges: [{}] }] : [];
  const affected: Affected = {
    ...base,
    ...stateOf(entry, stream, ranges),
    ranges,
    ...(versions.length === 0 ? {} : { versions }),
  };
  const builds = /^(?:open)?SUSE\b/.test(ecosystem) ? binariesOf(entry, stream, affected) : [];
  if (builds.length > 0) return builds;
  const modules = moduleOf(entry, stream, ranges, summary);
  return modules.length === 0 ? [affected] : modules.map((module) => ({ ...affected, module }));
}
