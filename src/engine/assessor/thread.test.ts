import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { compiledFile, recordsOf, sourceOf } from '../../../tests/support/database.ts';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { atEnd } from '../../../tests/support/end.ts';
import { beforeTwo } from '../../../tests/support/engine.ts';
import { inventoryOf, packageOf, systemOf } from '../../../tests/support/inventory.ts';
import { newPlace, openFor } from '../../../tests/support/stores.ts';
import { writeCycloneDx } from '../../inventory/sbom/cyclonedx-write.ts';
import type { Inventory } from '../../model/package.ts';
import { fail, incomplete, type Result } from '../../model/problem.ts';
import type { Store } from '../../store/index.ts';
import { Advisories } from '../advisories.ts';
import type { Admitted, Assessor } from './assessor.ts';
import { WorkError } from './protocol.ts';
import { assessorThread, type ThreadOptions } from './thread.ts';

const PLACE = { account: '123456789012', region: 'us-east-1' } as const;
const ANNOUNCED = { place: PLACE, origin: 'api', trigger: 'inventory' } as const;

function hostWith(...packages: readonly string[]): Inventory {
  const list = packages.map((name) => packageOf({ type: 'npm', name, version: '1.0.0' }));
  return inventoryOf(list, systemOf('debian', '12'));
}

function told(name: string, problems: Admitted['problems'] = []): Admitted {
  return { ...ANNOUNCED, description: { kind: 'host', name }, problems };
}

