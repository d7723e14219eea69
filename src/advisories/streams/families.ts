/** Everything there can be a stream of, in one list. */
import type { SchemeId } from '../../versions/scheme.ts';
import { DISTRIBUTIONS, familyOf } from './distributions.ts';
import { ECOSYSTEMS, ecosystemOfStream } from './ecosystems.ts';
import type { StreamFamily } from './model.ts';
import { productName, productScheme } from './products.ts';

const SYSTEM_SCHEMES: ReadonlyMap<string, SchemeId> = new Map(
  DISTRIBUTIONS.map((distribution) => [familyOf(distribution), distribution.scheme]),
);

const MARKS: ReadonlyMap<string, RegExp> = new Map(
  DISTRIBUTIONS.flatMap((distribution) => (distribution.mark === undefined ? [] : [[familyOf(distribution), distribution.mark]])),
);

function systemFamilies(): StreamFamily[] {
  return [...Map.groupBy(DISTRIBUTIONS, familyOf)].flatMap(([id, members]) => {
    const [first] = members;
    if (first === undefined) return [];
    const notes = members.flatMap(({ notes, unsupported }) => notes ?? unsupported ?? []).join('; ');
    return [
      {
        id,
        title: members.map(({ title }) => title).join(', '),
        scheme: first.scheme,
        feeds: [...new Set(members.flatMap(({ feeds }) => feeds))],
        ...(notes === '' ? {} : { notes }),
      },
    ];
  });
}

/** Every stream prefix, with title, scheme and feeds. */
export const STREAM_FAMILIES: readonly StreamFamily[] = [
  ...systemFamilies(),
  ...ECOSYSTEMS.map(({ id, title, scheme, feeds, notes }) => ({
    id,
    title,
    scheme,
    feeds,
    ...(notes === undefined ? {} : { notes }),
  })),
  {
    id: 'generic',
    title: 'Programs without a package',
    scheme: 'generic',
    feeds: ['nvd-overrides', 'nodejs-core', 'rubysec'],
    notes: '`generic/node`, `generic/openssl` …; `generic/openjdk` has the jvm scheme',
  },
];

/** The version scheme of a stream; undefined for what is no stream. */
export function schemeOf(stream: string): SchemeId | undefined {
  const language = ecosystemOfStream(stream);
  if (language !== undefined) return language.scheme;
  const slash = stream.indexOf('/');
  const family = slash < 0 ? stream : stream.slice(0, slash);
  if (family === 'generic') return slash < 0 ? undefined : productScheme(stream.slice(slash + 1));
  return SYSTEM_SCHEMES.get(family);
}

/** What of a version is compared within a stream; both advisories and packages go through it. */
export function comparedVersion(stream: string, version: string): string {
  const mark = MARKS.get(stream.split('/', 1)[0] ?? '');
  return mark === undefined ? version : version.replace(mark, '');
}

/** Normal form of a package name within a stream; both advisories and packages go through it. */
export function normalizeName(stream: string, name: string): string {
  if (stream.startsWith('generic/')) return productName(name);
  return ecosystemOfStream(stream)?.normalize?.(name) ?? name;
}
