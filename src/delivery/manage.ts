/** Targets in the store: made, changed, shown, removed. */
import { type Fields, fields } from '../inventory/values.ts';
import { fail, incomplete, ok, type Result } from '../model/problem.ts';
import { hold, type Store, type Write } from '../store/index.ts';
import type { Sealer } from '../store/seal.ts';
import { TARGET_KINDS } from './registry.ts';
import { validate } from './target.ts';

/** What is told about a target. */
export interface TargetInput {
  readonly account: string;
  readonly name: string;
  /** Id of a kind. */
  readonly kind: string;
  readonly configuration: Fields;
  readonly secrets?: Fields;
  readonly enabled?: boolean;
}

/** A target as it may be shown: of secrets only the names. */
export interface TargetView {
  readonly id: number;
  readonly account: string;
  readonly name: string;
  readonly kind: string;
  readonly configuration: Fields;
  readonly secrets: readonly string[];
  readonly enabled: boolean;
  readonly createdAt: number;
}

function checked({ kind, name, configuration, secrets }: TargetInput): Result<void> {
  const known = TARGET_KINDS.find(({ id }) => id === kind);
  if (known === undefined) {
    const kinds = TARGET_KINDS.map(({ id }) => id).join(', ');
    return fail(incomplete('target-invalid', `There is no kind of target ${kind}: use one of ${kinds}.`));
  }
  if (!/^[\w.-]{1,64}$/.test(name)) {
    return fail(incomplete('target-invalid', 'The name of a target is 1 to 64 letters, digits, dots, dashes and underscores.'));
  }
  return validate(known, configuration, secrets);
}

function sealed(secrets: Fields | undefined, { seal }: Sealer): string | null {
  return secrets === undefined || Object.keys(secrets).length === 0 ? null : seal(JSON.stringify(secrets));
}

function taken(name: string): { readonly ok: false } & Result<never> {
  return fail(incomplete('target-exists', `The account has a target ${name} already.`));
}

/** Makes a target; its id. Problems: `target-invalid`, `target-exists`. */
export async function addTarget(tx: Write, input: TargetInput, sealer: Sealer, now: number): Promise<Result<number>> {
  const good = checked(input);
  if (!good.ok) return good;
  const { account, name, kind, configuration, secrets, enabled = true } = input;
  await hold(tx, 'targets');
  const same = tx.selectFrom('target').select('id').where('account', '=', account).where('name', '=', name);
  if ((await same.executeTakeFirst()) !== undefined) return taken(name);
  const row = { account, name, kind, configuration: JSON.stringify(configuration), secrets: sealed(secrets, sealer) };
  const made = tx.insertInto('target').values({ ...row, enabled: enabled ? 1 : 0, created_at: now });
  return ok((await made.returning('id').executeTakeFirstOrThrow()).id);
}

/** What may be changed of a target; secrets that are not told stay. */
export type TargetChange = Partial<Pick<TargetInput, 'name' | 'configuration' | 'secrets' | 'enabled'>>;

/** Changes a target. Problems: `target-invalid`, `target-exists`, `target-unknown`. */
export async function changeTarget(tx: Write, id: number, change: TargetChange, sealer: Sealer): Promise<Result<void>> {
  await hold(tx, 'targets');
  const row = await tx.selectFrom('target').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return fail(incomplete('target-unknown', `There is no target ${id}.`));
  const kept: Fields = row.secrets === null ? {} : (fields(JSON.parse(sealer.open(row.secrets))) ?? {});
  const { name = row.name, configuration = fields(JSON.parse(row.configuration)) ?? {}, enabled = row.enabled === 1 } = change;
  const secrets = change.secrets ?? kept;
  const good = checked({ account: row.account, kind: row.kind, name, configuration, secrets });
  if (!good.ok) return good;
  const same = tx
    .selectFrom('target')
    .select('id')
    .where('account', '=', row.account)
    .where('name', '=', name)
    .where('id', '!=', id);
  if ((await same.executeTakeFirst()) !== undefined) return taken(name);
  await tx
    .updateTable('target')
    .set({ name, configuration: JSON.stringify(configuration), enabled: enabled ? 1 : 0 })
    .$if(change.secrets !== undefined, (query) => query.set({ secrets: sealed(secrets, sealer) }))
    .where('id', '=', id)
    .execute();
  return ok(undefined);
}

/** Removes a target with everything that was on its way to it; false when there is none. */
export async function removeTarget(tx: Write, id: number): Promise<boolean> {
  // First of all the target: this waits for those who are about to send something to it (outbox/enqueue.ts).
  const { numDeletedRows } = await tx.deleteFrom('target').where('id', '=', id).executeTakeFirst();
  await tx.deleteFrom('outbox').where('target_id', '=', id).execute();
  return numDeletedRows > 0n;
}

/** The targets, by account and name. */
export async function listTargets(store: Store, { open }: Sealer): Promise<readonly TargetView[]> {
  const rows = await store.read.selectFrom('target').selectAll().orderBy('account').orderBy('name').execute();
  return rows.map(({ id, account, name, kind, configuration, secrets, enabled, created_at }) => ({
    id,
    account,
    name,
    kind,
    configuration: fields(JSON.parse(configuration)) ?? {},
    secrets: secrets === null ? [] : Object.keys(fields(JSON.parse(open(secrets))) ?? {}).sort(),
    enabled: enabled === 1,
    createdAt: created_at,
  }));
}
