/** Streams: what version ranges are relative to. Distributions and ecosystems are data records; docs/distributions.md lists them. */
import type { OperatingSystem } from '../../model/package.ts';
import type { SchemeId } from '../../versions/scheme.ts';
import { DISTRIBUTIONS, distributionOf, distributionOfStream } from './distributions.ts';
import { ECOSYSTEMS, ecosystemOfOsv, ecosystemOfStream } from './ecosystems.ts';
import { type EndOfLife, endOfLife } from './eol.ts';

export { type PackageQueries, queriesFor, type StreamQuery } from './queries.ts';

/** The stream of an OSV ecosystem (`Debian:12`, `Red Hat:enterprise_linux:9::baseos`, `npm` …); undefined when Vedette does not know it. */
export function osvStream(ecosystem: string): { readonly stream: string; readonly names: 'source' | 'binary' } | undefined {
  const known = ecosystemOfOsv(ecosystem);
  if (known !== undefined) return { stream: known.stream, names: 'binary' };
  for (const { osv, osvNames } of DISTRIBUTIONS) {
    for (const { pattern, stream } of osv) {
      const found = pattern.exec(ecosystem);
      if (found !== null) return { stream: stream.replace(/\$(\d)/g, (_, group) => found[Number(group)] ?? ''), names: osvNames };
    }
  }
  return undefined;
}

/** The version scheme of a stream. */
export function schemeOf(stream: string): SchemeId | undefined {
  if (stream.startsWith('generic/')) return stream === 'generic/openjdk' ? 'jvm' : 'generic';
  return (ecosystemOfStream(stream) ?? distributionOfStream(stream))?.scheme;
}

/** Normal form of a package name within a stream; both advisories and packages go through it. */
export function normalizeName(stream: string, name: string): string {
  return ecosystemOfStream(stream)?.name?.(name) ?? name;
}

export interface Release {
  /** Id of the distribution's record. */
  readonly distribution: string;
  readonly release: string;
  readonly prettyName: string;
  readonly eol?: EndOfLife & { readonly url: string };
}

/** The distribution and release of an operating system, with its end of life; undefined when Vedette does not know it. */
export function releaseOf(os: OperatingSystem): Release | undefined {
  const distribution = distributionOf(os);
  const release = distribution?.release(os);
  if (distribution === undefined || release === undefined) return undefined;
  const eol = endOfLife(os.id === 'centos' ? 'centos' : distribution.id, release);
  return { distribution: distribution.id, release, prettyName: os.prettyName, ...(eol === undefined ? {} : { eol }) };
}

export interface StreamFamily {
  /** First part of its stream ids. */
  readonly id: string;
  readonly title: string;
  readonly scheme: SchemeId;
  /** Feeds that know it; empty = its packages are listed and told as not covered. */
  readonly feeds: readonly string[];
  readonly notes?: string;
}

const GENERIC: StreamFamily = {
  id: 'generic',
  title: 'Programs without a package (node, python, openssl, nginx …)',
  scheme: 'generic',
  feeds: ['nodejs-core', 'nvd-overrides', 'rubysec'],
  notes: 'found by the version inside the program; NVD overrides begin in 2024',
};

/** Every family of streams: for tables and for checking what users type. */
export const STREAM_FAMILIES: readonly StreamFamily[] = [
  ...DISTRIBUTIONS.map(({ id, title, scheme, feeds, notes }) => ({
    id,
    title,
    scheme,
    feeds,
    ...(notes === undefined ? {} : { notes }),
  })),
  ...ECOSYSTEMS.map(({ stream, title, scheme, feeds, notes }) => ({
    id: stream,
    title,
    scheme,
    feeds,
    ...(notes === undefined ? {} : { notes }),
  })),
  GENERIC,
];
