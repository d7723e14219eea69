/** Advisory data that vanish, are cut off or never were there close nothing; over a store on both engines. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { advisoryOf, affectedOf, compiledFile, recordsOf, sourceOf } from '../../tests/support/database.ts';
import { atEnd } from '../../tests/support/end.ts';
import { inventoryOf, packageOf, systemOf } from '../../tests/support/inventory.ts';
import { onBothEngines } from '../../tests/support/stores.ts';
import { type FileDatabase, openDatabase } from '../advisories/database/index.ts';
import type { Advisory } from '../model/advisory.ts';
import type { OperatingSystem, Package } from '../model/package.ts';
import { incomplete } from '../model/problem.ts';
import type { Store } from '../store/index.ts';
import { type Activated, activate } from './fleet.ts';
import { ingest, rescan } from './ingest.ts';
import { lostWith, readLost, unsureStreams } from './lost.ts';
import { type Matcher, matcher } from './matcher.ts';
import { rematchSome } from './rematch.ts';

const START = Date.parse('2026-01-10T00:00:00Z');
const DEBIAN_FILE = 'osv/Debian/all.zip';
const NPM_FILE = 'osv/npm/all.zip';

function before(fixed: string, name: string, stream: string): Advisory {
  const ranges = [{ introduced: '0', fixed }];
  const names = stream === 'npm' ? 'binary' : 'source';
  return advisoryOf({ id: `CVE-2025-${name}`, affected: [affectedOf({ name, stream, names, ranges })] });
}

const OS_ONE = before('2.0', 'one', 'debian/12');
const NPM_TWO = before('2.0', 'two', 'npm');

type Files = Readonly<Record<string, readonly Advisory[] | 'cut'>>;

function world(store: Store, context: TestContext) {
  let current: FileDatabase | undefined;
  let day = 1;
  let one: Matcher | undefined;
  const clock = () => START;
  async function use(files: Files): Promise<Activated> {
    const sources = Object.entries(files).map(([path, said]) =>
      sourceOf(path, said === 'cut' ? recordsOf([], [], [incomplete('feed-failed', 'It is cut off.', path)]) : recordsOf(said)),
    );
    const opened = openDatabase(await compiledFile(context, sources, `2026-01-${String(day++).padStart(2, '0')}T00:00:00Z`));
    assert.ok(opened.ok);
    atEnd(context, () => opened.value.close());
    const done = await activate(store, current, opened.value);
    assert.ok(done !== undefined);
    current = opened.value;
    one = matcher(current, '2026-01-10', unsureStreams(current.info, await readLost(store.read)));
    while ((await rematchSome(store, one, clock)).units > 0);
    return done;
  }
  async function hand(packages: readonly Package[], os?: OperatingSystem) {
    assert.ok(one !== undefined);
    const place = { account: '123456789012', region: 'eu-west-1' };
    const inventory = inventoryOf(packages, os ?? systemOf('debian', '12'));
    const description = { kind: 'host', name: 'web' } as const;
    const done = await ingest(store, one, { description, inventory, place, origin: 'agent', trigger: 'inventory' }, clock);
    assert.ok(done !== undefined);
    return done;
  }
  async function again(resource: number) {
    assert.ok(one !== undefined);
    return rescan(store, one, resource, clock);
  }
  return { use, hand, again };
}

async function active(store: Store): Promise<readonly string[]> {
  const rows = await store.read.selectFrom('finding').select('key').where('status', '=', 'ACTIVE').orderBy('key').execute();
  return rows.map(({ key }) => key.replace('CVE-2025-', ''));
}

const deb = (name: string, version = '1.0') => packageOf({ type: 'deb', name, version, namespace: 'debian' });
const npm = (name: string, version = '1.0') => packageOf({ type: 'npm', name, version });

onBothEngines('a stream that a database lacks closes nothing until it is back', async (store, context) => {
  const { use, hand, again } = world(store, context);
  await use({ [DEBIAN_FILE]: [OS_ONE], [NPM_FILE]: [NPM_TWO] });
  const { resource } = await hand([deb('one'), npm('two')]);
  assert.deepEqual(await active(store), ['one', 'two']);

  assert.deepEqual((await use({ [NPM_FILE]: [NPM_TWO] })).streams, ['debian/12']);
  assert.deepEqual(await active(store), ['one', 'two']);
  assert.ok((await again(resource))?.problems.some(({ code }) => code === 'match-stream-missing'));
  assert.deepEqual(await active(store), ['one', 'two']);

  // Another version: nobody knows. What nothing is wrong with closes as ever, and so does what is gone.
  await hand([deb('one', '1.5'), npm('two', '2.0')]);
  assert.deepEqual(await active(store), ['one']);
  await use({ [NPM_FILE]: [NPM_TWO, before('3.0', 'three', 'npm')] });
  await hand([deb('one', '2.0'), npm('three')]);
  assert.deepEqual(await active(store), ['one', 'three']);

  // Back at last: 2.0 is not affected, although nothing else changed.
  const back = await use({ [DEBIAN_FILE]: [OS_ONE], [NPM_FILE]: [before('3.0', 'three', 'npm')] });
  assert.deepEqual(back.streams, ['debian/12']);
  await again(resource);
  assert.deepEqual(await active(store), ['three']);
  assert.deepEqual(await readLost(store.read), { streams: [], sources: [] });
});

onBothEngines('a file of advisories that is cut off or gone closes nothing, and finds what it can', async (store, context) => {
  const { use, hand, again } = world(store, context);
  const other = 'rubysec/ruby-advisory-db.tar.zst';
  await use({ [NPM_FILE]: [NPM_TWO], [DEBIAN_FILE]: [OS_ONE] });
  const { resource } = await hand([npm('two'), npm('three')]);
  // The stream is there still: other files have something of it.
  const npmElsewhere = [before('2.0', 'three', 'npm')];
  assert.deepEqual((await use({ [NPM_FILE]: 'cut', [DEBIAN_FILE]: [OS_ONE], [other]: npmElsewhere })).streams, ['npm']);
  assert.deepEqual(await active(store), ['three', 'two']);
  assert.ok((await again(resource))?.problems.some(({ code }) => code === 'match-stream-unsure'));
  await use({ [DEBIAN_FILE]: [OS_ONE], [other]: npmElsewhere });
  assert.deepEqual(await active(store), ['three', 'two']);
  // The file is whole and says nothing of `two` any more.
  assert.deepEqual((await use({ [NPM_FILE]: npmElsewhere, [DEBIAN_FILE]: [OS_ONE] })).streams, ['npm']);
  await again(resource);
  assert.deepEqual(await active(store), ['three']);
});

onBothEngines('a system that cannot be judged closes nothing', async (store, context) => {
  const { use, hand } = world(store, context);
  await use({ [DEBIAN_FILE]: [OS_ONE], [NPM_FILE]: [NPM_TWO] });
  await hand([deb('one'), npm('two')]);
  await hand([deb('one', '2.0')], systemOf('debian', '1'));
  assert.deepEqual(await active(store), ['one']);
  await hand([deb('one', '2.0')], systemOf('unheard-of', '1'));
  assert.deepEqual(await active(store), ['one']);
  await hand([deb('one', '2.0')]);
  assert.deepEqual(await active(store), []);
});

test('a file that another one of the same streams came for is not lost', async (context) => {
  const databaseOf = async (path: string) => {
    const opened = openDatabase(await compiledFile(context, [sourceOf(path, recordsOf([NPM_TWO]))]));
    assert.ok(opened.ok);
    atEnd(context, () => opened.value.close());
    return opened.value;
  };
  const nothing = { streams: [], sources: [] };
  const files = ['friendsofphp/security-advisories.tar.zst', 'osv/Packagist/all.zip', 'records.json'];
  const [old, another, unread] = await Promise.all(files.map(databaseOf));
  assert.ok(old !== undefined && another !== undefined && unread !== undefined);
  assert.deepEqual(lostWith(another, old, nothing).sources, []);
  const gone = lostWith(unread, old, nothing);
  assert.deepEqual(gone.sources, ['friendsofphp/security-advisories.tar.zst']);
  assert.deepEqual(unsureStreams(unread.info, gone), ['Packagist']);
  assert.deepEqual(lostWith(old, unread, gone).sources, []);
});
