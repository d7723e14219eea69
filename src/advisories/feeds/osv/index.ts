/** The OSV exports: one zip of records for every ecosystem. */
import type { Feed, FeedFile, FeedRecord } from '../../feed.ts';
import { readArchive, unknownStream } from '../reading.ts';
import { readRecord } from './record.ts';

/** Ecosystems as OSV names them, with the streams they feed. */
const ECOSYSTEMS: Readonly<Record<string, readonly string[]>> = {
  AlmaLinux: ['almalinux'],
  Alpine: ['alpine'],
  Bitnami: ['bitnami'],
  Debian: ['debian'],
  'GitHub Actions': ['GitHub Actions'],
  Go: ['Go'],
  Hackage: ['Hackage'],
  Hex: ['Hex'],
  Maven: ['Maven'],
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
  'crates.io': ['crates.io'],
  npm: ['npm'],
};

const BUCKET = 'https://osv-vulnerabilities.storage.googleapis.com';

function fileOf(ecosystem: string, streams: readonly string[]): FeedFile {
  return { path: `osv/${ecosystem}/all.zip`, url: `${BUCKET}/${encodeURIComponent(ecosystem)}/all.zip`, streams };
}

async function* parse(file: FeedFile, path: string): AsyncGenerator<FeedRecord> {
  const ecosystem = file.path.split('/')[1] ?? '';
  const told = new Set<string>();
  yield* readArchive(file, path, /\.json$/, function* (content, _name, tell) {
    const unknown: string[] = [];
    const advisory = readRecord(JSON.parse(content.toString('utf8')), ecosystem, (name) => {
      const base = name.split(':')[0] ?? name;
      if (!told.has(base)) unknown.push(base);
      if (told.size < 1000) told.add(base);
    });
    if (advisory) yield { kind: 'advisory', advisory };
    for (const name of unknown) yield* tell(unknownStream(file.path, name));
  });
}

export const osv: Feed = {
  id: 'osv',
  title: 'OSV.dev exports',
  specification: ['https://ossf.github.io/osv-schema/', 'https://google.github.io/osv.dev/data/'],
  licence: 'by database: CC-BY-4.0, CC-BY-SA-4.0, CC0-1.0, MIT, BSD-3-Clause, Apache-2.0',
  files(present) {
    const all = Object.entries(ECOSYSTEMS).map(([ecosystem, streams]) => fileOf(ecosystem, streams));
    return present.length === 0 ? all : all.filter(({ path }) => present.includes(path));
  },
  parse,
};
