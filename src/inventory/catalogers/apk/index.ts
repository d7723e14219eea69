/** Alpine packages as apk records them. https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2 */
import type { FileContent } from '../../../artifacts/file.ts';
import { incomplete, type Problem } from '../../../model/problem.ts';
import type { Cataloger, Extract, ExtractContext, PackageDraft } from '../../cataloger.ts';
import { osPackageDraft, sourceOf } from '../../os-packages.ts';
import { ownedPaths } from '../../ownership.ts';

const PATHS = ['lib/apk/db/installed', 'usr/lib/apk/db/installed'];
const NAME = /^[^\s\x00-\x1f/]+$/;

interface Entry {
  readonly facts: Map<string, string>;
  readonly files: string[];
  /** Names a package twice: the empty line between two is gone. */
  twice?: true;
}

/** Entries are separated by empty lines; a line is one letter, a colon and the value. `F:` opens a folder, `R:` names a file in it. */
function* entriesOf(text: string): Generator<Entry> {
  let entry: Entry = { facts: new Map(), files: [] };
  let folder = '';
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    if (end === at) {
      if (entry.facts.size > 0) yield entry;
      entry = { facts: new Map(), files: [] };
      folder = '';
    } else {
      const key = text[at] ?? '';
      const value = text.charAt(at + 1) === ':' ? text.slice(at + 2, end) : undefined;
      if (value === undefined) entry.facts.set('', '');
      else if (key === 'F') folder = value;
      else if (key === 'R') entry.files.push(folder === '' ? value : `${folder}/${value}`);
      else {
        if (key === 'P' && entry.facts.has(key)) entry.twice = true;
        entry.facts.set(key, value);
      }
    }
    at = end + 1;
  }
  if (entry.facts.size > 0) yield entry;
}

function draftOf({ facts, twice }: Entry): PackageDraft | undefined {
  const name = facts.get('P');
  const version = facts.get('V');
  if (twice || !name || !version || !NAME.test(name) || !NAME.test(version)) return undefined;
  const architecture = facts.get('A');
  const source = sourceOf(facts.get('o'), undefined, { name, version });
  const vendor = facts.get('m');
  const license = facts.get('L')?.trim();
  return osPackageDraft({
    type: 'apk',
    name,
    version,
    ...(architecture ? { architecture } : {}),
    ...(source === undefined ? {} : { source }),
    ...(vendor ? { vendor } : {}),
    ...(license ? { licenses: [license] } : {}),
  });
}

function extract(file: FileContent, context: ExtractContext): Extract {
  const text = file.text();
  if (!text.ok) return { packages: [], problems: [text.problem] };
  const packages: PackageDraft[] = [];
  const owns: { purl: string; paths: string[] }[] = [];
  let invalid = 0;
  for (const entry of entriesOf(text.value)) {
    const draft = draftOf(entry);
    if (draft === undefined) {
      invalid++;
      continue;
    }
    packages.push(draft);
    const paths = ownedPaths(entry.files, context);
    if (paths.length > 0) owns.push({ purl: draft.purl, paths });
  }
  const problems: Problem[] = [];
  if (invalid > 0) {
    const count = invalid === 1 ? '1 entry' : `${invalid} entries`;
    problems.push(
      incomplete('apk-entry-invalid', `${count} of the apk database could not be understood; check it with \`apk audit\`.`),
    );
  }
  if (text.value !== '' && !text.value.endsWith('\n')) {
    problems.push(
      incomplete(
        'apk-database-truncated',
        'The apk database ends in the middle of a line: packages after it are missing. Run `apk fix` or restore the file.',
      ),
    );
  }
  return { packages, ...(problems.length === 0 ? {} : { problems }), ...(owns.length === 0 ? {} : { owns }) };
}

export const apk: Cataloger = {
  id: 'apk',
  title: 'Alpine packages (apk)',
  specification: ['https://wiki.alpinelinux.org/wiki/Apk_spec'],
  version: 2,
  packageTypes: ['apk'],
  evidence: 'installed',
  reads: PATHS,
  patterns: PATHS.map((path) => ({ path })),
  extract,
};
