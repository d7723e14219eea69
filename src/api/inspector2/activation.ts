/** What is assessed for whom: switching scan types on and off, and what was used. */
import type { FailedAccount, ResourceScanType, Usage, UsageType } from '@aws-sdk/client-inspector2';
import { type Kysely, sql } from 'kysely';
import {
  type Account,
  readAccounts,
  readOrganization,
  SCAN_TYPES,
  type ScanType,
  saveAccount,
  visibleAccounts,
} from '../../store/accounts.ts';
import { holdDecisions, type Tables, type Write } from '../../store/index.ts';
import type { RequestContext } from '../context.ts';
import { keyedPage, page } from '../paging.ts';
import { accessDenied, invalidField } from '../protocol/errors.ts';
import type { Handlers } from './handler.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** ListUsageTotals looks back so far. */
const USAGE_DAYS = 30;
const LARGEST_USAGE_PAGE = 500;

type Db = Kysely<Tables>;
type Status = 'ENABLED' | 'DISABLED';

function overall({ status }: Account): Status {
  return SCAN_TYPES.some((type) => status[type] === 'ENABLED') ? 'ENABLED' : 'DISABLED';
}

function byResource<T>({ status }: Account, form: (status: Status) => T) {
  return {
    ec2: form(status.EC2),
    ecr: form(status.ECR),
    lambda: form(status.LAMBDA),
    lambdaCode: form(status.LAMBDA_CODE),
    codeRepository: form(status.CODE_REPOSITORY),
  };
}

function shown(account: Account) {
  return { accountId: account.id, status: overall(account), resourceStatus: byResource(account, (status) => status) };
}

/** Healthy states have neither error code nor message: the service of AWS leaves them out, too, although its model requires them. */
function state(status: Status) {
  return { status, errorCode: undefined, errorMessage: undefined };
}

/** The accounts that a request is about, in its order, and those that the caller may not ask about. */
async function split(db: Db, context: RequestContext, asked: readonly string[] | undefined) {
  const ids = asked === undefined || asked.length === 0 ? [context.account] : [...new Set(asked)];
  const visible = new Set(await visibleAccounts(db, context.account));
  const refused = ids
    .filter((id) => !visible.has(id))
    .map((accountId): FailedAccount => {
      const errorMessage = `Account ${context.account} is not the delegated administrator of ${accountId}, or that is no member.`;
      return { accountId, errorCode: 'ACCESS_DENIED', errorMessage };
    });
  return { ids: ids.filter((id) => visible.has(id)), refused };
}

/** Writes the states of accounts after a change, and tells the engine about those that did change. */
async function change(
  tx: Write,
  { services, now }: RequestContext,
  ids: readonly string[],
  types: readonly ScanType[],
  to: Status,
): Promise<readonly Account[]> {
  const accounts: Account[] = [];
  for (const account of await readAccounts(tx, ids)) {
    const status = { ...account.status, ...Object.fromEntries(types.map((type) => [type, to])) };
    const changed = { ...account, status };
    accounts.push(changed);
    if (types.every((type) => account.status[type] === to)) continue;
    await saveAccount(tx, changed, now());
    await services.changed(tx, { kind: 'activation', account: account.id });
  }
  return accounts;
}

function answer(accounts: readonly Account[], failedAccounts: FailedAccount[]) {
  return { accounts: accounts.map(shown), failedAccounts };
}

/** Coverage hours of resources of each type in the last 30 days, and assessments of images, by account. */
async function usageOf({ store, now }: RequestContext, accounts: readonly string[]): Promise<ReadonlyMap<string, Usage[]>> {
  const end = now();
  const start = end - USAGE_DAYS * DAY;
  const hours = sql<number>`sum(coalesce(removed_at, ${end}) - case when first_seen_at > ${start} then first_seen_at else ${start} end)`;
  const resources = await store.read
    .selectFrom('resource')
    .select(['account', 'type', hours.as('milliseconds')])
    .select(sql<number>`sum(case when first_seen_at > ${start} then 1 else 0 end)`.as('fresh'))
    .where('account', 'in', accounts)
    .where((is) => is.or([is('removed_at', 'is', null), is('removed_at', '>', start)]))
    .groupBy(['account', 'type'])
    .execute();
  const scans = await store.read
    .selectFrom('assessment')
    .innerJoin('resource', 'resource.id', 'assessment.resource_id')
    .select(['resource.account', (select) => select.fn.countAll<number>().as('scans')])
    .where('resource.account', 'in', accounts)
    .where('resource.type', '=', 'AWS_ECR_CONTAINER_IMAGE')
    .where('assessment.started_at', '>', start)
    .groupBy('resource.account')
    .execute();
  const all = new Map<string, Usage[]>(accounts.map((id) => [id, []]));
  const add = (account: string, type: UsageType, total: number) =>
    all.get(account)?.push({ type, total, estimatedMonthlyCost: 0, currency: 'USD', cloudProvider: 'AWS' });
  for (const { account, type, milliseconds, fresh } of resources) {
    if (type === 'AWS_EC2_INSTANCE') add(account, 'EC2_INSTANCE_HOURS', Number(milliseconds) / HOUR);
    if (type === 'AWS_LAMBDA_FUNCTION') add(account, 'LAMBDA_FUNCTION_HOURS', Number(milliseconds) / HOUR);
    if (type !== 'AWS_ECR_CONTAINER_IMAGE') continue;
    const total = Number(scans.find((found) => found.account === account)?.scans ?? 0);
    add(account, 'ECR_INITIAL_SCAN', Number(fresh));
    add(account, 'ECR_RESCAN', Math.max(0, total - Number(fresh)));
  }
  return all;
}

