/** What `serve`, `worker` and `start` have in common: the store, the queue, the advisory data and the engine in one process. */
import { join, resolve } from 'node:path';
import { type Logger, pino } from 'pino';
import { databasePath } from '../../advisories/database/index.ts';
import { type Dispatcher, startDelivery } from '../../delivery/index.ts';
import { Advisories } from '../../engine/advisories.ts';
import { assessorThread } from '../../engine/assessor/thread.ts';
import { type DatabaseChoice, databaseFor, openKnown, updateDatabase, usualFamilies } from '../../engine/database.ts';
import { createEngine, type Engine } from '../../engine/engine.ts';
import { createRegistries, type Registries } from '../../engine/registry/index.ts';
import { openQueue, type Queue } from '../../jobs/index.ts';
import { ok, type Result } from '../../model/problem.ts';
import { openStore, type Store } from '../../store/index.ts';
import { checkKey } from '../../store/key-check.ts';
import { keyFor, type Sealer, sealer } from '../../store/seal.ts';
import { databaseContext, orThrow } from '../advisories.ts';
import { CommandError, EXIT } from '../exit.ts';
import { progressOn } from '../terminal.ts';
import { type Heaps, heapsByNeed } from './heaps.ts';
import { stateHome } from './state-home.ts';

export interface RuntimeOptions extends DatabaseChoice {
  /** Directory of this process's data. */
  readonly data?: string;
  /** `postgres://…`; default: a file in the directory. */
  readonly store?: string;
  readonly account?: string;
  readonly region?: string;
  /** Snapshot of the network, analysed twice a day. */
  readonly estate?: string;
  /** Days that closed findings are kept; default: for ever. */
  readonly keepClosed?: number;
  readonly logLevel?: string;
  readonly quiet?: boolean;
}

export interface Runtime {
  readonly store: Store;
  readonly queue: Queue;
  readonly engine: Engine;
  readonly registries: Registries;
  readonly advisories: Advisories;
  readonly key: Buffer;
  readonly sealer: Sealer;
  readonly logger: Logger;
  readonly place: { readonly account: string; readonly region: string };
  readonly directory: string;
  readonly heaps: Heaps;
  /** Sends what is in the outbox from now on. */
  dispatch(): void;
  close(): Promise<void>;
}

/** Where the embedded store and this process's copy of the advisory data are kept. */
function dataDirectory(env: NodeJS.ProcessEnv, given: string | undefined): string {
  return resolve(given ?? join(stateHome(env), 'data'));
}

/** How long closing waits for jobs. With what the server waits for requests it is less than the ten seconds that containers get. */
const PATIENCE_MS = 4_000;
const DEFAULT_ACCOUNT = '000000000000';
const DEFAULT_REGION = 'us-east-1';

