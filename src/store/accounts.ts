/** Accounts and their organization: what is switched on for whom, and who may see whom. */
import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';
import { chunks, type Write } from './store.ts';

export const SCAN_TYPES = ['EC2', 'ECR', 'LAMBDA', 'LAMBDA_CODE', 'CODE_REPOSITORY'] as const;
export type ScanType = (typeof SCAN_TYPES)[number];

export type RescanDuration = 'LIFETIME' | 'DAYS_3' | 'DAYS_7' | 'DAYS_14' | 'DAYS_30' | 'DAYS_60' | 'DAYS_90' | 'DAYS_180';

export interface EcrSettings {
  /** How long after its push an image is assessed. */
  readonly rescanDuration: RescanDuration;
  /** … and after its last use or pull. */
  readonly pullDateRescanDuration?: Exclude<RescanDuration, 'LIFETIME'>;
  readonly pullDateRescanMode?: 'LAST_IN_USE_AT' | 'LAST_PULL_DATE';
  /** Milliseconds since 1970. */
  readonly updatedAt?: number;
}

export interface Ec2Settings {
  readonly scanMode: 'EC2_SSM_AGENT_BASED' | 'EC2_HYBRID';
  readonly vmScanner?: boolean;
}

export interface AccountSettings {
  /** Absent: the delegated administrator's, or the defaults. */
  readonly ecr?: EcrSettings;
  readonly ec2?: Ec2Settings;
  readonly deepInspection?: { readonly active: boolean; readonly paths: readonly string[] };
}

export interface Account {
  readonly id: string;
  /** The delegated administrator, when this is a member now. */
  readonly admin: string | undefined;
  /** RelationshipStatus of one that is or was a member. */
  readonly relationship: 'ENABLED' | 'REMOVED' | undefined;
  readonly status: Readonly<Record<ScanType, 'ENABLED' | 'DISABLED'>>;
  readonly settings: AccountSettings;
  readonly createdAt: number | undefined;
  readonly updatedAt: number | undefined;
}

/**
 * What holds for an account that nothing was said about: whatever is handed in is assessed. Code scanning of functions is not part of
 * Vedette.
 */
const DEFAULT_STATUS: Account['status'] = {
  EC2: 'ENABLED',
  ECR: 'ENABLED',
  LAMBDA: 'ENABLED',
  LAMBDA_CODE: 'DISABLED',
  CODE_REPOSITORY: 'ENABLED',
};

/** Images are assessed for ever unless a window is set: assessing costs nothing here, and an image that is forgotten may still run. */
const DEFAULT_SETTINGS = {
  ecr: { rescanDuration: 'LIFETIME' },
  ec2: { scanMode: 'EC2_HYBRID' },
  deepInspection: { active: true, paths: [] },
} as const satisfies Required<AccountSettings>;

type Reader = Kysely<Tables>;

function fromRow(row: Tables['account']): Account {
  return {
    id: row.id,
    admin: row.admin ?? undefined,
    relationship: row.relationship === 'ENABLED' || row.relationship === 'REMOVED' ? row.relationship : undefined,
    status: { ...DEFAULT_STATUS, ...(JSON.parse(row.status) as Partial<Account['status']>) },
    settings: JSON.parse(row.configuration) as AccountSettings,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function unsaid(id: string): Account {
  return {
    id,
    admin: undefined,
    relationship: undefined,
    status: DEFAULT_STATUS,
    settings: {},
    createdAt: undefined,
    updatedAt: undefined,
  };
}

/** Accounts by id, in the order of the ids; those that nothing was said about have the defaults. */
export async function readAccounts(db: Reader, ids: readonly string[]): Promise<readonly Account[]> {
  const found = new Map<string, Account>();
  for (const some of chunks(ids)) {
    for (const row of await db.selectFrom('account').selectAll().where('id', 'in', some).execute())
      found.set(row.id, fromRow(row));
  }
  return ids.map((id) => found.get(id) ?? unsaid(id));
}

export async function readAccount(db: Reader, id: string): Promise<Account> {
  return (await readAccounts(db, [id]))[0] ?? unsaid(id);
}

/** Those that are or were members, by id. */
export async function readMembers(
  db: Reader,
  options: { readonly after?: string; readonly limit?: number; readonly removed?: boolean } = {},
): Promise<readonly Account[]> {
  let query = db.selectFrom('account').selectAll().orderBy('id');
  query = options.removed ? query.where('relationship', 'is not', null) : query.where('relationship', '=', 'ENABLED');
  if (options.after !== undefined) query = query.where('id', '>', options.after);
  if (options.limit !== undefined) query = query.limit(options.limit);
  return (await query.execute()).map(fromRow);
}

export async function countMembers(db: Reader): Promise<number> {
  const { members } = await db
    .selectFrom('account')
    .select((select) => select.fn.countAll<number>().as('members'))
    .where('relationship', '=', 'ENABLED')
    .executeTakeFirstOrThrow();
  return Number(members);
}

/** Writes an account as it is now. */
export async function saveAccount(transaction: Write, account: Account, now: number): Promise<void> {
  const row = {
    admin: account.admin ?? null,
    relationship: account.relationship ?? null,
    status: JSON.stringify(account.status),
    configuration: JSON.stringify(account.settings),
    updated_at: now,
  };
  await transaction
    .insertInto('account')
    .values({ id: account.id, name: null, created_at: now, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

export interface Organization {
  readonly delegatedAdmin?: string;
  /** What is switched on for accounts that join. */
  readonly autoEnable: readonly ScanType[];
  /** Paths of deep inspection for all members. */
  readonly paths: readonly string[];
}

const ORGANIZATION = 'organization';

export async function readOrganization(db: Reader): Promise<Organization> {
  const row = await db.selectFrom('setting').select('value').where('name', '=', ORGANIZATION).executeTakeFirst();
  return { autoEnable: [], paths: [], ...(row ? (JSON.parse(row.value) as Partial<Organization>) : {}) };
}

export async function saveOrganization(transaction: Write, organization: Organization): Promise<void> {
  const value = JSON.stringify(organization);
  await transaction
    .insertInto('setting')
    .values({ name: ORGANIZATION, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/** What holds for an account: its own settings, else those of its delegated administrator, else the defaults. */
export async function effectiveSettings(db: Reader, account: Account): Promise<Required<AccountSettings>> {
  const admin = account.admin === undefined ? undefined : await readAccount(db, account.admin);
  return {
    ecr: account.settings.ecr ?? admin?.settings.ecr ?? DEFAULT_SETTINGS.ecr,
    ec2: account.settings.ec2 ?? admin?.settings.ec2 ?? DEFAULT_SETTINGS.ec2,
    deepInspection: account.settings.deepInspection ?? DEFAULT_SETTINGS.deepInspection,
  };
}

/** The accounts whose data an account sees: its own, and all members' when it is the delegated administrator. */
export async function visibleAccounts(db: Reader, account: string): Promise<readonly string[]> {
  const { delegatedAdmin } = await readOrganization(db);
  if (delegatedAdmin !== account) return [account];
  const members = await db
    .selectFrom('account')
    .select('id')
    .where('admin', '=', account)
    .where('relationship', '=', 'ENABLED')
    .execute();
  return [account, ...members.map(({ id }) => id).sort()];
}
