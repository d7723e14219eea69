/** What an inventory that could not be read whole may close, and what it must not; over a store on both engines. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { advisoryOf, affectedOf, compiledDatabase } from '../../tests/support/database.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { onBothEngines } from '../../tests/support/stores.ts';
import { distributionPurl } from '../inventory/os-packages.ts';
import type { Inventory, Package } from '../model/package.ts';
import { incomplete, notice, type Problem } from '../model/problem.ts';
import type { Store } from '../store/index.ts';
import { carry } from './carry.ts';
import { activate } from './fleet.ts';
import { type Ingested, ingest, rescan } from './ingest.ts';
import { type Matcher, matcher } from './matcher.ts';

const PLACE = { account: '123456789012', region: 'eu-west-1' };
const START = Date.parse('2026-01-10T00:00:00Z');
const HOST = { kind: 'host', name: 'web' } as const;
const DEBIAN = systemOf('debian', '12');
const STATUS = 'var/lib/dpkg/status';

function deb(name: string, version = '1.0'): Package {
  const pkg = packageOf({ type: 'deb', name, version, locations: [{ path: STATUS }] });
  return { ...pkg, purl: distributionPurl(pkg.purl, DEBIAN), namespace: 'debian' };
}

function npm(name: string, path: string, version = '1.0'): Package {
  return packageOf({ type: 'npm', name, version, locations: [{ path }] });
}

/** Every package `one`, `two` … of Debian and of npm is vulnerable below 2.0. */
async function ready(context: TestContext, store: Store): Promise<Matcher> {
  const ranges = [{ introduced: '0', fixed: '2.0' }];
  const advisories = ['one', 'two', 'three'].flatMap((name) => [
    advisoryOf({ id: `CVE-2025-${name}-deb`, affected: [affectedOf({ name, stream: 'debian/12', names: 'source', ranges })] }),
    advisoryOf({ id: `CVE-2025-${name}-npm`, affected: [affectedOf({ name, ranges })] }),
  ]);
  const database = await compiledDatabase(context, advisories);
  await activate(store, undefined, database);
  return matcher(database, '2026-01-10');
}

interface Given {
  readonly problems?: readonly Problem[];
  readonly os?: Inventory['target']['os'];
}

async function hand(store: Store, one: Matcher, packages: readonly Package[], given: Given = {}): Promise<Ingested> {
  const { problems = [], os = DEBIAN } = given;
  const inventory = { ...inventoryOf(packages, 'os' in given ? given.os : os), problems };
  const done = await ingest(
    store,
    one,
    { description: HOST, inventory, place: PLACE, origin: 'agent', trigger: 'inventory' },
    () => START,
  );
  assert.ok(done !== undefined);
  return done;
}

async function active(store: Store): Promise<readonly string[]> {
  const rows = await store.read.selectFrom('finding').select('key').where('status', '=', 'ACTIVE').orderBy('key').execute();
  return rows.map(({ key }) => key.replace('CVE-2025-', ''));
}

async function coverage(store: Store) {
  const query = store.read.selectFrom('resource').select(['status_code', 'status_reason', 'problems', 'platform']);
  const { status_code, status_reason, problems, platform } = await query.executeTakeFirstOrThrow();
  const codes: string[] = JSON.parse(problems).map(({ code }: Problem) => code);
  return { status: `${status_code} ${status_reason}`, codes, platform };
}

const TRUNCATED = incomplete('dpkg-status-truncated', 'It ends early.', STATUS);