const SCANNED = ['ENABLE_SCANNING', 'DISABLE_SCANNING'] as const;
const PERMISSIONS = [
  ...SCANNED.map((operation) => ({ service: 'EC2', operation }) as const),
  ...SCANNED.map((operation) => ({ service: 'ECR', operation }) as const),
  { service: 'ECR', operation: 'ENABLE_REPOSITORY' },
  { service: 'ECR', operation: 'DISABLE_REPOSITORY' },
  ...SCANNED.map((operation) => ({ service: 'LAMBDA', operation }) as const),
] as const;

export const activation: Handlers<
  'Enable' | 'Disable' | 'BatchGetAccountStatus' | 'ListAccountPermissions' | 'BatchGetFreeTrialInfo' | 'ListUsageTotals'
> = {
  async Enable({ accountIds, resourceTypes = [] }, context) {
    const types: readonly ResourceScanType[] = [...new Set(resourceTypes)];
    if (types.includes('LAMBDA_CODE')) {
      throw invalidField('resourceTypes', 'LAMBDA_CODE: code scanning of functions is not part of this installation.');
    }
    return context.store.write(async (tx) => {
      await holdDecisions(tx);
      const { ids, refused } = await split(tx, context, accountIds);
      return answer(await change(tx, context, ids, types, 'ENABLED'), refused);
    });
  },

  async Disable({ accountIds, resourceTypes = [] }, context) {
    const types = resourceTypes.length === 0 ? SCAN_TYPES : [...new Set(resourceTypes)];
    return context.store.write(async (tx) => {
      await holdDecisions(tx);
      const { ids, refused } = await split(tx, context, accountIds);
      const [self] = await readAccounts(tx, [context.account]);
      if (self?.relationship === 'ENABLED') {
        throw accessDenied(`Member account ${context.account} is not authorized to disable itself.`);
      }
      const { delegatedAdmin } = await readOrganization(tx);
      const members = await visibleAccounts(tx, context.account);
      const keepsMembers = (account: Account) => {
        const after = SCAN_TYPES.filter((type) => account.status[type] === 'ENABLED' && !types.includes(type));
        return account.id === delegatedAdmin && members.length > 1 && after.length === 0;
      };
      const kept = (await readAccounts(tx, ids)).filter(keepsMembers);
      for (const { id } of kept) {
        const errorMessage = 'Disassociate all members before the delegated administrator is disabled.';
        refused.push({ accountId: id, errorCode: 'DISASSOCIATE_ALL_MEMBERS', errorMessage });
      }
      const changed = ids.filter((id) => !kept.some((account) => account.id === id));
      return answer(await change(tx, context, changed, types, 'DISABLED'), refused);
    });
  },

  async BatchGetAccountStatus({ accountIds }, context) {
    const { ids, refused } = await split(context.store.read, context, accountIds);
    const accounts = (await readAccounts(context.store.read, ids)).map((account) => ({
      accountId: account.id,
      state: state(overall(account)),
      resourceState: byResource(account, state),
    }));
    return { accounts, failedAccounts: refused };
  },

  async ListAccountPermissions(input, context) {
    const [self] = await readAccounts(context.store.read, [context.account]);
    const allowed = PERMISSIONS.filter(({ service, operation }) => {
      const refusedToMembers = self?.relationship === 'ENABLED' && operation.startsWith('DISABLE');
      return !refusedToMembers && (input.service === undefined || input.service === service);
    });
    const { items, ...more } = page('ListAccountPermissions', input, context, allowed, PERMISSIONS.length);
    return { permissions: items, ...more };
  },

  /** There is nothing to try for free: no account has a trial. */
  async BatchGetFreeTrialInfo({ accountIds }, context) {
    const { ids, refused } = await split(context.store.read, context, accountIds);
    return {
      accounts: ids.map((accountId) => ({ accountId, freeTrialInfo: [] })),
      failedAccounts: refused.map(({ accountId, errorMessage }) => ({ accountId, code: 'ACCESS_DENIED', message: errorMessage })),
    };
  },

  async ListUsageTotals(input, context) {
    const visible = await visibleAccounts(context.store.read, context.account);
    const asked = input.accountIds ?? visible;
    const accounts = visible.filter((id) => asked.includes(id));
    const { items, ...more } = keyedPage('ListUsageTotals', input, context, accounts, {
      keyOf: (id) => id,
      largest: LARGEST_USAGE_PAGE,
    });
    if (items.length === 0) return { totals: [] };
    const usage = await usageOf(context, items);
    return { totals: items.map((accountId) => ({ accountId, usage: usage.get(accountId) ?? [] })), ...more };
  },
};
