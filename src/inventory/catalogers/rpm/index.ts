/** rpm packages from the databases of all three formats, the manifest of distroless images, and where dnf or yum got them. */
import type { FileContent } from '../../../artifacts/file.ts';
import { incomplete, type Problem } from '../../../model/problem.ts';
import type { Assembly, Cataloger, Extract, ExtractContext, PackageDraft, PathExtract } from '../../cataloger.ts';
import { osPackageDraft, sourceOf } from '../../os-packages.ts';
import { ownedPaths } from '../../ownership.ts';
import { blobsOf } from './blobs.ts';
import { type RpmHeader, readHeader } from './header.ts';
import { readManifest } from './manifest.ts';
import { dnfOrigins, type Origin, yumdbOrigin } from './repositories.ts';

const FOLDERS = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'];
const FILES = ['Packages', 'Packages.db', 'rpmdb.sqlite'];
const WAL = 'rpmdb.sqlite-wal';
const MANIFEST = 'var/lib/rpmmanifest/container-manifest-2';
const HISTORY = ['var/lib/dnf/history.sqlite', 'usr/lib/sysimage/dnf/history.sqlite'];
const YUMDB = 'var/lib/yum/yumdb';
/** A hostile database could hold nothing but damaged entries: the report needs only so many of them. */
const MAX_PROBLEMS = 20;

/** `openssl-1.1.1k-7.el8.src.rpm` → name and version-release; rpm never writes the source's epoch. */
export function splitSourceRpm(file: string): { name: string; version: string } | undefined {
  const found = /^(.+)-([^-]+-[^-]+)\.(?:src|nosrc)\.rpm$/.exec(file.slice(0, 1000));
  return found?.[1] === undefined || found[2] === undefined ? undefined : { name: found[1], version: found[2] };
}

function draftOf(header: RpmHeader): PackageDraft {
  const { name, architecture, epoch, vendor, license, modularityLabel } = header;
  const version = header.release === '' ? header.version : `${header.version}-${header.release}`;
  const from = header.sourceRpm === undefined ? undefined : splitSourceRpm(header.sourceRpm);
  const source = sourceOf(from?.name, from?.version, { name, version });
  return osPackageDraft({
    type: 'rpm',
    name,
    version,
    ...(epoch === undefined ? {} : { epoch }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(source === undefined ? {} : { source }),
    ...(vendor === undefined ? {} : { vendor }),
    ...(modularityLabel === undefined ? {} : { modularity: modularityLabel }),
    ...(license === undefined ? {} : { licenses: [license] }),
  });
}

function database(file: FileContent, context: ExtractContext): Extract {
  const packages: PackageDraft[] = [];
  const problems: Problem[] = [];
  const owns: { purl: string; paths: string[] }[] = [];
  for (const entry of blobsOf(file)) {
    if ('problem' in entry) {
      if (problems.length < MAX_PROBLEMS) problems.push(entry.problem);
      continue;
    }
    const header = readHeader(entry.blob);
    if ('error' in header) {
      if (problems.length < MAX_PROBLEMS)
        problems.push(
          incomplete(
            'rpm-header-corrupt',
            `A package of the rpm database is damaged: ${header.error}. Repair it with \`rpm --rebuilddb\`.`,
          ),
        );
      continue;
    }
    const draft = draftOf(header);
    packages.push(draft);
    const paths = ownedPaths(header.files(), context);
    if (paths.length > 0) owns.push({ purl: draft.purl, paths });
  }
  return { packages, ...(problems.length === 0 ? {} : { problems }), ...(owns.length === 0 ? {} : { owns }) };
}

function origins(list: readonly Origin[], problems: readonly Problem[] = []): Extract {
  return { packages: [], ...(problems.length === 0 ? {} : { problems }), ...(list.length === 0 ? {} : { data: list }) };
}

function extract(file: FileContent, context: ExtractContext): Extract {
  if (HISTORY.includes(file.path)) {
    const history = dnfOrigins(file);
    return origins(history.origins, history.problems);
  }
  if (file.path.endsWith(`/${WAL}`)) {
    // A log of 32 bytes or less has no frames. A longer one may hold packages that are not in the database file yet.
    if (file.size <= 32) return { packages: [] };
    return {
      packages: [],
      problems: [
        incomplete(
          'rpm-database-busy',
          'Changes of the rpm database wait in its write-ahead log: the newest packages may be missing. Let rpm finish (`rpm --rebuilddb`) and scan again.',
        ),
      ],
    };
  }
  if (file.path === MANIFEST || file.path.startsWith(`${YUMDB}/`)) {
    const text = file.text();
    if (!text.ok) return { packages: [], problems: [text.problem] };
    if (file.path !== MANIFEST) {
      const origin = yumdbOrigin(file.path, text.value);
      return origins(origin === undefined ? [] : [origin]);
    }
    const { headers, problems } = readManifest(text.value);
    return { packages: headers.map(draftOf), ...(problems.length === 0 ? {} : { problems }) };
  }
  return database(file, context);
}

function assemble(extracts: readonly PathExtract[]): Assembly {
  const repositories = new Map(extracts.flatMap(({ extract }) => (extract.data as readonly Origin[] | undefined) ?? []));
  const packages = extracts.flatMap(({ path, extract }) =>
    extract.packages.map((draft) => {
      const version = draft.version.slice(draft.version.indexOf(':') + 1);
      const repository = repositories.get(`${draft.name}-${version}.${draft.architecture ?? ''}`);
      return { draft: repository === undefined ? draft : { ...draft, repository }, paths: [path] };
    }),
  );
  return { packages };
}

export const rpm: Cataloger = {
  id: 'rpm',
  title: 'RPM packages',
  specification: [
    'https://rpm-software-management.github.io/rpm/manual/format_header.html',
    'https://rpm-software-management.github.io/rpm/manual/tags.html',
    'https://www.sqlite.org/fileformat2.html',
  ],
  version: 2,
  packageTypes: ['rpm'],
  evidence: 'installed',
  reads: ['rpm database (Berkeley DB, NDB, SQLite)', MANIFEST, 'repository of origin from dnf history and yumdb'],
  patterns: [
    ...FOLDERS.flatMap((folder) => [...FILES, WAL].map((file) => ({ path: `${folder}/${file}` }))),
    { path: MANIFEST },
    ...HISTORY.map((path) => ({ path })),
    { under: YUMDB, where: /\/from_repo$/ },
  ],
  extract,
  assemble,
};