/** The account and region of the installation: given, or as the store has them, or the defaults; written down at the first start. */
async function placeOf(store: Store, options: RuntimeOptions): Promise<Runtime['place']> {
  const row = await store.read.selectFrom('setting').select('value').where('name', '=', 'place').executeTakeFirst();
  const known: Partial<Runtime['place']> = row === undefined ? {} : JSON.parse(row.value);
  const place = {
    account: options.account ?? known.account ?? DEFAULT_ACCOUNT,
    region: options.region ?? known.region ?? process.env.AWS_REGION ?? DEFAULT_REGION,
  };
  const value = JSON.stringify(place);
  if (row?.value !== value) {
    await store.write((tx) =>
      tx
        .insertInto('setting')
        .values({ name: 'place', value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute(),
    );
  }
  return place;
}

/** What options and environment must look like: with a place or store of another form nothing would work, and nothing would say so. */
function checkOptions({ account, region = process.env.AWS_REGION, store }: RuntimeOptions): void {
  const refuse = (message: string): never => {
    throw new CommandError(message, EXIT.usage);
  };
  if (account !== undefined && !/^\d{12}$/.test(account))
    refuse(`--account takes the 12 digits of an AWS account; "${account}" is none.`);
  if (region !== undefined && !/^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/.test(region))
    refuse(`--region (or AWS_REGION) takes the name of an AWS region such as eu-central-1; "${region}" is none.`);
  if (store !== undefined && !/^postgres(?:ql)?:\/\//.test(store))
    refuse('--store takes postgres://USER@HOST/DATABASE; without it the store is a file in --data DIR.');
}

/** Opens everything; ends the command with the problem's words when something cannot be had. */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  checkOptions(options);
  const heaps = heapsByNeed();
  const directory = dataDirectory(process.env, options.data);
  const logger = pino(
    {
      level: options.logLevel ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination(2),
  );
  const address = options.store ?? join(directory, 'vedette.db');
  const store = orThrow(await openStore(address));
  try {
    return await runtimeOn(store, { options, directory, address, logger, heaps });
  } catch (error) {
    // Connections would keep the process from ending.
    await store.close();
    throw error;
  }
}

interface Opened {
  readonly options: RuntimeOptions;
  readonly directory: string;
  readonly address: string;
  readonly logger: Logger;
  readonly heaps: Heaps;
}

async function runtimeOn(store: Store, { options, directory, address, logger, heaps }: Opened): Promise<Runtime> {
  const key = orThrow(keyFor(directory));
  const seal = sealer(key);
  orThrow(await checkKey(store, seal));
  const place = await placeOf(store, options);
  let sending: Dispatcher | undefined;
  const queue = orThrow(await openQueue(store, address, (message) => logger.error({}, message)));
  const clock = () => Date.now();
  const advisories = new Advisories({ store, directory, now: clock });
  const progress = progressOn(process.stderr, options.quiet !== false);

  async function refresh(streams: readonly string[], signal: AbortSignal): Promise<Result<string>> {
    if (options.db !== undefined) return ok(options.db);
    const context = databaseContext(progress, signal);
    const families = new Set([...usualFamilies(context), ...streams.map((stream) => stream.split('/', 1)[0] ?? stream)]);
    const updated = await updateDatabase(options, [...families].sort(), context);
    if (!updated.ok) return updated;
    return ok(databasePath(process.env));
  }

  // What the SDK reads too; told here because servers that stand in for S3 need their paths written otherwise.
  const s3 = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const assessor = assessorThread({ store, current: () => advisories.current(), onBusy: heaps.hold });
  const engine = createEngine({
    store,
    queue,
    advisories,
    assessor,
    clock,
    log: logger,
    reports: async () =>
      (await import('../../delivery/reports/index.ts')).openReports({
        region: place.region,
        ...(s3 !== undefined && { endpoint: s3 }),
      }),
    ...(options.offline === true ? {} : { refresh }),
    ...(options.keepClosed !== undefined && { keepClosed: options.keepClosed * 24 * 60 * 60 * 1000 }),
    ...(options.estate !== undefined && {
      estate: async () => (await import('../../estate/read.ts')).openEstate(options.estate ?? ''),
    }),
  });
  return {
    store,
    queue,
    engine,
    registries: createRegistries({
      store,
      queue,
      engine,
      sealer: seal,
      clock,
      log: logger,
      cacheDirectory: join(directory, 'layers'),
    }),
    advisories,
    key,
    sealer: seal,
    logger,
    place,
    directory,
    heaps,
    dispatch() {
      sending ??= startDelivery(store, seal, (trouble) => logger.warn(trouble, 'a target did not take everything'));
    },
    async close() {
      await queue.close(PATIENCE_MS);
      await sending?.close();
      await assessor.close();
      advisories.close();
      await store.close();
    },
  };
}

/**
 * Makes sure that an advisory database is in use: the file that was named; else the one that the store's processes use already, unless the
 * one that was compiled here before is newer; else one made now. `stop` cuts the making short.
 */
export async function readyAdvisories(
  { engine, advisories, store }: Runtime,
  options: RuntimeOptions,
  stop: AbortSignal,
): Promise<void> {
  const inUse = options.db === undefined && store.engine === 'postgres' ? await advisories.current() : undefined;
  if (inUse?.ok === true) {
    const known = openKnown(process.env);
    const builtAt = known.ok ? known.value.info.builtAt : '';
    if (known.ok) known.value.close();
    if (builtAt <= inUse.value.database.info.builtAt) return;
  }
  const progress = progressOn(process.stderr, options.quiet === true);
  orThrow(await databaseFor(options, [], databaseContext(progress, stop)));
  progress.done();
  stop.throwIfAborted();
  orThrow(await engine.adopt(options.db ?? databasePath(process.env)));
}
