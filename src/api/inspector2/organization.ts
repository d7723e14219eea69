/** Delegated administrator, members, and what is switched on for them. https://docs.aws.amazon.com/inspector/latest/user/managing-multiple-accounts.html */
import {
  type Account,
  countMembers,
  readAccount,
  readMembers,
  readOrganization,
  SCAN_TYPES,
  type ScanType,
  saveAccount,
  saveOrganization,
} from '../../store/accounts.ts';
import { holdDecisions, type Tables, type Write } from '../../store/index.ts';
import type { RequestContext } from '../context.ts';
import { nextToken, positionOf } from '../paging.ts';
import { accessDenied, conflict, invalidField, notFound, quota } from '../protocol/errors.ts';
import type { Handlers } from './handler.ts';

const MOST_MEMBERS = 10_000;
const MEMBERS_PAGE = 50;

const AUTO_ENABLE = {
  EC2: 'ec2',
  ECR: 'ecr',
  LAMBDA: 'lambda',
  LAMBDA_CODE: 'lambdaCode',
  CODE_REPOSITORY: 'codeRepository',
} as const satisfies Record<ScanType, string>;

function autoEnableOf(types: readonly ScanType[]) {
  const on = (type: ScanType) => types.includes(type);
  const [ec2, ecr, lambda, lambdaCode, codeRepository] = SCAN_TYPES.map(on);
  return { ec2, ecr, lambda, lambdaCode, codeRepository };
}

function needManagement({ account, managementAccount }: RequestContext): void {
  if (account !== managementAccount) {
    throw accessDenied(`Account ${account} is not the management account of the organization: that is ${managementAccount}.`);
  }
}

/** Refuses everyone but the delegated administrator. */
export async function needDelegatedAdmin(db: Parameters<typeof readOrganization>[0], account: string): Promise<void> {
  const { delegatedAdmin } = await readOrganization(db);
  if (delegatedAdmin !== account)
    throw accessDenied(`Account ${account} is not the delegated administrator of the organization.`);
}

async function associated(transaction: Write, id: string): Promise<Account | undefined> {
  const account = await readAccount(transaction, id);
  return account.relationship === 'ENABLED' ? account : undefined;
}

function memberOf(admin: string, { id, relationship, updatedAt }: Account) {
  return {
    accountId: id,
    relationshipStatus: relationship,
    delegatedAdminAccountId: admin,
    ...(updatedAt === undefined ? {} : { updatedAt: new Date(updatedAt) }),
  };
}

export const organization: Handlers<
  | 'EnableDelegatedAdminAccount'
  | 'DisableDelegatedAdminAccount'
  | 'GetDelegatedAdminAccount'
  | 'ListDelegatedAdminAccounts'
  | 'DescribeOrganizationConfiguration'
  | 'UpdateOrganizationConfiguration'
  | 'AssociateMember'
  | 'DisassociateMember'
  | 'GetMember'
  | 'ListMembers'
