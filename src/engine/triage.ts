/** What people decide about single findings: stored with its history, and effective in the same transaction. */
import type { Selectable } from 'kysely';
import { chunks, holdDecisions, type Store, type Write } from '../store/index.ts';
import type { FindingTable, TriageTable } from '../store/schema.ts';
import { announceFindings } from './announce.ts';
import { updatedAt } from './lifecycle.ts';
import { SETTLED, suppress } from './suppression.ts';

export const TRIAGE_STATUSES = ['open', 'in-progress', 'accepted', 'false-positive', 'mitigated'] as const;

export interface Decision {
  readonly status: (typeof TRIAGE_STATUSES)[number];
  readonly reason: string | null;
  readonly owner: string | null;
  /** When a finding that was settled is work again; milliseconds since 1970. */
  readonly expiresAt: number | null;
}

/** What a decision is about: a finding of a resource, in all its generations. */
export type Decided = Pick<Selectable<FindingTable>, 'id' | 'resource_id' | 'key' | 'account'>;

/** Brings findings in line with what counts for them now, and tells whose status changed. */
async function review(tx: Write, account: string, ids: readonly number[], now: number): Promise<void> {
  const statuses = async () => {
    const found = new Map<number, string>();
    for (const some of chunks(ids)) {
      const rows = await tx.selectFrom('finding').select(['id', 'status']).where('id', 'in', some).execute();
      for (const { id, status } of rows) found.set(id, status);
    }
    return found;
  };
  const before = await statuses();
  const hidden = ids.filter((id) => before.get(id) === 'SUPPRESSED');
  for (const some of chunks(hidden)) {
    const free = { status: 'ACTIVE', filter_id: null, ...updatedAt(now) };
    await tx.updateTable('finding').set(free).where('id', 'in', some).where('status', '=', 'SUPPRESSED').execute();
  }
  await suppress(
    tx,
    account,
    ids.filter((id) => before.get(id) !== 'CLOSED'),
    now,
  );
  const after = await statuses();
  const changed = (to: string) => ids.filter((id) => before.get(id) !== after.get(id) && after.get(id) === to);
  await announceFindings(tx, changed('SUPPRESSED'), 'suppressed', now);
  await announceFindings(tx, changed('ACTIVE'), 'unsuppressed', now);
}

/** Writes a decision (undefined: takes it back), who made it, and its consequences. */
export async function decide(
  tx: Write,
  finding: Decided,
  decision: Decision | undefined,
  by: string,
  now: number,
): Promise<TriageTable | undefined> {
  await holdDecisions(tx);
  const { resource_id, key } = finding;
  const row: TriageTable | undefined = decision && {
    resource_id,
    key,
    status: decision.status,
    reason: decision.reason,
    owner: decision.owner,
    expires_at: decision.expiresAt,
    changed_at: now,
    changed_by: by,
  };
  if (row === undefined) {
    await tx.deleteFrom('triage').where('resource_id', '=', resource_id).where('key', '=', key).execute();
  } else {
    await tx
      .insertInto('triage')
      .values(row)
      .onConflict((conflict) => conflict.columns(['resource_id', 'key']).doUpdateSet(row))
      .execute();
  }
  const event = { resource_id, key, at: now, by, value: JSON.stringify(row ?? null) };
  await tx.insertInto('triage_event').values(event).execute();
  const rows = await tx
    .selectFrom('finding')
    .select('id')
    .where('resource_id', '=', resource_id)
    .where('key', '=', key)
    .where('status', '!=', 'CLOSED')
    .execute();
  await review(
    tx,
    finding.account,
    rows.map(({ id }) => id),
    now,
  );
  return row;
}

/** Findings whose settling has expired are work again. How many. */
export async function expireTriage(store: Store, now: number): Promise<number> {
  const rows = await store.read
    .selectFrom('finding')
    .innerJoin('triage', (join) =>
      join.onRef('triage.resource_id', '=', 'finding.resource_id').onRef('triage.key', '=', 'finding.key'),
    )
    .select(['finding.id', 'finding.account'])
    .where('triage.expires_at', '<=', now)
    .where('triage.status', 'in', [...SETTLED])
    .where('finding.status', '=', 'SUPPRESSED')
    .where('finding.filter_id', 'is', null)
    .execute();
  for (const [account, some] of Map.groupBy(rows, (row) => row.account)) {
    const ids = some.map(({ id }) => id);
    await store.write(async (tx) => {
      await holdDecisions(tx);
      await review(tx, account, ids, now);
    });
  }
  return rows.length;
}
