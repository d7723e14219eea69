/** The engine over an embedded store, and the API over both, as the service puts them together; jobs run when a test says so. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Client } from '../../src/aws/clients.ts';
import { servicesOf } from '../../src/cli/service/services.ts';
import { Advisories } from '../../src/engine/advisories.ts';
import { type Assessor, assessor } from '../../src/engine/assessor/assessor.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { matcher } from '../../src/engine/matcher.ts';
import { type EmbeddedQueue, embeddedQueue } from '../../src/jobs/embedded.ts';
import type { Advisory } from '../../src/model/advisory.ts';
import type { Package } from '../../src/model/package.ts';
import { ok } from '../../src/model/problem.ts';
import type { Store } from '../../src/store/index.ts';
import { advisoryOf, affectedOf, compiledFile, recordsOf, sourceOf } from './database.ts';
import { temporaryDirectory } from './directory.ts';
import { atEnd } from './end.ts';
import { inventoryOf, packageOf, systemOf } from './inventory.ts';
import { ACCOUNT, REGION } from './service.ts';
import { openFor } from './stores.ts';

export interface TestEngine {
  readonly store: Store;
  readonly engine: Engine;
  readonly queue: EmbeddedQueue;
  readonly advisories: Advisories;
  readonly services: ReturnType<typeof servicesOf>;
  /** The time for everything. */
  readonly clock: { now: number };
  /** Runs jobs until none is due. */
  run(): Promise<void>;
  /** Assesses a host with npm packages. */
  host(name: string, ...packages: readonly (readonly [name: string, version: string])[]): Promise<number>;
}

/** An advisory about every version before 2.0 of an npm package. */
export function beforeTwo(id: string, name: string, over: Partial<Advisory> = {}): Advisory {
  const affected = [affectedOf({ name, ranges: [{ introduced: '0', fixed: '2.0' }] })];
  return advisoryOf({ id: `ADV-${id}-${name}`, vulnerabilities: [id], affected, ...over });
}

function npm([name, version]: readonly [string, string]): Package {
  return packageOf({ type: 'npm', name, version });
}

/** An assessor in the thread that asks, by a clock of its own. */
export function assessorOn(store: Store, advisories: Advisories, clock: () => number): Assessor {
  return assessor({
    store,
    clock,
    async matcher() {
      const current = await advisories.current();
      if (!current.ok) return current;
      const { database, today, unsure } = current.value;
      return ok(matcher(database, today, unsure));
    },
  });
}

/** Makes one; it goes away with the test. */
export async function testEngine(
  context: TestContext,
  known: readonly Advisory[],
  reports: () => Promise<Client> = () => Promise.reject(new Error('no S3 in this test')),
): Promise<TestEngine> {
  const directory = temporaryDirectory(context);
  const store = await openFor(context, join(directory, 'vedette.db'));
  const clock = { now: Date.parse('2026-02-03T04:05:06Z') };
  const now = () => clock.now;
  const queue = embeddedQueue(store, { now, poll: 0 });
  const advisories = new Advisories({ store, directory, now });
  const log = { info: () => undefined, error: () => undefined };
  const assessor = assessorOn(store, advisories, now);
  const engine = createEngine({ store, queue, advisories, assessor, clock: now, log, reports });
  atEnd(context, async () => {
    await queue.close(1_000);
    advisories.close();
  });
  const adopted = await engine.adopt(await compiledFile(context, [sourceOf('records.json', recordsOf(known))]));
  if (!adopted.ok) throw new Error(adopted.problem.message);
  await engine.work();
  return {
    store,
    engine,
    queue,
    advisories,
    services: servicesOf(engine, advisories, now),
    clock,
    async run() {
      for (;;) {
        await queue.tick();
        await queue.idle();
        const due = store.read.selectFrom('job').select('id').where('state', '=', 'waiting').where('run_at', '<=', clock.now);
        if ((await due.executeTakeFirst()) === undefined) return;
      }
    },
    async host(name, ...packages) {
      const inventory = inventoryOf(packages.map(npm), systemOf('debian', '12'));
      const place = { account: ACCOUNT, region: REGION };
      const description = { kind: 'host', name } as const;
      const done = await engine.ingest({ description, inventory, place, origin: 'agent', trigger: 'inventory' });
      if (!done.ok) throw new Error(done.problem.message);
      return done.value.resource;
    },
  };
}
