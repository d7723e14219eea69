/** Requests that come at the same time, to several processes that share PostgreSQL: none undoes another, and limits hold. */
import assert from 'node:assert/strict';
import { requestBy as by } from '../../../tests/support/context.ts';
import { ACCOUNT } from '../../../tests/support/service.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import { both, overtaken, together } from '../../../tests/support/together.ts';
import { readAccount, readOrganization } from '../../store/accounts.ts';
import type { Store } from '../../store/index.ts';
import { EncodedOutput } from '../protocol/model.ts';
import { activation } from './activation.ts';
import { cis } from './cis.ts';
import { configuration } from './configuration.ts';
import { filters } from './filters.ts';
import { organization } from './organization.ts';
import { reporting } from './reports.ts';
import { tagging } from './tags.ts';

const MEMBER = '222233334444';
const OTHER = '333344445555';

/** An answer that is no bytes yet. */
function plain<T extends object>(answer: EncodedOutput | T): T {
  assert.ok(!(answer instanceof EncodedOutput));
  return answer;
}

/** What became of each. */
function told(results: readonly PromiseSettledResult<unknown>[]): readonly string[] {
  return results.map((result) => (result.status === 'fulfilled' ? 'done' : String(result.reason)));
}

onBothEngines('an account keeps all that was said of it at the same time', async (store) => {
  const switched = await together(
    store,
    (held) => activation.Disable({ resourceTypes: ['LAMBDA'] }, by(held)),
    () => activation.Disable({ resourceTypes: ['EC2'] }, by(store)),
  );
  both(switched);
  const configured = await together(
    store,
    (held) => configuration.UpdateConfiguration({ ecrConfiguration: { rescanDuration: 'DAYS_30' } }, by(held)),
    () => configuration.UpdateEc2DeepInspectionConfiguration({ packagePaths: ['/opt'] }, by(store)),
  );
  both(configured);
  const { status, settings } = await readAccount(store.read, ACCOUNT);
  assert.deepEqual([status.LAMBDA, status.EC2, status.ECR], ['DISABLED', 'DISABLED', 'ENABLED']);
  assert.deepEqual([settings.ecr?.rescanDuration, settings.deepInspection], ['DAYS_30', { active: true, paths: ['/opt'] }]);
});

onBothEngines('an organization has one administrator and keeps all that was said of it at the same time', async (store) => {
  const made = await together(
    store,
    (held) => organization.EnableDelegatedAdminAccount({ delegatedAdminAccountId: ACCOUNT }, by(held)),
    () => organization.EnableDelegatedAdminAccount({ delegatedAdminAccountId: OTHER }, by(store)),
  );
  assert.match(told(made).join('; '), /^done; .*is the delegated administrator already/);
  const said = await together(
    store,
    (held) => organization.UpdateOrganizationConfiguration({ autoEnable: { ec2: true, ecr: false } }, by(held)),
    () => configuration.UpdateOrgEc2DeepInspectionConfiguration({ orgPackagePaths: ['/srv'] }, by(store)),
  );
  both(said);
  const found = { delegatedAdmin: ACCOUNT, autoEnable: ['EC2'], paths: ['/srv'] };
  assert.deepEqual(await readOrganization(store.read), found);
});

onBothEngines(
  'an administrator that gets a member meanwhile is not disabled, and a member that left is not switched',
  async (store) => {
    await organization.EnableDelegatedAdminAccount({ delegatedAdminAccountId: ACCOUNT }, by(store));
    const joined = overtaken(store, () => organization.AssociateMember({ accountId: MEMBER }, by(store)));
    const { failedAccounts } = plain(await activation.Disable({}, by(joined)));
    assert.deepEqual(
      failedAccounts?.map(({ errorCode }) => errorCode),
      ['DISASSOCIATE_ALL_MEMBERS'],
    );
    assert.equal((await readAccount(store.read, ACCOUNT)).status.EC2, 'ENABLED');
    const left = overtaken(store, () => organization.DisassociateMember({ accountId: MEMBER }, by(store)));
    const refused = plain(await activation.Enable({ accountIds: [MEMBER], resourceTypes: ['EC2'] }, by(left)));
    assert.deepEqual([refused.accounts, refused.failedAccounts?.length], [[], 1]);
  },
);

