/** Which repository each package came from: yum's yumdb and dnf's history know, rpm does not. */
import type { FileContent } from '../../../artifacts/file.ts';
import { messageOf, notice, type Problem } from '../../../model/problem.ts';
import { openSqlite, type SqliteValue } from '../../formats/sqlite.ts';

/** Package as `name-version-release.architecture`, without epoch, and its repository id. */
export type Origin = readonly [nvra: string, repository: string];

/** `var/lib/yum/yumdb/<letter>/<package id>-<name>-<version>-<release>-<architecture>/from_repo` */
export function yumdbOrigin(path: string, text: string): Origin | undefined {
  const folder = path.split('/').at(-2) ?? '';
  const found = /^[0-9a-f]{40,64}-(.+)-([^-]+)$/.exec(folder);
  const repository = text.trim();
  return found === null || repository === '' || repository.length > 200 ? undefined : [`${found[1]}.${found[2]}`, repository];
}

const MAX_ROWS = 2_000_000;

/** Newest origin of every package in dnf's history (`trans_item` joins `rpm` and `repo`). */
export function dnfOrigins(content: FileContent): { origins: Origin[]; problems: Problem[] } {
  try {
    const database = openSqlite(content);
    const table = (name: string, columns: readonly string[]): { rowid: number; values: SqliteValue[] }[] => {
      const indexes = columns.map((column) => database.columns(name).indexOf(column));
      const rows = [];
      for (const row of database.rows(name)) {
        if (rows.length >= MAX_ROWS) throw new Error('it has too many rows');
        rows.push({ rowid: row.rowid, values: indexes.map((index) => row.values[index] ?? null) });
      }
      return rows;
    };
    const repositories = new Map(table('repo', ['repoid']).map(({ rowid, values }) => [rowid, values[0]]));
    const items = new Map(
      table('rpm', ['item_id', 'name', 'version', 'release', 'arch']).map(({ rowid, values: [id, ...nvra] }) => [
        id ?? rowid,
        nvra.map(String),
      ]),
    );
    const origins = new Map<string, string>();
    for (const { values } of table('trans_item', ['item_id', 'repo_id'])) {
      const [itemId, repositoryId] = values;
      const item = items.get(itemId ?? 0);
      const repository = repositories.get(Number(repositoryId));
      // `@System` is what dnf writes for packages it only removed or found installed.
      if (item === undefined || typeof repository !== 'string' || repository === '' || repository.startsWith('@System')) continue;
      const [name, version, release, architecture] = item;
      origins.set(`${name}-${version}-${release}.${architecture}`, repository);
    }
    return { origins: [...origins].sort(([a], [b]) => (a < b ? -1 : 1)), problems: [] };
  } catch (error) {
    const message = `The history of dnf cannot be read (${messageOf(error)}): it is not known which repository packages came from.`;
    return { origins: [], problems: [notice('rpm-history-unreadable', message)] };
  }
}