function bodyOf(inventory: Inventory, more: object = {}): Uint8Array<ArrayBuffer> {
  const sbom: unknown = JSON.parse([...writeCycloneDx(inventory, { format: 'json' })].join(''));
  return new TextEncoder().encode(JSON.stringify({ ...more, sbom }));
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

interface Running {
  readonly store: Store;
  readonly assessor: Assessor;
  readonly advisories: Advisories;
  /** Puts a database in use that knows vulnerabilities of these packages. */
  adopt(...names: readonly string[]): Promise<void>;
}

async function running(context: TestContext, place: string, options: Partial<ThreadOptions> = {}): Promise<Running> {
  const store = await openFor(context, place);
  const advisories = new Advisories({ store, directory: temporaryDirectory(context), now: Date.now });
  const assessor = assessorThread({ store, current: () => advisories.current(), ...options });
  atEnd(context, async () => {
    await assessor.close();
    advisories.close();
  });
  let minute = 0;
  return {
    store,
    assessor,
    advisories,
    async adopt(...names) {
      const known = names.map((name) => beforeTwo(`CVE-2026-${name}`, name));
      const builtAt = `2026-01-02T03:0${minute++}:00Z`;
      const file = await compiledFile(context, [sourceOf('records.json', recordsOf(known))], builtAt);
      value(await advisories.adopt(file));
    },
  };
}

for (const engine of ['sqlite', 'postgres'] as const) {
  test(`${engine}: a thread assesses what was read, a document and a body, beside other writers`, async (context) => {
    const place = await newPlace(context, engine);
    if (place === undefined) return;
    const { store, assessor, adopt } = await running(context, place);
    const early = await assessor.ingest({ ...told('early'), inventory: hostWith('left') });
    assert.equal(early.ok ? '' : early.problem.code, 'advisories-not-ready');
    await adopt('left', 'right');

    const directory = mkdtempSync(join(temporaryDirectory(context), 'sbom-'));
    const file = join(directory, 'sbom.json');
    writeFileSync(file, [...writeCycloneDx(hostWith('left', 'right'), { format: 'json' })].join(''));
    const seen: unknown[] = [];
    const work = [
      assessor.ingest({ ...told('one'), inventory: hostWith('left', 'other') }),
      assessor.document(file, { ...ANNOUNCED, description: { kind: 'project', name: 'two' } }),
      assessor.receive(bodyOf(hostWith('left', 'right', 'other'), { origin: 'agent' }), (envelope) => {
        seen.push(envelope);
        return told('three', [incomplete('agent-cut', 'Not all of it was read.')]);
      }),
    ];
    // The server writes meanwhile.
    const written = Array.from({ length: 20 }, (_, index) =>
      store.write((tx) =>
        tx
          .insertInto('setting')
          .values({ name: `test-${index}`, value: '1' })
          .execute(),
      ),
    );
    const [one, two, three] = (await Promise.all(work)).map(value);
    await Promise.all(written);
    assert.deepEqual(
      [one, two, three].map((done) => [done?.packages, done?.changes.created.length]),
      [
        [2, 1],
        [2, 2],
        [3, 2],
      ],
    );
    assert.deepEqual(seen, [{ origin: 'agent', sbom: {} }]);
    assert.deepEqual(
      three?.problems.map(({ code }) => code),
      ['agent-cut'],
    );
    const rows = await store.read.selectFrom('finding').select('id').execute();
    assert.equal(rows.length, 5);
    rmSync(directory, { recursive: true });

    // What changes is matched again there too.
    await adopt('left', 'right', 'other');
    let created = 0;
    for (;;) {
      const { units, changes } = value(await assessor.rematch());
      created += changes.created.length;
      if (units === 0) break;
    }
    assert.equal(created, 2);
    assert.deepEqual(value(await assessor.rescan(one?.resource ?? 0))?.changes.created, []);
  });
}

test('what cannot be read or is refused is told, and the thread goes on', async (context) => {
  const place = await newPlace(context, 'sqlite');
  const { assessor, adopt } = await running(context, place ?? '');
  await adopt('left');
  const encode = (text: string) => new TextEncoder().encode(text);
  const never = () => assert.fail('nothing was to be admitted');
  const unread = await assessor.receive(encode('{"sbom":'), never);
  assert.equal(unread.ok ? '' : unread.problem.code, 'body-not-json');
  const refused = new Error('not like this');
  const refusing = assessor.receive(bodyOf(hostWith('left')), () => {
    throw refused;
  });
  await assert.rejects(refusing, (error) => error === refused);
  const unknown = await assessor.receive(encode('{"sbom":{"a":1}}'), () => told('x'));
  assert.equal(unknown.ok ? '' : unknown.problem.code, 'sbom-unknown-format');
  let envelope: unknown;
  await assessor.receive(encode('{"sbom":[1]}'), (given) => {
    envelope = given;
    return told('x');
  });
  assert.deepEqual(envelope, { sbom: [1] }, 'what is no document is shown as it is');
  const done = value(await assessor.receive(bodyOf(hostWith('left')), () => told('one')));
  assert.equal(done.changes.created.length, 1);
});

test('a thread that ends takes its job with it, and the next one is tried in another', async (context) => {
  const place = await newPlace(context, 'sqlite');
  const { store, advisories, adopt } = await running(context, place ?? '');
  await adopt('left');
  let address = join(temporaryDirectory(context), 'no', 'such', 'file');
  const current = () => advisories.current();
  const assessor = assessorThread({
    store: {
      ...store,
      get address() {
        return address;
      },
    },
    current,
  });
  atEnd(context, () => assessor.close());
  const lost = await assessor.ingest({ ...told('one'), inventory: hostWith('left') });
  assert.equal(lost.ok ? '' : lost.problem.code, 'assessment-ended');
  address = store.address;
  const done = value(await assessor.ingest({ ...told('one'), inventory: hostWith('left') }));
  assert.equal(done.changes.created.length, 1);
});

test('a document of more values than there is memory for is refused before it is parsed', async (context) => {
  const place = await newPlace(context, 'sqlite');
  const { assessor, adopt } = await running(context, place ?? '');
  await adopt('left');
  const text = `{"sbom":{"bomFormat":"CycloneDX","components":[${'{},'.repeat(2_000_000)}{}]}}`;
  const told = await assessor.receive(new TextEncoder().encode(text), () => assert.fail('nothing was to be admitted'));
  assert.equal(told.ok ? '' : told.problem.code, 'sbom-too-large');
});

test('what the store refuses the thread is known by its code', async (context) => {
  const place = await newPlace(context, 'sqlite');
  const { store, assessor, adopt } = await running(context, place ?? '');
  await adopt('left');
  await store.write((tx) => sql`alter table occurrence rename to elsewhere`.execute(tx));
  const ingesting = () => assessor.ingest({ ...told('one'), inventory: hostWith('left') });
  // SQLITE_ERROR (https://www.sqlite.org/rescode.html).
  await assert.rejects(
    ingesting,
    (error) => error instanceof WorkError && error.errcode === 1 && /occurrence/.test(error.message),
  );
  assert.equal((await store.read.selectFrom('resource').select('id').execute()).length, 0, 'all of it was rolled back');
  await store.write((tx) => sql`alter table elsewhere rename to occurrence`.execute(tx));
  assert.equal(value(await ingesting()).changes.created.length, 1);
});

test('an idle thread ends and another one takes up the next work; a closed one takes none', async (context) => {
  const place = await newPlace(context, 'sqlite');
  const { store, assessor, adopt } = await running(context, place ?? '', { idle: 0 });
  await adopt('left');
  for (const [name, created] of [['one', 1] as const, ['two', 1] as const]) {
    const done = value(await assessor.ingest({ ...told(name), inventory: hostWith('left') }));
    assert.equal(done.changes.created.length, created);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const late = assessor.ingest({ ...told('late'), inventory: hostWith('left') });
  await assessor.close();
  const ended = await late.catch((error: unknown) => fail(incomplete('rejected', String(error))));
  assert.equal(ended.ok ? '' : ended.problem.code, 'assessment-ended');
  await assert.rejects(assessor.rematch(), /closed/);
  // The turn at writing was given back, if the thread had it.
  await store.write((tx) => tx.insertInto('setting').values({ name: 'test', value: '1' }).execute());
});
