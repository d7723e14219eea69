/** Debian packages as dpkg records them: the status file, distroless' status.d, and the file lists. https://man7.org/linux/man-pages/man1/dpkg.1.html */
import type { FileContent } from '../../../artifacts/file.ts';
import { incomplete } from '../../../model/problem.ts';
import type { Assembly, Cataloger, Extract, ExtractContext, PathExtract } from '../../cataloger.ts';
import { ownedPaths } from '../../ownership.ts';
import { readStatus } from './status.ts';

const STATUS = 'var/lib/dpkg/status';
const STATUS_FOLDER = 'var/lib/dpkg/status.d';
const INFO = 'var/lib/dpkg/info';

/** A last line without an end that says what must not be said by half. */
const NEEDED_LAST = /(?:^|\n)(?:package|version|source|status):[^\n]{0,250}$/i;

/** The files a list names, waiting for `assemble` to learn which package that is. */
interface FileList {
  /** `name` or `name:architecture` of `info/*.list`; the status file's name for `status.d/*.md5sums`. */
  readonly owner: string;
  readonly paths: readonly string[];
}

function extract(file: FileContent, context: ExtractContext): Extract {
  const text = file.text();
  if (!text.ok) return { packages: [], problems: [text.problem] };
  if (file.path.startsWith(`${INFO}/`))
    return fileList(file.path.slice(INFO.length + 1, -'.list'.length), text.value.split('\n'), context);
  if (file.path.endsWith('.md5sums')) {
    const paths = text.value.split('\n').map((line) => line.slice(line.indexOf(' ') + 1).trimStart());
    return fileList(file.path.slice(STATUS_FOLDER.length + 1, -'.md5sums'.length), paths, context);
  }
  const { packages, problems } = readStatus(text.value);
  // dpkg ends every entry with an empty line; entries that somebody else wrote into status.d may not.
  if (file.path === STATUS && text.value !== '' && !text.value.endsWith('\n')) {
    problems.push(
      incomplete(
        'dpkg-status-truncated',
        'The dpkg database ends in the middle of a line: packages after it are missing. Restore it from var/lib/dpkg/status-old or var/backups.',
      ),
    );
  }
  if (file.path !== STATUS && NEEDED_LAST.test(text.value.slice(-300))) {
    const message = 'The entry ends in the middle of a line that names the package or its version, which may be another one.';
    problems.push(incomplete('dpkg-status-truncated', message));
  }
  return { packages, ...(problems.length === 0 ? {} : { problems }) };
}

function fileList(owner: string, lines: readonly string[], context: ExtractContext): Extract {
  const paths = ownedPaths(lines, context);
  return paths.length === 0 ? { packages: [] } : { packages: [], data: { owner, paths } satisfies FileList };
}

function assemble(extracts: readonly PathExtract[]): Assembly {
  const purls = new Map<string, string[]>();
  const note = (key: string, purl: string): void => {
    const known = purls.get(key);
    if (known === undefined) purls.set(key, [purl]);
    else known.push(purl);
  };
  const packages = extracts.flatMap(({ path, extract }) =>
    extract.packages.map((draft) => {
      note(draft.name, draft.purl);
      note(`${draft.name}:${draft.architecture ?? ''}`, draft.purl);
      if (path.startsWith(`${STATUS_FOLDER}/`)) note(path, draft.purl);
      return { draft, paths: [path] };
    }),
  );
  const owns = extracts.flatMap(({ path, extract }) => {
    const list = extract.data as FileList | undefined;
    if (list === undefined) return [];
    const key = path.startsWith(`${STATUS_FOLDER}/`) ? `${STATUS_FOLDER}/${list.owner}` : list.owner;
    const [purl] = purls.get(key) ?? [];
    // Lists of removed packages stay until they are purged: nobody owns those files.
    return purl === undefined ? [] : [{ purl, paths: list.paths }];
  });
  return { packages, ...(owns.length === 0 ? {} : { owns }) };
}

export const dpkg: Cataloger = {
  id: 'dpkg',
  title: 'Debian packages (dpkg)',
  specification: ['https://man7.org/linux/man-pages/man1/dpkg.1.html', 'https://man7.org/linux/man-pages/man5/deb822.5.html'],
  version: 2,
  packageTypes: ['deb'],
  evidence: 'installed',
  reads: ['var/lib/dpkg/status', 'var/lib/dpkg/status.d (distroless)'],
  patterns: [{ path: STATUS }, { under: STATUS_FOLDER }, { under: INFO, where: /\.list$/ }],
  extract,
  assemble,
};
