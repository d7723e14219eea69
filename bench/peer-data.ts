/** The advisory records that Vedette compiles, in the form in which each peer wants them. */
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildGoProgram } from './go.ts';
import { advisoryDirectory, command, needCommand, once, projectDirectory } from './workspace.ts';

/** One package of one advisory: what the writers of peers' databases read, a line of JSON each. */
interface PeerRecord {
  readonly id: string;
  readonly cves: readonly string[];
  readonly aliases: readonly string[];
  readonly title: string;
  readonly details: string;
  readonly severity: string;
  readonly cvss: string;
  readonly references: readonly string[];
  /** `debian` and `12`, or empty for language packages. */
  readonly distribution: string;
  readonly release: string;
  /** OSV's word, without the release. */
  readonly ecosystem: string;
  readonly name: string;
  readonly ranges: readonly PeerRange[];
  readonly versions: readonly string[];
}

interface PeerRange {
  introduced: string;
  fixed: string;
  lastAffected: string;
}

interface OsvRecord {
  readonly id: string;
  readonly summary?: string;
  readonly details?: string;
  readonly aliases?: readonly string[];
  readonly upstream?: readonly string[];
  readonly withdrawn?: string;
  readonly severity?: readonly { readonly type: string; readonly score: string }[];
  readonly references?: readonly { readonly url: string }[];
  readonly database_specific?: { readonly severity?: unknown };
  readonly affected?: readonly {
    readonly package?: { readonly ecosystem: string; readonly name: string };
    readonly ranges?: readonly { readonly type: string; readonly events: readonly Readonly<Record<string, string>>[] }[];
    readonly versions?: readonly string[];
  }[];
}

/** What the benchmark's inputs can match. Everything else in the records would only make the peers' databases larger. */
const ECOSYSTEMS = ['Debian', 'npm', 'PyPI', 'Go', 'Maven', 'crates.io', 'RubyGems', 'Packagist', 'NuGet', 'Hex', 'Pub'];

function rangesOf(events: readonly Readonly<Record<string, string>>[]): PeerRange[] {
  const ranges: PeerRange[] = [];
  for (const { introduced, fixed, last_affected: lastAffected } of events) {
    const open = ranges.at(-1);
    if (introduced !== undefined) ranges.push({ introduced, fixed: '', lastAffected: '' });
    else if (open !== undefined && fixed !== undefined) open.fixed = fixed;
    else if (open !== undefined && lastAffected !== undefined) open.lastAffected = lastAffected;
  }
  return ranges;
}

function* recordsOf(osv: OsvRecord): Generator<PeerRecord> {
  if (osv.withdrawn !== undefined) return;
  const aliases = [...new Set([...(osv.aliases ?? []), ...(osv.upstream ?? [])])];
  const severity = osv.database_specific?.severity;
  const shared = {
    id: osv.id,
    aliases,
    cves: [osv.id, ...aliases].filter((id) => id.startsWith('CVE-')),
    title: osv.summary ?? '',
    details: osv.details ?? '',
    severity: typeof severity === 'string' ? severity : '',
    cvss: osv.severity?.find(({ type }) => type.startsWith('CVSS_V3'))?.score ?? '',
    references: (osv.references ?? []).map(({ url }) => url),
  };
  for (const affected of osv.affected ?? []) {
    if (affected.package === undefined) continue;
    const [ecosystem = '', release = ''] = affected.package.ecosystem.split(':');
    const ranges = (affected.ranges ?? []).filter(({ type }) => type !== 'GIT').flatMap(({ events }) => rangesOf(events));
    yield {
      ...shared,
      distribution: ecosystem === 'Debian' ? 'debian' : '',
      release,
      ecosystem,
      name: affected.package.name,
      ranges,
      versions: ranges.length > 0 ? [] : (affected.versions ?? []),
    };
  }
}

/** All records as lines of JSON in one file. */
export function peerRecords(): string {
  return once('data/records.ndjson', (path) => {
    needCommand('unzip', 'apt-get install unzip');
    const directory = `${path}.osv`;
    const out = openSync(path, 'w');
    for (const ecosystem of ECOSYSTEMS) {
      const zip = join(advisoryDirectory, 'osv', ecosystem, 'all.zip');
      if (!existsSync(zip)) continue;
      rmSync(directory, { recursive: true, force: true });
      command('unzip', ['-q', '-o', zip, '-d', directory]);
      for (const file of readdirSync(directory).sort()) {
        const osv: OsvRecord = JSON.parse(readFileSync(join(directory, file), 'utf8'));
        for (const record of recordsOf(osv)) writeSync(out, `${JSON.stringify(record)}\n`);
      }
    }
    rmSync(directory, { recursive: true, force: true });
    closeSync(out);
  });
}

/** osv-scanner's local database: the zip files as they are. From 2.5.0 the matcher's library has a folder of its own. */
export function osvScannerData(): string {
  return once('data/osv-scanner', (path) => {
    for (const ecosystem of readdirSync(join(advisoryDirectory, 'osv'), { withFileTypes: true })) {
      if (!ecosystem.isDirectory()) continue;
      for (const folder of ['osv-scanner', 'osv-scalibr']) {
        const target = join(path, folder, ecosystem.name);
        mkdirSync(target, { recursive: true });
        cpSync(join(advisoryDirectory, 'osv', ecosystem.name, 'all.zip'), join(target, 'all.zip'));
      }
    }
  });
}

/** trivy's cache directory with a database of the records, and an empty index of jar digests (jars are named by their own metadata). */
export function trivyData(): string {
  return once('data/trivy', (path) => {
    const writer = buildGoProgram('trivy-db-writer', join(projectDirectory, 'bench/trivy-db'));
    mkdirSync(join(path, 'db'), { recursive: true });
    command(writer, [peerRecords(), join(path, 'db/trivy.db')]);
    const java = join(path, 'java-db');
    mkdirSync(java);
    const index = new DatabaseSync(join(java, 'trivy-java.db'));
    index.exec(`CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
      CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT, foreign key (artifact_id) references artifacts(id));
      CREATE UNIQUE INDEX artifacts_idx ON artifacts(artifact_id, group_id);
      CREATE INDEX indices_artifact_idx ON indices(artifact_id);
      CREATE UNIQUE INDEX indices_sha1_idx ON indices(sha1);`);
    index.close();
    const dates = { NextUpdate: '2099-01-01T00:00:00Z', UpdatedAt: '2024-01-01T00:00:00Z', DownloadedAt: '2024-01-01T00:00:00Z' };
    writeFileSync(join(path, 'db/metadata.json'), JSON.stringify({ Version: 2, ...dates }));
    writeFileSync(join(java, 'metadata.json'), JSON.stringify({ Version: 1, ...dates }));
  });
}

/** grype's database directory, written with grype's own library. */
export function grypeData(): string {
  return once('data/grype', (path) => {
    const writer = buildGoProgram('grype-db-writer', join(projectDirectory, 'bench/grype-db'));
    const directory = join(path, '6');
    mkdirSync(directory, { recursive: true });
    command(writer, [peerRecords(), directory]);
  });
}

/** Vedette's own database from the same directory, all of it. */
export function vedetteData(): string {
  return once('data/vedette.vdb', (path) => {
    const home = `${path}.home`;
    const env = { VEDETTE_HOME: home, VEDETTE_DB: path };
    command(join(projectDirectory, 'bin/vedette'), ['db', 'update', '--all', '--quiet', '--mirror', advisoryDirectory], { env });
    rmSync(home, { recursive: true, force: true });
  });
}
