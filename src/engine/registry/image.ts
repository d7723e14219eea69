/** Reading one image of a watched registry, and handing in its inventory. */
import { text } from '../../inventory/values.ts';
import { ATTEMPTS, type Job } from '../../jobs/index.ts';
import type { Inventory } from '../../model/package.ts';
import { ok, type Problem, type Result } from '../../model/problem.ts';
import { setStatus } from '../coverage.ts';
import { credentialsOf, frequencyOf, type Registry, readRegistry } from './configuration.ts';
import type { Parts } from './parts.ts';
import { describe, imageRows, ONCE, REFUSED, storeUnreadImage } from './rows.ts';
import { readState, tagsByImage } from './state.ts';

/** What came between and may not come again: the image is read once more rather than assessed without some of it. */
const PASSING = new Set([
  'registry-unreachable',
  'registry-failed',
  'registry-unauthorised',
  'layer-download-failed',
  'digest-mismatch',
  'image-not-found',
]);
/** Threads that read an image: they are not the one that answers the API. */
const THREADS = 1;

/** The inventory of an image; fails when not all of it could be fetched. */
async function read(
  { sealer, cacheDirectory, imageMilliseconds, retryMilliseconds }: Parts,
  registry: Registry,
  image: string,
  signal: AbortSignal,
): Promise<Result<Inventory>> {
  const limits = { maxMilliseconds: imageMilliseconds };
  const credentials = credentialsOf(registry, sealer);
  // Most servers watch no registry: what reads images is loaded with the first one.
  const [{ openImage }, { takeInventory }] = await Promise.all([
    import('../../artifacts/open.ts'),
    import('../../inventory/pipeline/index.ts'),
  ]);
  const opened = await openImage(`docker://${registry.address}/${image}`, {
    limits,
    signal,
    insecure: registry.insecure,
    ...(credentials !== undefined && { credentials }),
    ...(retryMilliseconds !== undefined && { retryMilliseconds }),
  });
  if (!opened.ok) return opened;
  try {
    const cache = cacheDirectory === undefined ? {} : { cacheDirectory };
    const inventory = await takeInventory(opened.value, { limits, signal, workers: THREADS, ...cache });
    const cut = inventory.problems.find(({ code }) => PASSING.has(code));
    return cut === undefined ? ok(inventory) : { ok: false, problem: cut };
  } finally {
    opened.value.close();
  }
}

function failureOf({ code }: Problem): { readonly code: string; readonly reason: string } {
  if (code === 'registry-unauthorised') return REFUSED;
  if (code === 'image-unsupported' || code === 'image-document-corrupt')
    return { code: 'INACTIVE', reason: 'UNSUPPORTED_MEDIA_TYPE' };
  return { code: 'INACTIVE', reason: 'INTERNAL_ERROR' };
}

/** The job `image`. Rejects for what trying again may mend. */
export async function readImage(parts: Parts, { payload, attempt, signal }: Job): Promise<void> {
  const { store, engine, clock, log } = parts;
  const [account, name] = [text(payload.account), text(payload.registry)];
  const [repository, digest] = [text(payload.repository), text(payload.digest)];
  const at = typeof payload.pushedAt === 'number' ? payload.pushedAt : clock();
  if (account === undefined || name === undefined || repository === undefined || digest === undefined) return;
  const registry = await readRegistry(store.read, { account, name });
  const frequency = registry === undefined ? undefined : frequencyOf(registry, repository);
  if (registry === undefined || frequency === undefined || frequency === 'MANUAL') return;
  const row = (await imageRows(store.read, registry, repository)).find((one) => one.digest === digest);
  const tagged = async () => tagsByImage(await readState(store.read, registry, repository)).get(digest);
  // Read already, or deleted again.
  if (row?.read === true || (await tagged()) === undefined) return;
  const started = clock();
  const inventory = await read(parts, registry, `${repository}@${digest}`, signal);
  if (signal.aborted) throw new Error('stopped before the image was read');
  const tags = (await tagged()) ?? [];
  const description = describe(registry, repository, { digest, tags, pushedAt: at });
  if (!inventory.ok) {
    const { problem } = inventory;
    const status = failureOf(problem);
    await store.write((tx) => storeUnreadImage(tx, registry, description, { status, problems: [problem], now: clock() }));
    log.error({ registry: name, repository, digest, attempt, attempts: ATTEMPTS, code: problem.code }, problem.message);
    if (PASSING.has(problem.code)) throw new Error(problem.message);
    return;
  }
  const { value } = inventory;
  const done = await engine.ingest({
    description,
    inventory: { ...value, target: { ...value.target, name: repository } },
    place: { account, region: registry.region },
    origin: 'registry',
    trigger: 'inventory',
  });
  if (!done.ok) throw new Error(done.problem.message);
  if (frequency === 'SCAN_ON_PUSH') {
    await store.write(async (tx) => {
      const after = (await imageRows(tx, registry, repository)).find((one) => one.digest === digest);
      if (after?.reason === 'SUCCESSFUL') await setStatus(tx, after.id, ONCE, clock());
    });
  }
  const { created, reopened, closed } = done.value.changes;
  log.info(
    {
      registry: name,
      repository,
      digest,
      packages: value.packages.length,
      created: created.length + reopened.length,
      closed: closed.length,
      milliseconds: clock() - started,
    },
    'an image was read',
  );
}
