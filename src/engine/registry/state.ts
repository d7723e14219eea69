/** What was seen of a repository of a watched registry: documents of the kind `registry-repository`. */
import { hold, type Store, type Write } from '../../store/index.ts';
import { type Registry, writeDocument } from './configuration.ts';

export interface RepositoryState {
  /** Digest by tag. */
  readonly tags: Readonly<Record<string, string>>;
  /** Images of an index, by its digest. */
  readonly indexes: Readonly<Record<string, readonly string[]>>;
  /** How often an image was found missing, without having been there between. */
  readonly missing: Readonly<Record<string, number>>;
}

const KIND = 'registry-repository';
const NOTHING: RepositoryState = { tags: {}, indexes: {}, missing: {} };

function keyOf({ account, name }: Registry, repository: string) {
  return { account, name: `${name}/${repository}` };
}

/** What is known of a repository. */
export async function readState(db: Store['read'], registry: Registry, repository: string): Promise<RepositoryState> {
  const { account, name } = keyOf(registry, repository);
  const query = db.selectFrom('document').select('value').where('kind', '=', KIND);
  const row = await query.where('account', '=', account).where('key', '=', name).executeTakeFirst();
  return row === undefined ? NOTHING : { ...NOTHING, ...(JSON.parse(row.value) as Partial<RepositoryState>) };
}

/** The repositories that something is known of. */
export async function knownRepositories(store: Store, { account, name }: Registry): Promise<readonly string[]> {
  const rows = await store.read
    .selectFrom('document')
    .select('key')
    .where('kind', '=', KIND)
    .where('account', '=', account)
    .where('key', '>', `${name}/`)
    .where('key', '<', `${name}0`)
    .orderBy('key')
    .execute();
  return rows.map(({ key }) => key.slice(name.length + 1));
}

/** Forgets a repository. */
export async function forget(tx: Write, registry: Registry, repository: string): Promise<void> {
  const { account, name } = keyOf(registry, repository);
  await tx.deleteFrom('document').where('kind', '=', KIND).where('account', '=', account).where('key', '=', name).execute();
}

/** Members that differ; undefined where there is none any more. */
function difference<T>(before: Readonly<Record<string, T>>, after: Readonly<Record<string, T>>): [string, T | undefined][] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name): [string, T | undefined][] => {
    const same = JSON.stringify(before[name]) === JSON.stringify(after[name]);
    return same ? [] : [[name, after[name]]];
  });
}

function apply<T>(to: Readonly<Record<string, T>>, changes: readonly [string, T | undefined][]): Record<string, T> {
  const changed = new Map(Object.entries(to));
  for (const [name, value] of changes) {
    if (value === undefined) changed.delete(name);
    else changed.set(name, value);
  }
  return Object.fromEntries([...changed].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes what changed, beside what others saw meanwhile, and holds the repository; the state that holds then. */
export async function writeState(
  tx: Write,
  registry: Registry,
  repository: string,
  change: { readonly before: RepositoryState; readonly after: RepositoryState; readonly now: number },
): Promise<RepositoryState> {
  const { before, after, now } = change;
  await hold(tx, KIND, registry.account, registry.name, repository);
  const current = await readState(tx, registry, repository);
  const state: RepositoryState = {
    tags: apply(current.tags, difference(before.tags, after.tags)),
    indexes: apply(current.indexes, difference(before.indexes, after.indexes)),
    missing: apply(current.missing, difference(before.missing, after.missing)),
  };
  await writeDocument(tx, KIND, keyOf(registry, repository), state, now);
  return state;
}

/** The tags of every image that a tag names or leads to through an index. */
export function tagsByImage({ tags, indexes }: RepositoryState): ReadonlyMap<string, readonly string[]> {
  const images = new Map<string, string[]>();
  for (const [tag, digest] of Object.entries(tags)) {
    for (const image of indexes[digest] ?? [digest]) {
      const known = images.get(image);
      if (known === undefined) images.set(image, [tag]);
      else known.push(tag);
    }
  }
  for (const list of images.values()) list.sort();
  return images;
}
