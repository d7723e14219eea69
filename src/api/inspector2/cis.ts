/**
 * CIS scan configurations: kept, listed and tagged. No rules for hosts exist yet, so that no configuration makes a scan: lists of scans
 * are empty (absent.ts), and `GET /api/v1/status` tells.
 */
import { randomUUID } from 'node:crypto';
import type {
  CisScanConfiguration,
  CisSecurityLevel,
  CisStringFilter,
  CreateCisTargets,
  ListCisScanConfigurationsFilterCriteria,
  Schedule,
} from '@aws-sdk/client-inspector2';
import type { Kysely } from 'kysely';
import { incomplete, type Problem } from '../../model/problem.ts';
import { visibleAccounts } from '../../store/accounts.ts';
import { partitionOf } from '../../store/findings/resource.ts';
import { hold, type Tables, type Write } from '../../store/index.ts';
import { nextToken, positionOf } from '../paging.ts';
import { ApiError, accessDenied, invalid, invalidField, notFound } from '../protocol/errors.ts';
import type { Handlers } from './handler.ts';
import { holdTagged, readTags, writeTags } from './tags.ts';

const KIND = 'cis-configuration';
const PAGE = 100;
/** Configurations of one account. */
const MOST = 500;

type Db = Kysely<Tables>;

/** What is kept. `accountIds` may say SELF and ALL_ACCOUNTS: who is meant follows the membership. */
interface Stored {
  readonly scanName: string;
  readonly securityLevel: CisSecurityLevel;
  readonly schedule: Schedule;
  readonly targets: {
    readonly accountIds: readonly string[];
    readonly targetResourceTags: NonNullable<CreateCisTargets['targetResourceTags']>;
  };
}

interface Configuration extends Stored {
  readonly arn: string;
}

/** All of an account. */
async function configurationsOf(db: Db, account: string): Promise<readonly Configuration[]> {
  const rows = await db
    .selectFrom('document')
    .select(['key', 'value'])
    .where('kind', '=', KIND)
    .where('account', '=', account)
    .execute();
  return rows.map(({ key, value }) => ({ arn: key, ...(JSON.parse(value) as Stored) }));
}

async function needConfiguration(tx: Write, account: string, arn: string): Promise<Stored> {
  const row = await tx
    .selectFrom('document')
    .select('value')
    .where('kind', '=', KIND)
    .where('account', '=', account)
    .where('key', '=', arn)
    .executeTakeFirst();
  if (row === undefined) throw notFound(`There is no CIS scan configuration ${arn}`);
  return JSON.parse(row.value) as Stored;
}

/** That an account's CIS scan configurations make no scans, when it has some. */
export async function cisProblems(db: Db, account: string): Promise<readonly Problem[]> {
  const { length } = await configurationsOf(db, account);
  if (length === 0) return [];
  const told = `${length} CIS scan configuration${length === 1 ? ' is' : 's are'} kept, but there are no CIS rules yet: nothing is scanned.`;
  return [incomplete('cis-not-scanned', told)];
}

/** A time zone must be one that a clock can be read in. */
function checkSchedule(schedule: Schedule): void {
  const [[kind, timed] = []] = Object.entries(schedule).filter(([, value]) => value !== undefined);
  const timeZone: string | undefined = timed?.startTime?.timezone;
  if (timeZone === undefined) return;
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    const name = `schedule.${kind}.startTime.timezone`;
    throw invalidField(name, `'${timeZone}' is not a time zone: write one as UTC or Europe/Berlin`);
  }
}

/** Accounts of others are the delegated administrator's to scan. */
async function checkTargets(db: Db, account: string, accountIds: readonly string[]): Promise<void> {
  const visible = new Set(['SELF', 'ALL_ACCOUNTS', ...(await visibleAccounts(db, account))]);
  const stranger = accountIds.find((id) => !visible.has(id));
  if (stranger === undefined) return;
  throw accessDenied(`Account ${account} is not the delegated administrator of ${stranger}, or that is no member.`);
}

/** The model of these operations has no BadRequestException. */
async function tag(tx: Write, arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
  try {
    await writeTags(tx, arn, tags);
  } catch (error) {
    throw error instanceof ApiError ? invalidField('tags', error.message) : error;
  }
}

function passes(value: string, filters: readonly CisStringFilter[] | undefined): boolean {
  const [not, wanted] = [filters ?? [], filters ?? []].map((list, at) =>
    list.filter(({ comparison }) => (comparison === 'NOT_EQUALS') === (at === 0)),
  );
  const meets = ({ comparison, value: text = '' }: CisStringFilter) =>
    comparison === 'PREFIX' ? value.startsWith(text) : value === text;
  return !not?.some(meets) && (wanted?.length === 0 || wanted?.some(meets) === true);
}

function isWanted({ arn, scanName, targets }: Configuration, criteria: ListCisScanConfigurationsFilterCriteria = {}): boolean {
  const tags = criteria.targetResourceTagFilters;
  const wanted = new Map(Object.entries(targets.targetResourceTags));
  return (
    passes(scanName, criteria.scanNameFilters) &&
    passes(arn, criteria.scanConfigurationArnFilters) &&
    (tags === undefined || tags.some(({ key = '', value = '' }) => wanted.get(key)?.includes(value) === true))
  );
}

