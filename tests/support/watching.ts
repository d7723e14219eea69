/** Watching registries in a test: a store, a queue that is turned by hand, and a clock. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { activate } from '../../src/engine/fleet.ts';
import { ingest, rescan } from '../../src/engine/ingest.ts';
import { type Matcher, matcher } from '../../src/engine/matcher.ts';
import { createRegistries, type Registries } from '../../src/engine/registry/index.ts';
import { embeddedQueue } from '../../src/jobs/embedded.ts';
import type { Advisory } from '../../src/model/advisory.ts';
import { fail, incomplete, ok } from '../../src/model/problem.ts';
import type { Store } from '../../src/store/index.ts';
import { sealer } from '../../src/store/seal.ts';
import type { Catalog } from './catalog.ts';
import { advisoryOf, affectedOf, compiledDatabase } from './database.ts';
import { temporaryDirectory } from './directory.ts';
import { atEnd } from './end.ts';
import { makeImage, type TestImage } from './image.ts';
import { openFor } from './stores.ts';

export const ACCOUNT = '123456789012';
const PLACE = { account: ACCOUNT, region: 'eu-west-1' };
const TODAY = '2026-01-10';

export interface Watching {
  readonly registries: Registries;
  readonly store: Store;
  /** Ids of images that were read, in order: `repository@digest`. */
  readonly read: string[];
  readonly log: object[];
  readonly clock: { now: number };
  /** Watches a registry as `name`. */
  watch(name: string, input: Parameters<Registries['put']>[1]): Promise<void>;
  /** Does everything that is due, after a pause. */
  settle(pause?: number): Promise<void>;
  /** A new advisory database is in use. */
  adopt(advisories: readonly Advisory[]): Promise<Matcher>;
  /** `repository[:tags] REASON` of every image and `repository/ REASON` of every repository. */
  coverage(): Promise<readonly string[]>;
  /** `repository key STATUS`. */
  findings(): Promise<readonly string[]>;
}

/** An advisory about all versions of an npm package. */
export function about(id: string, name: string): Advisory {
  return advisoryOf({ id, affected: [affectedOf({ name })] });
}

/** A Debian image with an npm package `left` in this version. */
export function imageOf(version: string, platform?: { readonly os: string; readonly architecture: string }): TestImage {
  const release = 'ID=debian\nVERSION_ID="12"\n';
  const data = JSON.stringify({ name: 'left', version });
  return makeImage(
    [
      { entries: [{ name: 'etc/os-release', data: release }] },
      { entries: [{ name: 'app/node_modules/left/package.json', data }] },
    ],
    platform,
  );
}

/** Starts to watch. `left` of npm is vulnerable. */
export async function watching(
  context: TestContext,
  store: Store,
  options: { readonly pollMilliseconds?: number; readonly maxImageBytes?: number } = {},
): Promise<Watching> {
  const clock = { now: Date.parse(`${TODAY}T00:00:00Z`) };
  const now = () => clock.now;
  const queue = embeddedQueue(store, { now, poll: 0, random: () => 0 });
  atEnd(context, () => queue.close());
  let database = await compiledDatabase(context, [about('CVE-2099-0001', 'left')]);
  await activate(store, undefined, database);
  const read: string[] = [];
  const log: object[] = [];
  const note = (facts: object) => void log.push(facts);
  const registries = createRegistries({
    store,
    queue,
    sealer: sealer(randomBytes(32)),
    clock: now,
    log: { info: note, error: note },
    retryMilliseconds: 1,
    engine: {
      async ingest(arrival) {
        read.push(`${arrival.description.name}@${arrival.description.image?.digest}`);
        const done = await ingest(store, matcher(database, TODAY), arrival, now);
        return done === undefined ? fail(incomplete('advisories-changing', 'it changes')) : ok(done);
      },
      async rescan(resource) {
        await rescan(store, matcher(database, TODAY), resource, now);
      },
    },
    ...options,
  });
  await registries.work();
  return {
    registries,
    store,
    read,
    log,
    clock,
    async watch(name, input) {
      const put = await registries.put({ ...PLACE, name }, input);
      if (!put.ok) throw new Error(put.problem.message);
    },
    async settle(pause = 0) {
      clock.now += pause;
      for (let round = 0; round < 20; round++) {
        await queue.tick();
        await queue.idle();
      }
    },
    async adopt(advisories) {
      const next = await compiledDatabase(context, advisories);
      await activate(store, database, next);
      database = next;
      return matcher(next, TODAY);
    },
    async coverage() {
      const rows = await store.read
        .selectFrom('resource')
        .select(['name', 'type', 'status_reason', 'details'])
        .where('removed_at', 'is', null)
        .orderBy('name')
        .orderBy('uid')
        .execute();
      return rows.map(({ name, type, status_reason, details }) => {
        if (type === 'AWS_ECR_REPOSITORY') return `${name}/ ${status_reason}`;
        const tags: readonly string[] = JSON.parse(details).awsEcrContainerImage.imageTags;
        return `${name}:${tags.join(',')} ${status_reason}`;
      });
    },
    async findings() {
      const rows = await store.read
        .selectFrom('finding')
        .innerJoin('resource', 'resource.id', 'finding.resource_id')
        .select(['resource.name', 'finding.key', 'finding.status'])
        .orderBy('resource.name')
        .orderBy('finding.key')
        .execute();
      return rows.map(({ name, key, status }) => `${name} ${key} ${status}`).sort();
    },
  };
}

/** Watches over a store of its own. */
export async function newWatching(context: TestContext, options?: Parameters<typeof watching>[2]): Promise<Watching> {
  return watching(context, await openFor(context, join(temporaryDirectory(context), 'vedette.db')), options);
}

/** The status of a registry that is watched. */
export async function statusOf({ registries }: Watching, name = 'one') {
  const found = (await registries.list(ACCOUNT)).find((one) => one.name === name);
  assert.ok(found !== undefined);
  return found.status;
}

/** What was asked of a registry since it was looked at last. */
export function asked(catalog: Catalog): readonly string[] {
  return catalog.requests.splice(0);
}