onBothEngines('a package database that was cut off closes nothing that it hides', async (store, context) => {
  const one = await ready(context, store);
  await hand(store, one, [deb('one'), deb('two'), npm('three', 'srv/app/package.json')]);
  assert.deepEqual(await active(store), ['one-deb', 'three-npm', 'two-deb']);

  // `two` is behind the cut; the npm package was removed, which nothing hides.
  const cut = await hand(store, one, [deb('one')], { problems: [TRUNCATED] });
  assert.equal(cut.changes.closed.length, 1);
  assert.deepEqual(await active(store), ['one-deb', 'two-deb']);
  const said = await coverage(store);
  assert.equal(said.status, 'ACTIVE STALE_INVENTORY');
  assert.deepEqual(said.codes, ['dpkg-status-truncated', 'inventory-carried']);

  const { problem } = await store.read
    .selectFrom('assessment')
    .select('problem')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  assert.equal(JSON.parse(problem ?? '{}').code, 'inventory-carried');

  // What the store has is matched again: it is still as incomplete.
  await rescan(store, one, cut.resource, () => START);
  assert.deepEqual(await active(store), ['one-deb', 'two-deb']);
  assert.deepEqual(await coverage(store), said);

  // Cut off again, earlier; `one` was upgraded before the cut.
  await hand(store, one, [deb('one', '2.0')], { problems: [TRUNCATED] });
  assert.deepEqual(await active(store), ['two-deb']);

  // Read whole at last.
  await hand(store, one, [deb('one', '2.0')]);
  assert.deepEqual(await active(store), []);
  assert.deepEqual(await coverage(store), { status: 'ACTIVE SUCCESSFUL', codes: [], platform: 'DEBIAN_12' });
});

onBothEngines('a time limit, an unreadable system and an empty host close nothing', async (store, context) => {
  const one = await ready(context, store);
  const all = [deb('one'), npm('two', 'srv/app/node_modules/two/package.json')];
  await hand(store, one, all);
  const late = incomplete('scan-interrupted', 'The time limit was reached.');
  await hand(store, one, [deb('three')], { problems: [late] });
  // The package database was read: `one` is gone from it. Nobody knows of the directory.
  assert.deepEqual(await active(store), ['three-deb', 'two-npm']);

  await hand(store, one, all);
  const bare = packageOf({ type: 'deb', name: 'one', version: '1.0', locations: [{ path: STATUS }] });
  const upgraded = packageOf({ type: 'deb', name: 'three', version: '2.0', locations: [{ path: STATUS }] });
  await hand(store, one, [bare, upgraded, npm('two', 'srv/app/node_modules/two/package.json')], { os: undefined });
  assert.deepEqual(await active(store), ['one-deb', 'two-npm']);
  const said = await coverage(store);
  assert.deepEqual(said, { status: 'ACTIVE STALE_INVENTORY', codes: ['inventory-system-carried'], platform: 'DEBIAN_12' });

  const cut = { problems: [incomplete('os-release-truncated', 'It ends early.', 'etc/os-release')], os: systemOf('debian', '1') };
  await hand(store, one, [deb('one'), upgraded, npm('two', 'srv/app/node_modules/two/package.json')], cut);
  assert.deepEqual(await active(store), ['one-deb', 'two-npm']);

  await hand(store, one, [], { os: undefined });
  assert.deepEqual(await active(store), ['one-deb', 'two-npm']);
  assert.equal((await coverage(store)).status, 'ACTIVE STALE_INVENTORY');
});

onBothEngines(
  'the first inventory that could not be read whole is no success, nor is a later one that hides nothing',
  async (store, context) => {
    const one = await ready(context, store);
    const unread = { problems: [incomplete('file-unreadable', 'It cannot be read.', 'root')] };
    const told = { status: 'ACTIVE STALE_INVENTORY', codes: ['file-unreadable'], platform: 'DEBIAN_12' };
    const { resource } = await hand(store, one, [deb('one')], unread);
    assert.deepEqual(await coverage(store), told);
    await rescan(store, one, resource, () => START);
    assert.deepEqual(await coverage(store), told);
    await hand(store, one, [deb('one')]);
    assert.deepEqual(await coverage(store), { ...told, status: 'ACTIVE SUCCESSFUL', codes: [] });
    await hand(store, one, [deb('one', '2.0')], unread);
    assert.deepEqual(await active(store), []);
    assert.deepEqual(await coverage(store), told);
  },
);

