/** Scan mode, rescan windows of images, deep inspection, and the key of code findings. */
import type { Ec2DeepInspectionStatus } from '@aws-sdk/client-inspector2';
import {
  type Account,
  type AccountSettings,
  effectiveSettings,
  readAccount,
  readAccounts,
  readMembers,
  readOrganization,
  saveAccount,
  saveOrganization,
  visibleAccounts,
} from '../../store/accounts.ts';
import { holdDecisions, type Write } from '../../store/index.ts';
import type { RequestContext } from '../context.ts';
import { accessDenied, notFound } from '../protocol/errors.ts';
import type { Handlers } from './handler.ts';
import { needDelegatedAdmin } from './organization.ts';

/** The account that a request is about: the caller's, or a member's when the delegated administrator asks. */
async function target(db: Parameters<typeof readAccount>[0], { account }: RequestContext, id = account): Promise<Account> {
  if (!(await visibleAccounts(db, account)).includes(id)) {
    throw accessDenied(`Account ${account} is not the delegated administrator of ${id}, or that is no member.`);
  }
  return readAccount(db, id);
}

async function save(transaction: Write, context: RequestContext, account: Account, settings: AccountSettings): Promise<void> {
  await saveAccount(transaction, { ...account, settings: { ...account.settings, ...settings } }, context.now());
  await context.services.changed(transaction, { kind: 'configuration', account: account.id });
}

type DeepInspection = NonNullable<AccountSettings['deepInspection']>;

async function shownInspection({ store }: RequestContext, { id, admin }: Account, { active, paths }: DeepInspection) {
  const { delegatedAdmin, paths: shared } = await readOrganization(store.read);
  const joined = admin !== undefined || id === delegatedAdmin;
  const status: Ec2DeepInspectionStatus = active ? 'ACTIVATED' : 'DEACTIVATED';
  return { packagePaths: [...paths], orgPackagePaths: joined ? [...shared] : [], status };
}

function inspectionState(account: Account, active: boolean) {
  return { accountId: account.id, status: active ? 'ACTIVATED' : 'DEACTIVATED' } as const;
}

export const configuration: Handlers<
  | 'GetConfiguration'
  | 'UpdateConfiguration'
  | 'GetEc2DeepInspectionConfiguration'
  | 'UpdateEc2DeepInspectionConfiguration'
  | 'UpdateOrgEc2DeepInspectionConfiguration'
  | 'BatchGetMemberEc2DeepInspectionStatus'
  | 'BatchUpdateMemberEc2DeepInspectionStatus'
  | 'GetEncryptionKey'
  | 'ResetEncryptionKey'
