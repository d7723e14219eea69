/**
 * Switching scan types on and off (Enable and Disable of the API). Off: resources of the type are kept with their inventories, as
 * INACTIVE, and have no findings. On again: what the store has of them is assessed at once, and findings of the last days are the same
 * findings again.
 */
import type { Kysely } from 'kysely';
import { readAccount, type ScanType } from '../store/accounts.ts';
import { isShared, keepDecisions, type Store, type Tables } from '../store/index.ts';
import { setStatus } from './coverage.ts';

const SCAN_TYPE_OF: Readonly<Record<string, ScanType>> = {
  AWS_EC2_INSTANCE: 'EC2',
  AWS_ECR_CONTAINER_IMAGE: 'ECR',
  AWS_ECR_REPOSITORY: 'ECR',
  AWS_LAMBDA_FUNCTION: 'LAMBDA',
  CODE_REPOSITORY: 'CODE_REPOSITORY',
};

/** Status of resources whose type is switched off. */
export const SWITCHED_OFF = { code: 'INACTIVE', reason: 'PENDING_DISABLE' } as const;

/** Under these reasons a resource has no findings, whatever its inventory says. */
export const WITHOUT_FINDINGS: readonly string[] = [SWITCHED_OFF.reason, 'SCAN_ELIGIBILITY_EXPIRED', 'SCAN_FREQUENCY_MANUAL'];

/** … and under these it gets none that it does not have: images of repositories that are scanned on push only. */
export const WITHOUT_NEW_FINDINGS: readonly string[] = [...WITHOUT_FINDINGS, 'SCAN_FREQUENCY_SCAN_ON_PUSH'];

/** Whether an account has resources of this type (ResourceType of the API) assessed. */
export async function isSwitchedOn(db: Kysely<Tables>, account: string, type: string): Promise<boolean> {
  const { status } = await readAccount(db, account);
  const scanType = SCAN_TYPE_OF[type];
  return scanType === undefined || status[scanType] === 'ENABLED';
}

export interface Followed {
  /** Resources that were switched off now. */
  readonly switchedOff: number;
  /** Resources that are to be assessed again. */
  readonly resumed: readonly number[];
  /** Some of them are instances: their network findings are to be made again, too. */
  readonly instances: boolean;
}

/** Brings all resources in line with what is switched on. Resources that come back stay INACTIVE until they have been assessed. */
export async function followActivation(store: Store, now: number): Promise<Followed> {
  const groups = await store.read
    .selectFrom('resource')
    .select(['account', 'type'])
    .distinct()
    .where('removed_at', 'is', null)
    .execute();
  let switchedOff = 0;
  let instances = false;
  const resumed: number[] = [];
  for (const { account, type } of groups) {
    const on = await isSwitchedOn(store.read, account, type);
    const rows = await store.read
      .selectFrom('resource')
      .select(['id', 'units', 'origin'])
      .where('account', '=', account)
      .where('type', '=', type)
      .where('removed_at', 'is', null)
      .where('status_reason', on ? '=' : '!=', SWITCHED_OFF.reason)
      .execute();
    for (const { id, units, origin } of rows) {
      if (on && type === 'AWS_EC2_INSTANCE') instances = true;
      if (on && units !== '[]') {
        resumed.push(id);
        continue;
      }
      const empty = { code: 'INACTIVE', reason: origin === 'estate' ? 'UNMANAGED_EC2_INSTANCE' : 'NO_INVENTORY' };
      await store.write(async (tx) => {
        await keepDecisions(tx);
        // Switched again meanwhile: the job of that change follows.
        if ((await isSwitchedOn(tx, account, type)) !== on) return;
        const query = tx
          .selectFrom('resource')
          .select(['units', 'status_reason'])
          .where('id', '=', id)
          .where('removed_at', 'is', null);
        const row = await (isShared(tx) ? query.forUpdate() : query).executeTakeFirst();
        // It went away, or its inventory came in between.
        if (row === undefined || (row.status_reason === SWITCHED_OFF.reason) !== on || (on && row.units !== '[]')) return;
        await setStatus(tx, id, on ? empty : { ...SWITCHED_OFF, closedBy: 'scan-disabled' }, now);
        if (!on) switchedOff++;
      });
    }
  }
  return { switchedOff, resumed, instances };
}
