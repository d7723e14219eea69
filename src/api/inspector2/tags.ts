/** Tags of what has an ARN of its own: filters, and the small objects of the API. */
import type { Kysely } from 'kysely';
import { hold, type Tables, type Write } from '../../store/index.ts';
import type { RequestContext } from '../context.ts';
import { badRequest, invalidField, notFound } from '../protocol/errors.ts';
import type { Handlers } from './handler.ts';

const MOST_TAGS = 50;
const ARN = /^arn:aws[a-z-]*:inspector2:[a-z0-9-]+:\d{12}:.+$/;

/** Holds what belongs to an ARN: its tags, and whether it is there, are changed by one at a time. */
export async function holdTagged(tx: Write, arn: string): Promise<void> {
  await hold(tx, 'tags', arn);
}

/** Refuses what does not exist, or is not the caller's. */
async function needTaggable(db: Kysely<Tables>, { account }: RequestContext, arn: string): Promise<void> {
  if (!ARN.test(arn)) throw invalidField('resourceArn', `'${arn}' is not an ARN of Amazon Inspector`);
  const filter = db.selectFrom('filter').select('arn').where('arn', '=', arn).where('account', '=', account);
  const document = db.selectFrom('document').select('key as arn').where('key', '=', arn).where('account', '=', account);
  const found = (await filter.executeTakeFirst()) ?? (await document.executeTakeFirst());
  if (found === undefined) throw notFound(`There is no resource ${arn}`);
}

/** Writes tags beside those that a resource has; the limit is that of AWS. */
export async function writeTags(db: Kysely<Tables>, arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
  const keys = Object.keys(tags);
  if (keys.length === 0) return;
  const reserved = keys.find((key) => /^aws:/i.test(key));
  if (reserved !== undefined) throw badRequest(`Tag keys that begin with aws: are reserved: ${reserved}`);
  const rows = keys.map((key) => ({ arn, key, value: tags[key] ?? '' }));
  const before = await db.selectFrom('tag').select('key').where('arn', '=', arn).execute();
  const all = new Set([...before.map(({ key }) => key), ...keys]);
  if (all.size > MOST_TAGS) throw badRequest(`A resource has at most ${MOST_TAGS} tags, this one would have ${all.size}`);
  await db
    .insertInto('tag')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['arn', 'key']).doUpdateSet((row) => ({ value: row.ref('excluded.value') })))
    .execute();
}

/** Tags of several resources, by ARN. */
export async function readTags(
  db: Kysely<Tables>,
  arns: readonly string[],
): Promise<ReadonlyMap<string, Record<string, string>>> {
  const tags = new Map<string, Record<string, string>>();
  if (arns.length === 0) return tags;
  const rows = await db.selectFrom('tag').selectAll().where('arn', 'in', arns).orderBy('arn').orderBy('key').execute();
  for (const { arn, key, value } of rows) tags.set(arn, { ...tags.get(arn), [key]: value });
  return tags;
}

export const tagging: Handlers<'TagResource' | 'UntagResource' | 'ListTagsForResource'> = {
  async TagResource({ resourceArn = '', tags = {} }, context) {
    await context.store.write(async (tx) => {
      await holdTagged(tx, resourceArn);
      await needTaggable(tx, context, resourceArn);
      await writeTags(tx, resourceArn, tags);
    });
    return {};
  },

  async UntagResource({ resourceArn = '', tagKeys = [] }, context) {
    await context.store.write(async (tx) => {
      await holdTagged(tx, resourceArn);
      await needTaggable(tx, context, resourceArn);
      if (tagKeys.length > 0) await tx.deleteFrom('tag').where('arn', '=', resourceArn).where('key', 'in', tagKeys).execute();
    });
    return {};
  },

  async ListTagsForResource({ resourceArn = '' }, context) {
    await needTaggable(context.store.read, context, resourceArn);
    return { tags: (await readTags(context.store.read, [resourceArn])).get(resourceArn) ?? {} };
  },
};