> = {
  async GetConfiguration({ accountId }, context) {
    const { ecr, ec2 } = await effectiveSettings(context.store.read, await target(context.store.read, context, accountId));
    const { updatedAt, ...windows } = ecr;
    const rescanDurationState = {
      ...windows,
      status: 'SUCCESS',
      updatedAt: updatedAt === undefined ? undefined : new Date(updatedAt),
    } as const;
    const scanModeState = { scanMode: ec2.scanMode, scanModeStatus: 'SUCCESS' } as const;
    const vmScannerState = ec2.vmScanner === undefined ? undefined : { activated: ec2.vmScanner };
    return { ecrConfiguration: { rescanDurationState }, ec2Configuration: { scanModeState, vmScannerState } };
  },

  async UpdateConfiguration({ accountId, ecrConfiguration, ec2Configuration, updateConfigurationInheritance: inherit }, context) {
    await context.store.write(async (tx) => {
      await holdDecisions(tx);
      const self = await readAccount(tx, context.account);
      if (self.relationship === 'ENABLED') {
        throw accessDenied(
          `Member account ${self.id} is not authorized to change its configuration: its delegated administrator is.`,
        );
      }
      const account = await target(tx, context, accountId);
      const { rescanDuration, pullDateRescanDuration, pullDateRescanMode } = ecrConfiguration ?? {};
      const now = context.now();
      await save(tx, context, account, {
        ...(inherit?.ecrConfiguration === undefined ? {} : { ecr: undefined }),
        ...(inherit?.ec2Configuration === undefined ? {} : { ec2: undefined }),
        ...(rescanDuration === undefined
          ? {}
          : {
              ecr: {
                ...account.settings.ecr,
                rescanDuration,
                ...defined({ pullDateRescanDuration, pullDateRescanMode }),
                updatedAt: now,
              },
            }),
        ...(ec2Configuration?.scanMode === undefined
          ? {}
          : { ec2: { scanMode: ec2Configuration.scanMode, ...defined({ vmScanner: ec2Configuration.activateVMScanner }) } }),
      });
    });
    return {};
  },

  async GetEc2DeepInspectionConfiguration(_input, context) {
    const account = await readAccount(context.store.read, context.account);
    return shownInspection(context, account, (await effectiveSettings(context.store.read, account)).deepInspection);
  },

  async UpdateEc2DeepInspectionConfiguration({ activateDeepInspection, packagePaths }, context) {
    const [account, deepInspection] = await context.store.write(async (tx) => {
      await holdDecisions(tx);
      const found = await readAccount(tx, context.account);
      if (found.relationship === 'ENABLED' && activateDeepInspection !== undefined) {
        throw accessDenied(
          `Member account ${found.id} may set its own paths only; its delegated administrator switches deep inspection.`,
        );
      }
      const before = (await effectiveSettings(tx, found)).deepInspection;
      const after = { active: activateDeepInspection ?? before.active, paths: packagePaths ?? before.paths };
      await save(tx, context, found, { deepInspection: after });
      return [found, after] as const;
    });
    return shownInspection(context, account, deepInspection);
  },

  async UpdateOrgEc2DeepInspectionConfiguration({ orgPackagePaths = [] }, context) {
    await context.store.write(async (tx) => {
      await holdDecisions(tx);
      await needDelegatedAdmin(tx, context.account);
      await saveOrganization(tx, { ...(await readOrganization(tx)), paths: orgPackagePaths });
      await context.services.changed(tx, { kind: 'organization' });
    });
    return {};
  },

  async BatchGetMemberEc2DeepInspectionStatus({ accountIds }, context) {
    const { store } = context;
    await needDelegatedAdmin(store.read, context.account);
    const asked = accountIds?.length
      ? [...new Set(accountIds)]
      : (await readMembers(store.read, { limit: 100 })).map(({ id }) => id);
    const accounts = await readAccounts(store.read, asked);
    const found: ReturnType<typeof inspectionState>[] = [];
    for (const account of accounts.filter(({ relationship }) => relationship === 'ENABLED')) {
      found.push(inspectionState(account, (await effectiveSettings(store.read, account)).deepInspection.active));
    }
    return { accountIds: found, failedAccountIds: strangers(accounts) };
  },

  async BatchUpdateMemberEc2DeepInspectionStatus({ accountIds = [] }, context) {
    const wanted = new Map(
      accountIds.map(({ accountId = '', activateDeepInspection }) => [accountId, activateDeepInspection ?? false]),
    );
    return context.store.write(async (tx) => {
      await holdDecisions(tx);
      await needDelegatedAdmin(tx, context.account);
      const accounts = await readAccounts(tx, [...wanted.keys()]);
      const done: ReturnType<typeof inspectionState>[] = [];
      for (const account of accounts.filter(({ relationship }) => relationship === 'ENABLED')) {
        const active = wanted.get(account.id) ?? false;
        const { paths } = (await effectiveSettings(tx, account)).deepInspection;
        await save(tx, context, account, { deepInspection: { active, paths } });
        done.push(inspectionState(account, active));
      }
      return { accountIds: done, failedAccountIds: strangers(accounts) };
    });
  },

  /** Code findings are not stored, so there is no key for them. */
  async GetEncryptionKey({ scanType, resourceType }) {
    throw notFound(`There is no customer managed key for ${scanType} scans of ${resourceType}.`);
  },

  async ResetEncryptionKey({ scanType, resourceType }) {
    throw notFound(`There is no customer managed key for ${scanType} scans of ${resourceType}.`);
  },
};

function strangers(accounts: readonly Account[]) {
  return accounts
    .filter(({ relationship }) => relationship !== 'ENABLED')
    .map(({ id }) => ({ accountId: id, errorMessage: `Account ${id} is not a member of the current account.` }));
}

/** Without members that are undefined: what was set before stays. */
function defined<T extends object>(value: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [Key in keyof T]?: NonNullable<T[Key]>;
  };
}
