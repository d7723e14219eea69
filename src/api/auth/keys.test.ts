/** Access keys of an installation that several processes and administrators use at the same time. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import { both, overtaken, together } from '../../../tests/support/together.ts';
import type { Store } from '../../store/index.ts';
import { sealer } from '../../store/seal.ts';
import { createKey, firstCredentials, setDisabled } from './keys.ts';

const ACCOUNT = '111122223333';
const SEALER = sealer(Buffer.alloc(32));

onBothEngines('processes that start at the same time make one first key', async (store, context) => {
  const directories = [1, 2].map(() => temporaryDirectory(context));
  const start = (directory = '') => {
    return (on: Store) => firstCredentials(on, SEALER, { directory, account: ACCOUNT, now: 1 });
  };
  const made = both(await together(store, start(directories[0]), start(directories[1])));
  assert.deepEqual(
    made.map((one) => one.made),
    [true, false],
  );
  assert.deepEqual(
    directories.map((directory) => existsSync(join(directory, 'credentials'))),
    [true, false],
  );
  assert.equal((await store.read.selectFrom('access_key').select('id').execute()).length, 1);
});

onBothEngines('of two keys that disable each other one is left', async (store) => {
  const make = async (name: string) =>
    (await createKey(store, SEALER, { account: ACCOUNT, name, role: 'admin', now: 1 })).accessKeyId;
  const [ann, bob] = [await make('ann'), await make('bob')];
  const disable = (by: string, key: string) => (on: Store) => setDisabled(on, { account: ACCOUNT, by, key, disabled: true });
  const left = async () => (await store.read.selectFrom('access_key').select('id').where('disabled', '=', 0).execute()).length;
  assert.deepEqual(both(await together(store, disable(ann, bob), disable(bob, ann))), ['done', 'refused']);
  assert.equal(await left(), 1);
  assert.equal(await setDisabled(store, { account: ACCOUNT, by: ann, key: bob, disabled: false }), 'done');
  // Let in, and disabled before it could do anything.
  const late = overtaken(store, () => disable(ann, bob)(store));
  assert.equal(await disable(bob, ann)(late), 'refused');
  assert.equal(await left(), 1);
  assert.equal(await setDisabled(store, { account: '000000000000', by: ann, key: bob, disabled: false }), 'unknown');
});
