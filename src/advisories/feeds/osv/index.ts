/** The OSV exports: one zip of records for every ecosystem. Mirrors may have a JSON array of records instead. */
import type { Problem } from '../../../model/problem.ts';
import type { Feed, FeedFile, FeedRecord } from '../../feed.ts';
import { isolated, Malformed, readArchive, readFile, unknownStream } from '../reading.ts';
import { readRecord } from './record.ts';

/** Ecosystems as OSV names them, with the streams they feed. */
const ECOSYSTEMS: Readonly<Record<string, readonly string[]>> = {
  AlmaLinux: ['almalinux'],
  Alpine: ['alpine'],
  'Azure Linux': ['azurelinux'],
  Bitnami: ['bitnami'],
  CRAN: ['CRAN'],
  Chainguard: ['chainguard'],
  Debian: ['debian'],
  'GitHub Actions': ['GitHub Actions'],
  Go: ['Go'],
  Hackage: ['Hackage'],
  Hex: ['Hex'],
  Mageia: ['mageia'],
  Maven: ['Maven'],
  MinimOS: ['minimos'],
  NuGet: ['NuGet'],
  Packagist: ['Packagist'],
  Pub: ['Pub'],
  PyPI: ['PyPI'],
  'Red Hat': ['rhel'],
  'Rocky Linux': ['rocky'],
  RubyGems: ['RubyGems'],
  SUSE: ['suse', 'opensuse'],
  SwiftURL: ['SwiftURL'],
  Ubuntu: ['ubuntu'],
  Wolfi: ['wolfi'],
  'crates.io': ['crates.io'],
  npm: ['npm'],
  openEuler: ['openeuler'],
  openSUSE: ['opensuse'],
};

/** Exports that mirrors seldom have: a target that needs one is told, nobody else. */
const SELDOM: ReadonlySet<string> = new Set(['Azure Linux', 'CRAN', 'Chainguard', 'Mageia', 'MinimOS', 'Wolfi', 'openEuler']);

const BUCKET = 'https://osv-vulnerabilities.storage.googleapis.com';

function fileOf(ecosystem: string, streams: readonly string[], name = 'all.zip'): FeedFile {
  const url = `${BUCKET}/${encodeURIComponent(ecosystem)}/all.zip`;
  return {
    path: `osv/${ecosystem}/${name}`,
    ...(name === 'all.zip' ? { url } : {}),
    ...(SELDOM.has(ecosystem) ? { optional: true } : {}),
    streams,
  };
}

/**
 * One record; ecosystems that Vedette does not know are told once in a file. A record about several ecosystems is in the export of
 * each: every export gives what it is about, so that one export never looks as if another were there too.
 */
function recordReader(ecosystem: string, streams: readonly string[]) {
  const fed = new Set(streams);
  const told = new Set<string>();
  return function* (record: unknown, path: string, tell: (problem: Problem) => readonly FeedRecord[]): Iterable<FeedRecord> {
    const unknown: string[] = [];
    const advisory = readRecord(record, ecosystem, (name) => {
      const base = name.split(':')[0] ?? name;
      if (!told.has(base)) unknown.push(base);
      if (told.size < 1000) told.add(base);
    });
    if (advisory) {
      const affected = advisory.affected.filter(({ stream }) => fed.size === 0 || fed.has(stream.split('/', 1)[0] ?? ''));
      yield { kind: 'advisory', advisory: { ...advisory, affected } };
    }
    for (const name of unknown) yield* tell(unknownStream(path, name));
  };
}

async function* parse(file: FeedFile, path: string): AsyncGenerator<FeedRecord> {
  const read = recordReader(file.path.split('/')[1] ?? '', file.streams);
  if (path.endsWith('.json')) {
    yield* readFile(file, path, function* (content, _name, tell) {
      const list: unknown = JSON.parse(content.toString('utf8'));
      if (!Array.isArray(list)) throw new Malformed('it is no list of records');
      for (const [index, record] of list.entries())
        yield* isolated(`${file.path}#${index}`, tell, () => read(record, file.path, tell));
    });
  } else {
    yield* readArchive(file, path, /\.json$/, (content, _name, tell) =>
      read(JSON.parse(content.toString('utf8')), file.path, tell),
    );
  }
}

export const osv: Feed = {
  id: 'osv',
  title: 'OSV.dev exports',
  specification: ['https://ossf.github.io/osv-schema/', 'https://google.github.io/osv.dev/data/'],
  licence: 'by database: CC-BY-4.0, CC-BY-SA-4.0, CC0-1.0, MIT, BSD-3-Clause, Apache-2.0; Chainguard and Wolfi: CC-BY-NC-ND-4.0',
  files(present) {
    const all = Object.entries(ECOSYSTEMS).map(([ecosystem, streams]) => fileOf(ecosystem, streams));
    if (present.length === 0) return all;
    const lists = Object.entries(ECOSYSTEMS).map(([ecosystem, streams]) => fileOf(ecosystem, streams, 'all.json'));
    return [...all, ...lists].filter(({ path }) => present.includes(path));
  },
  parse,
};