> = {
  async EnableDelegatedAdminAccount({ delegatedAdminAccountId: id = '' }, context) {
    needManagement(context);
    await context.store.write(async (tx) => {
      await holdDecisions(tx);
      const found = await readOrganization(tx);
      if (found.delegatedAdmin !== undefined && found.delegatedAdmin !== id) {
        throw conflict(
          `Account ${found.delegatedAdmin} is the delegated administrator already.`,
          found.delegatedAdmin,
          'DelegatedAdminAccount',
        );
      }
      if ((await associated(tx, id)) !== undefined)
        throw conflict(`Account ${id} is a member of the organization.`, id, 'Member');
      await saveOrganization(tx, { ...found, delegatedAdmin: id });
    });
    return { delegatedAdminAccountId: id };
  },

  async DisableDelegatedAdminAccount({ delegatedAdminAccountId: id = '' }, context) {
    needManagement(context);
    await context.store.write(async (tx) => {
      await holdDecisions(tx);
      const { delegatedAdmin, ...rest } = await readOrganization(tx);
      if (delegatedAdmin !== id) throw notFound(`Account ${id} is not the delegated administrator.`);
      await tx
        .updateTable('account')
        .set({ admin: null, relationship: 'REMOVED', updated_at: context.now() } satisfies Partial<Tables['account']>)
        .where('relationship', '=', 'ENABLED')
        .execute();
      await saveOrganization(tx, rest);
      await context.services.changed(tx, { kind: 'organization' });
    });
    return { delegatedAdminAccountId: id };
  },

  async GetDelegatedAdminAccount(_input, { store, account, managementAccount }) {
    const { delegatedAdmin } = await readOrganization(store.read);
    const { relationship } = await readAccount(store.read, account);
    const concerns = account === managementAccount || account === delegatedAdmin || relationship === 'ENABLED';
    if (delegatedAdmin === undefined || !concerns) throw notFound('There is no delegated administrator account.');
    return { delegatedAdmin: { accountId: delegatedAdmin, relationshipStatus: 'ENABLED' } };
  },

  async ListDelegatedAdminAccounts(input, context) {
    needManagement(context);
    positionOf('ListDelegatedAdminAccounts', input, context);
    const { delegatedAdmin } = await readOrganization(context.store.read);
    return { delegatedAdminAccounts: delegatedAdmin === undefined ? [] : [{ accountId: delegatedAdmin, status: 'ENABLED' }] };
  },

  async DescribeOrganizationConfiguration(_input, { store, account }) {
    await needDelegatedAdmin(store.read, account);
    const { autoEnable } = await readOrganization(store.read);
    return { autoEnable: autoEnableOf(autoEnable), maxAccountLimitReached: (await countMembers(store.read)) >= MOST_MEMBERS };
  },

  async UpdateOrganizationConfiguration({ autoEnable = { ec2: false, ecr: false } }, { store, account }) {
    if (autoEnable.lambdaCode)
      throw invalidField('autoEnable.lambdaCode', 'Code scanning of functions is not part of this installation.');
    const types = SCAN_TYPES.filter((type) => autoEnable[AUTO_ENABLE[type]] === true);
    await store.write(async (tx) => {
      await holdDecisions(tx);
      await needDelegatedAdmin(tx, account);
      await saveOrganization(tx, { ...(await readOrganization(tx)), autoEnable: types });
    });
    return { autoEnable: autoEnableOf(types) };
  },

  async AssociateMember({ accountId: id = '' }, { store, account, now, services }) {
    await store.write(async (tx) => {
      await holdDecisions(tx);
      await needDelegatedAdmin(tx, account);
      const member = await readAccount(tx, id);
      if (id === account || member.relationship === 'ENABLED') {
        throw invalidField(
          'accountId',
          'The request is rejected because the given account ID is already a member or associated member of the current account.',
        );
      }
      if ((await countMembers(tx)) >= MOST_MEMBERS) throw quota(`An organization has at most ${MOST_MEMBERS} members.`, account);
      const { autoEnable } = await readOrganization(tx);
      const status = { ...member.status, ...Object.fromEntries(autoEnable.map((type) => [type, 'ENABLED'])) };
      // What it had set for itself gives way to what its administrator has set, or sets for it (inspector.md 3.4).
      const { ecr: _, ec2: __, ...settings } = member.settings;
      await saveAccount(tx, { ...member, status, settings, admin: account, relationship: 'ENABLED' }, now());
      await services.changed(tx, { kind: 'organization' });
    });
    return { accountId: id };
  },

  async DisassociateMember({ accountId: id = '' }, { store, account, now, services }) {
    await store.write(async (tx) => {
      await holdDecisions(tx);
      await needDelegatedAdmin(tx, account);
      const member = await associated(tx, id);
      if (member === undefined) throw invalidField('accountId', `Account ${id} is not a member of the current account.`);
      await saveAccount(tx, { ...member, admin: undefined, relationship: 'REMOVED' }, now());
      await services.changed(tx, { kind: 'organization' });
    });
    return { accountId: id };
  },

  async GetMember({ accountId: id = '' }, { store, account }) {
    await needDelegatedAdmin(store.read, account);
    const member = await readAccount(store.read, id);
    if (member.relationship === undefined) throw notFound(`Account ${id} is not a member of the current account.`);
    return { member: memberOf(account, member) };
  },

  async ListMembers(input, context) {
    const { store, account } = context;
    await needDelegatedAdmin(store.read, account);
    const after = positionOf('ListMembers', input, context);
    const size = input.maxResults ?? MEMBERS_PAGE;
    const found = await readMembers(store.read, {
      removed: input.onlyAssociated === false,
      limit: size + 1,
      ...(typeof after === 'string' ? { after } : {}),
    });
    const members = found.slice(0, size).map((member) => memberOf(account, member));
    const last = found[size - 1];
    return found.length > size && last !== undefined
      ? { members, nextToken: nextToken('ListMembers', input, context, last.id) }
      : { members };
  },
};