onBothEngines('a system that does not say any more which one it is has still reached its end', async (store, context) => {
  const one = await ready(context, store);
  const buster = systemOf('debian', '10', { codename: 'buster', kernelRelease: '4.19' });
  const all = [npm('two', 'srv/app/node_modules/two/package.json')];
  const told = { status: 'ACTIVE STALE_INVENTORY', codes: ['inventory-system-carried'], platform: 'DEBIAN_10' };
  await hand(store, one, all, { os: buster });
  assert.deepEqual(await active(store), ['two-npm', 'EOL-debian-10']);

  // VERSION_ID and VERSION_CODENAME are gone, and then the file is.
  for (const os of [systemOf('debian', '', { kernelRelease: '4.20' }), undefined, systemOf('debian', '')]) {
    const { resource } = await hand(store, one, all, { os });
    assert.deepEqual(await active(store), ['two-npm', 'EOL-debian-10']);
    assert.deepEqual(await coverage(store), told);
    await rescan(store, one, resource, () => START);
    assert.deepEqual(await active(store), ['two-npm', 'EOL-debian-10']);
    assert.deepEqual(await coverage(store), told);
  }
  const { target } = await store.read.selectFrom('resource').select('target').executeTakeFirstOrThrow();
  assert.equal(JSON.parse(target).os.kernelRelease, '4.20', 'the kernel that runs is in no file');

  // Upgraded to what is not released yet: the codename says so.
  await hand(store, one, all, { os: systemOf('debian', '', { codename: 'forky' }) });
  assert.deepEqual(await active(store), ['two-npm']);
  assert.equal((await coverage(store)).status, 'ACTIVE SUCCESSFUL');
});

onBothEngines('a notice hides nothing', async (store, context) => {
  const one = await ready(context, store);
  await hand(store, one, [deb('one'), deb('two')]);
  await hand(store, one, [deb('one')], { problems: [notice('declared-not-read', '3 lock files were not read.')] });
  assert.deepEqual(await active(store), ['one-deb']);
});

function carriedOf(
  before: readonly Package[],
  now: readonly Package[],
  problems: readonly Problem[],
  over: Partial<Inventory> = {},
) {
  // A host without any package was not read at all.
  const all = [...now, npm('always', 'always/package.json')];
  const shown = new Set(all.map(({ purl }) => purl));
  const { packages } = carry({ ...inventoryOf(all, DEBIAN), problems, ...over }, inventoryOf(before, DEBIAN));
  return packages.filter(({ purl }) => !shown.has(purl)).map(({ name }) => name);
}

test('where a problem may hide a package', () => {
  const unreadable = (path: string) => [incomplete('file-unreadable', 'It cannot be read.', path)];
  const inside = npm('a', 'srv/app/node_modules/a/package.json');
  assert.deepEqual(carriedOf([inside], [], unreadable('srv/app')), ['a']);
  assert.deepEqual(carriedOf([inside], [], unreadable('srv/application')), []);
  const nested = packageOf({ type: 'maven', name: 'g:b', version: '1', locations: [{ path: 'opt/x.jar!/lib/b.jar' }] });
  assert.deepEqual(carriedOf([nested], [], unreadable('opt/x.jar')), ['g:b']);
  assert.deepEqual(carriedOf([nested], [], unreadable('opt/x.jar!/lib/b.jar!/META-INF/pom.xml')), ['g:b']);
  assert.deepEqual(carriedOf([nested], [], unreadable('opt/y.jar')), []);
  const both = ['amd64', 'i386'].map((architecture) => ({
    ...deb('d'),
    purl: `pkg:deb/debian/d@1?arch=${architecture}`,
    architecture,
  }));
  const upgraded = { ...deb('d', '2'), architecture: 'amd64' };
  assert.deepEqual(carriedOf(both, [upgraded], unreadable(STATUS)), ['d']);
  const layered = packageOf({ type: 'npm', name: 'c', version: '1', locations: [{ path: 'c/package.json', layer: 'sha256:2' }] });
  const missing = { ...incomplete('layer-missing', 'It is not there.'), layer: 'sha256:2' };
  assert.deepEqual(carriedOf([layered], [], [missing]), ['c']);
});

test('documents of others: what could not be understood, and what has no purl', () => {
  const [left, right] = [npm('@scope/left', 'app.cdx.json'), npm('right', 'app.cdx.json')];
  assert.deepEqual(carriedOf([left, right], [right], [incomplete('sbom-truncated', 'It ends early.')]), ['@scope/left']);
  const nameless = [incomplete('sbom-component-without-purl', '1 component has no purl.')];
  assert.deepEqual(carriedOf([left, right], [], nameless, { unassessed: ['right'] }), ['right']);
  assert.deepEqual(carriedOf([left, right], [], nameless, { unassessed: ['other'] }), []);
});