function shown(
  { arn, targets, ...rest }: Configuration,
  ownerId: string,
  visible: readonly string[],
  tags: Readonly<Record<string, string>> | undefined,
): CisScanConfiguration {
  const meant = (id: string) => (id === 'SELF' ? [ownerId] : id === 'ALL_ACCOUNTS' ? visible : [id]);
  const accountIds = [...new Set(targets.accountIds.flatMap(meant))];
  return { scanConfigurationArn: arn, ownerId, ...rest, targets: { ...targets, accountIds }, tags: { ...tags } };
}

type Key = readonly [string, string];

function compareKeys([a, aArn]: Key, [b, bArn]: Key): number {
  return a < b ? -1 : a > b ? 1 : aArn < bArn ? -1 : aArn > bArn ? 1 : 0;
}

export const cis: Handlers<
  'CreateCisScanConfiguration' | 'UpdateCisScanConfiguration' | 'DeleteCisScanConfiguration' | 'ListCisScanConfigurations'
> = {
  async CreateCisScanConfiguration({ scanName = '', securityLevel = 'LEVEL_1', schedule, targets, tags = {} }, context) {
    const { account, region, store, logger } = context;
    const { accountIds = [], targetResourceTags = {} } = targets ?? {};
    const stored: Stored = {
      scanName,
      securityLevel,
      schedule: schedule ?? { oneTime: {} },
      targets: { accountIds, targetResourceTags },
    };
    checkSchedule(stored.schedule);
    const arn = `arn:${partitionOf(region)}:inspector2:${region}:${account}:owner/${account}/cis-configuration/${randomUUID()}`;
    const now = context.now();
    await store.write(async (tx) => {
      await hold(tx, KIND, account);
      await checkTargets(tx, account, accountIds);
      if ((await configurationsOf(tx, account)).length >= MOST) {
        throw invalid(`An account has at most ${MOST} CIS scan configurations`);
      }
      await tx
        .insertInto('document')
        .values({ kind: KIND, account, key: arn, value: JSON.stringify(stored), created_at: now, updated_at: now })
        .execute();
      await tag(tx, arn, tags);
    });
    logger.warn(
      { scanConfigurationArn: arn },
      'a CIS scan configuration was kept, but there are no CIS rules: nothing is scanned',
    );
    return { scanConfigurationArn: arn };
  },

  async UpdateCisScanConfiguration({ scanConfigurationArn: arn = '', scanName, securityLevel, schedule, targets }, context) {
    if (schedule !== undefined) checkSchedule(schedule);
    await context.store.write(async (tx) => {
      await hold(tx, KIND, context.account);
      const before = await needConfiguration(tx, context.account, arn);
      await checkTargets(tx, context.account, targets?.accountIds ?? []);
      const after: Stored = {
        scanName: scanName ?? before.scanName,
        securityLevel: securityLevel ?? before.securityLevel,
        schedule: schedule ?? before.schedule,
        targets: {
          accountIds: targets?.accountIds ?? before.targets.accountIds,
          targetResourceTags: targets?.targetResourceTags ?? before.targets.targetResourceTags,
        },
      };
      await tx
        .updateTable('document')
        .set({ value: JSON.stringify(after), updated_at: context.now() })
        .where('kind', '=', KIND)
        .where('account', '=', context.account)
        .where('key', '=', arn)
        .execute();
    });
    return { scanConfigurationArn: arn };
  },

  async DeleteCisScanConfiguration({ scanConfigurationArn: arn = '' }, context) {
    await context.store.write(async (tx) => {
      await hold(tx, KIND, context.account);
      await holdTagged(tx, arn);
      await needConfiguration(tx, context.account, arn);
      await tx
        .deleteFrom('document')
        .where('kind', '=', KIND)
        .where('account', '=', context.account)
        .where('key', '=', arn)
        .execute();
      await tx.deleteFrom('tag').where('arn', '=', arn).execute();
    });
    return { scanConfigurationArn: arn };
  },

  async ListCisScanConfigurations(input, context) {
    const { account, store } = context;
    const position = positionOf('ListCisScanConfigurations', input, context);
    const limit = input.maxResults ?? PAGE;
    const direction = input.sortOrder === 'DESC' ? -1 : 1;
    const keyOf = ({ scanName, arn }: Configuration): Key => [input.sortBy === 'SCAN_NAME' ? scanName : '', arn];
    // A page goes on behind the last one's key, so that what is made or deleted meanwhile moves nothing.
    const rest = (await configurationsOf(store.read, account))
      .filter((one) => isWanted(one, input.filterCriteria))
      .filter((one) => !Array.isArray(position) || compareKeys(keyOf(one), [position[0], position[1]]) * direction > 0)
      .sort((a, b) => compareKeys(keyOf(a), keyOf(b)) * direction);
    const kept = rest.slice(0, limit);
    const last = rest.length > limit ? kept.at(-1) : undefined;
    const visible = await visibleAccounts(store.read, account);
    const tags = await readTags(
      store.read,
      kept.map(({ arn }) => arn),
    );
    return {
      scanConfigurations: kept.map((one) => shown(one, account, visible, tags.get(one.arn))),
      ...(last !== undefined && { nextToken: nextToken('ListCisScanConfigurations', input, context, keyOf(last)) }),
    };
  },
};
