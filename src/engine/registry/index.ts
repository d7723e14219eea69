/** Watched registries: polled, told of pushes, and their images read and handed in. docs/registries.md. */
import { text, texts } from '../../inventory/values.ts';
import type { Job } from '../../jobs/index.ts';
import type { Result } from '../../model/problem.ts';
import { askWhenWritable } from '../asking.ts';
import type { Place } from '../resource.ts';
import {
  deleteRegistry,
  frequencyOf,
  listRegistries,
  putRegistry,
  type Registry,
  type RegistryInput,
  type RegistryStatus,
  readRegistry,
  readStatus,
} from './configuration.ts';
import { readImage } from './image.ts';
import { connectTo } from './listing.ts';
import { type Notified, notify } from './notifications.ts';
import type { Parts } from './parts.ts';
import { isDue, pollRegistry } from './poll.ts';
import { unwatch, watchRepository } from './repository.ts';
import { knownRepositories } from './state.ts';

/** A registry as it may be shown. */
export interface RegistryView extends Omit<Registry, 'credentials'> {
  readonly status: RegistryStatus;
}

export interface Registries {
  /** Makes or changes one and queues a look at it. */
  put(place: Place & { readonly name: string }, input: RegistryInput): Promise<Result<RegistryView>>;
  list(account: string): Promise<readonly RegistryView[]>;
  /** Queues a look; false: there is no such registry. */
  poll(key: { readonly account: string; readonly name: string }): Promise<boolean>;
  /** Forgets one; its images stay in coverage as INACTIVE, without findings. False: there was none. */
  remove(key: { readonly account: string; readonly name: string }): Promise<boolean>;
  /** Takes notifications; `named`: the registry that they are of. */
  notify(account: string, body: unknown, named?: string): Promise<Notified>;
  /** Works on jobs from now on, until the queue closes. */
  work(): Promise<void>;
}

const MINUTE = 60_000;
/** Registries that are looked at side by side: one that is slow keeps no other waiting. */
const REGISTRIES_AT_ONCE = 4;
/** Images are read one after the other: reading takes memory and both disk and network. */
const IMAGES_AT_ONCE = 1;
const DEFAULTS = { maxImageBytes: 16 * 2 ** 30, imageMilliseconds: 30 * MINUTE, pollMilliseconds: 10 * MINUTE };

type Given = Omit<Parts, keyof typeof DEFAULTS> & Partial<Parts>;

/** Puts it together. */
export function createRegistries(given: Given): Registries {
  const parts: Parts = { ...DEFAULTS, ...given };
  const { store, queue, sealer, clock } = parts;

  async function send({ account, name }: { readonly account: string; readonly name: string }): Promise<void> {
    await queue.send('registry', { account, registry: name }, { uniqueKey: `${account}/${name}` });
  }

  async function view({ credentials: _, ...registry }: Registry): Promise<RegistryView> {
    return { ...registry, status: await readStatus(store.read, registry) };
  }

  async function change({ payload, signal }: Job): Promise<void> {
    const [account, name, repository] = [text(payload.account), text(payload.registry), text(payload.repository)];
    if (account === undefined || name === undefined || repository === undefined) return;
    const registry = await readRegistry(store.read, { account, name });
    const frequency = registry === undefined ? undefined : frequencyOf(registry, repository);
    if (registry === undefined || frequency === undefined) return;
    const { retryMilliseconds } = parts;
    const connection = await connectTo(registry, sealer, {
      signal,
      ...(retryMilliseconds !== undefined && { retryMilliseconds }),
    });
    if (!connection.ok) throw new Error(connection.problem.message);
    const at = typeof payload.at === 'number' ? payload.at : clock();
    const scope = { tags: texts(payload.tags), digests: texts(payload.digests), at };
    const client = connection.value.client(repository);
    const { problems } = await watchRepository(parts, registry, { repository, frequency, client, scope });
    const [problem] = problems;
    if (problem !== undefined) throw new Error(problem.message);
  }

  /** What a registry leaves behind that was forgotten. */
  async function forgotten({ payload }: Job): Promise<void> {
    const registry = payload.forgotten as Registry;
    if ((await readRegistry(store.read, registry)) !== undefined) return;
    for (const repository of await knownRepositories(store, registry)) await unwatch(parts, registry, repository);
  }

  async function due(): Promise<void> {
    for (const registry of await listRegistries(store.read)) {
      if (isDue(registry, await readStatus(store.read, registry), clock())) await send(registry);
    }
  }

  return {
    async put(place, input) {
      const put = await store.write((tx) => putRegistry(tx, sealer, place, input, clock()));
      if (!put.ok) return put;
      await send(place);
      return { ok: true, value: await view(put.value) };
    },
    list: async (account) => Promise.all((await listRegistries(store.read, account)).map(view)),
    async poll(key) {
      const registry = await readRegistry(store.read, key);
      if (registry !== undefined) await send(key);
      return registry !== undefined;
    },
    async remove(key) {
      const registry = await readRegistry(store.read, key);
      if (registry === undefined) return false;
      const { credentials: _, ...rest } = registry;
      return store.write(async (tx) => {
        await queue.send('registry-forgotten', { forgotten: rest }, { transaction: tx });
        return deleteRegistry(tx, key);
      });
    },
    notify: (account, body, named) => notify(parts, account, body, named),
    async work() {
      await queue.work('registry', (job) => pollRegistry(parts, job), { concurrency: REGISTRIES_AT_ONCE });
      await queue.work('registry-change', change, { concurrency: REGISTRIES_AT_ONCE });
      await queue.work('registry-forgotten', forgotten);
      await queue.work('image', (job) => readImage(parts, job), { concurrency: IMAGES_AT_ONCE });
      await queue.work('registries', due);
      const ask = async (): Promise<void> => {
        await queue.schedule('registries', '* * * * *');
        await due();
      };
      await askWhenWritable(ask, parts.log);
    },
  };
}