onBothEngines('filters made at the same time have different names, and rules keep to their limit', async (store) => {
  const make = (name: string, action: 'NONE' | 'SUPPRESS') => (on: Store) =>
    filters.CreateFilter({ name, action, filterCriteria: {} }, by(on));
  const same = await together(store, make('one', 'NONE'), make('one', 'NONE'));
  assert.deepEqual(told(same), ['done', 'Error: There is a filter with the name one already']);
  const fresh = { account: ACCOUNT, criteria: '{}', action: 'SUPPRESS', description: null, reason: null };
  const rows = Array.from({ length: 499 }, (_, n) => ({
    ...fresh,
    name: `n${n}`,
    arn: `arn:${n}`,
    created_at: 1,
    updated_at: 1,
  }));
  await store.write((tx) => tx.insertInto('filter').values(rows).execute());
  const last = await together(store, make('two', 'SUPPRESS'), make('three', 'SUPPRESS'));
  assert.match(told(last).join('; '), /^done; .*at most 500 suppression rules/);
});

onBothEngines(
  'a resource that is tagged twice at the same time has no more tags than it may, and none once it is gone',
  async (store) => {
    const { arn = '' } = plain(await filters.CreateFilter({ name: 'one', action: 'NONE', filterCriteria: {} }, by(store)));
    const tag = (letter: string) => (on: Store) => {
      const tags = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${letter}${n}`, 'x']));
      return tagging.TagResource({ resourceArn: arn, tags }, by(on));
    };
    const tagged = await together(store, tag('a'), tag('b'));
    assert.match(told(tagged).join('; '), /^done; .*at most 50 tags/);
    const gone = await together(
      store,
      (held) => tagging.TagResource({ resourceArn: arn, tags: { last: 'x' } }, by(held)),
      () => filters.DeleteFilter({ arn }, by(store)),
    );
    both(gone);
    assert.deepEqual(await store.read.selectFrom('tag').selectAll().execute(), []);
  },
);

onBothEngines('CIS configurations keep all that was said at the same time, and to their limit', async (store) => {
  const asked = {
    securityLevel: 'LEVEL_1' as const,
    schedule: { oneTime: {} },
    targets: { accountIds: ['SELF'], targetResourceTags: { a: ['b'] } },
  };
  const make = (scanName: string) => (on: Store) => cis.CreateCisScanConfiguration({ ...asked, scanName }, by(on));
  const { scanConfigurationArn } = plain(await make('one')(store));
  const changed = await together(
    store,
    (held) => cis.UpdateCisScanConfiguration({ scanConfigurationArn, scanName: 'two' }, by(held)),
    () => cis.UpdateCisScanConfiguration({ scanConfigurationArn, securityLevel: 'LEVEL_2' }, by(store)),
  );
  both(changed);
  const { scanConfigurations } = plain(await cis.ListCisScanConfigurations({}, by(store)));
  assert.deepEqual(
    scanConfigurations?.map(({ scanName, securityLevel }) => [scanName, securityLevel]),
    [['two', 'LEVEL_2']],
  );
  const fresh = { kind: 'cis-configuration', account: ACCOUNT, value: JSON.stringify({ ...asked, scanName: 'x' }) };
  const rows = Array.from({ length: 498 }, (_, n) => ({ ...fresh, key: `arn:${n}`, created_at: 1, updated_at: 1 }));
  await store.write((tx) => tx.insertInto('document').values(rows).execute());
  assert.match(told(await together(store, make('three'), make('four'))).join('; '), /^done; .*at most 500 CIS scan/);
});

onBothEngines('of two reports asked for at the same time one is made', async (store) => {
  const s3Destination = { bucketName: 'one', kmsKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/one' };
  const ask = (on: Store) => reporting.CreateFindingsReport({ reportFormat: 'CSV', s3Destination }, by(on));
  assert.match(told(await together(store, ask, ask)).join('; '), /^done; .*is in progress/);
});
