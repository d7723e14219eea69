/** From a target to its inventory: scan layers side by side (or take them from the cache), lay them over each other, combine. */
import type { Limits } from '../../artifacts/file.ts';
import { DEFAULT_LIMITS } from '../../artifacts/limits.ts';
import type { ArtifactSource, LayerBytes } from '../../artifacts/source.ts';
import { planTree } from '../../artifacts/tree/walk.ts';
import type { Inventory, Package, Target } from '../../model/package.ts';
import { incomplete, messageOf, notice, type Problem } from '../../model/problem.ts';
import type { Cataloger } from '../cataloger.ts';
import { compilePatterns } from '../classifier.ts';
import { CATALOGERS } from '../registry.ts';
import { type Assembled, assembleAll, type SeenExtract } from './assemble.ts';
import { type LayerCache, openLayerCache, scanSignature } from './cache.ts';
import { followLinks } from './links.ts';
import { type PendingJob, type PoolOptions, runJobs } from './pool.ts';
import { joinScans, type LayerScan, type Want } from './scan.ts';
import { directoryTree, mergedTree, type VisibleTree } from './tree.ts';

export interface InventoryOptions {
  /** Default: all that are registered. */
  readonly catalogers?: readonly Cataloger[];
  readonly limits?: Partial<Limits>;
  /** Where results of layers are kept between runs; none when absent. */
  readonly cacheDirectory?: string;
  /** Bound of that directory, bytes; default 1 GiB. */
  readonly cacheBytes?: number;
  /** Worker threads at most; 0 = this thread only; default: by the work and the machine. */
  readonly workers?: number;
  /** Also read lock files and manifests, which say what would be installed. Always on for projects. */
  readonly declared?: boolean;
  /**
   * Names this very code, so that what it makes of known layers can be kept too; default: the bundle's own name, which has a
   * hash of its content, and nothing for sources.
   */
  readonly build?: string;
  readonly signal?: AbortSignal;
  /** Called when a layer is done. */
  readonly progress?: (done: number, total: number, layer: string) => void;
}

interface Run {
  readonly source: ArtifactSource;
  readonly limits: Limits;
  readonly all: readonly Cataloger[];
  readonly running: readonly Cataloger[];
  readonly cache: LayerCache | undefined;
  readonly signature: string;
  readonly pool: PoolOptions;
  readonly problems: Problem[];
  /** Bytes of layers that have been opened, for a second pass. */
  readonly opened: Map<number, LayerBytes>;
  stored: boolean;
}

/** A tree with fewer directories on a level is walked by one thread. */
const TREE_LEAST = 256;
/** Shares are many more than threads, because nobody knows how large they are. */
const TREE_SHARES = 32;
/** What a share counts as when the number of threads is chosen. */
const TREE_SHARE_SIZE = 16 * 1024 * 1024;

const MAX_ALIKE = 1000;

const PACKAGE_DATABASES: ReadonlySet<Package['type']> = new Set(['deb', 'rpm', 'apk']);

function cacheKey(run: Run, layer: number, wants?: readonly Want[]): string | undefined {
  const key = run.source.layers[layer]?.cacheKey;
  return key === undefined ? undefined : `${key}\n${run.signature}\n${wants === undefined ? '' : JSON.stringify(wants)}`;
}

async function openLayer(run: Run, index: number): Promise<LayerBytes | undefined> {
  const known = run.opened.get(index);
  const layer = run.source.layers[index];
  if (known !== undefined || layer === undefined) return known;
  let result: Awaited<ReturnType<typeof layer.open>>;
  try {
    result = await layer.open(run.pool.signal);
  } catch (error) {
    result = { ok: false, problem: incomplete('layer-unreadable', `${layer.name} cannot be opened (${messageOf(error)}).`) };
  }
  if (result.ok) run.opened.set(index, result.value);
  else run.problems.push(layer.digest === undefined ? result.problem : { ...result.problem, layer: layer.digest });
  return result.ok ? result.value : undefined;
}

/** Shares of a directory tree that is large enough for several threads. */
async function sharesOf(run: Run, index: number): Promise<LayerBytes[] | undefined> {
  // Only trees are layers without a size; others are not opened before their turn.
  if (run.source.layers[index]?.size !== 0 || run.pool.workers === 0 || !run.pool.registered) return undefined;
  const bytes = await openLayer(run, index);
  if (bytes?.kind !== 'directory') return undefined;
  return planTree(bytes, run.limits, TREE_LEAST, TREE_SHARES)?.map((part) => ({ ...bytes, part }));
}

/** Takes the scans of the given layers from the cache or makes them; layers that cannot be opened are missing. */
async function scanAll(
  run: Run,
  layers: readonly { readonly index: number; readonly wants?: readonly Want[] }[],
  done: (index: number) => void,
): Promise<Map<number, LayerScan>> {
  const scans = new Map<number, LayerScan>();
  const jobs: PendingJob[] = [];
  const catalogers = run.running.map((cataloger) => cataloger.id);
  for (const { index, wants } of layers) {
    const layer = run.source.layers[index];
    if (layer === undefined) continue;
    const key = run.cache === undefined ? undefined : cacheKey(run, index, wants);
    const cached = key === undefined ? undefined : run.cache?.get(key);
    if (cached !== undefined) {
      scans.set(index, cached);
      done(index);
      continue;
    }
    const shares = wants === undefined ? await sharesOf(run, index) : undefined;
    if (shares !== undefined) {
      const parts: LayerScan[] = [];
      for (const [share, bytes] of shares.entries()) {
        const job = { bytes, name: layer.name, limits: run.limits, workspace: run.source.workspace, catalogers };
        const put = (scan: LayerScan): void => {
          parts[share] = scan;
          if (parts.filter(() => true).length < shares.length) return;
          scans.set(index, joinScans(parts));
          done(index);
        };
        jobs.push({ size: TREE_SHARE_SIZE, prepare: async () => job, done: put });
      }
      continue;
    }
    jobs.push({
      size: layer.size,
      prepare: async () => {
        const bytes = await openLayer(run, index);
        if (bytes === undefined) return undefined;
        return { bytes, name: layer.name, limits: run.limits, workspace: run.source.workspace, catalogers, wants };
      },
      done: (scan) => {
        scans.set(index, scan);
        if (key !== undefined) {
          run.cache?.put(key, scan);
          run.stored = true;
        }
        done(index);
      },
    });
  }
  await runJobs(jobs, run.pool);
  return scans;
}

const EMPTY: LayerScan = {
  extracts: [],
  names: '',
  symlinks: [],
  hardlinks: [],
  whiteouts: [],
  opaques: [],
  unread: [],
  problems: [],
};

function layerFacts(source: ArtifactSource, index: number): { layer?: string; createdBy?: string } {
  const layer = source.layers[index];
  const { digest, createdBy } = layer ?? {};
  return { ...(digest === undefined ? {} : { layer: digest }), ...(createdBy === undefined ? {} : { createdBy }) };
}

/**
 * For package databases, the layer that first had a package in this version: every later layer that installs anything rewrites
 * the database, and naming that layer would blame the wrong one.
 */
function originFinder(scans: readonly LayerScan[]): (seen: SeenExtract, purl: string) => number {
  const states = new Map<string, { layer: number; purls: ReadonlySet<string> }[]>();
  for (const [layer, { extracts }] of scans.entries()) {
    for (const { path, cataloger, extract } of extracts) {
      if (!extract.packages.some((draft) => PACKAGE_DATABASES.has(draft.type))) continue;
      const key = `${cataloger}\0${path}`;
      const state = { layer, purls: new Set(extract.packages.map((draft) => draft.purl)) };
      const list = states.get(key);
      if (list === undefined) states.set(key, [state]);
      else list.push(state);
    }
  }
  return ({ path, cataloger, layer }, purl) => {
    const list = states.get(`${cataloger}\0${path}`) ?? [];
    let origin = layer;
    for (let at = list.findLastIndex((state) => state.layer <= layer); at >= 0; at--) {
      const state = list[at];
      if (state === undefined || !state.purls.has(purl)) break;
      origin = state.layer;
    }
    return origin;
  };
}

function unreadNotice(scans: readonly LayerScan[], tree: VisibleTree): Problem[] {
  let count = 0;
  for (const [layer, { unread }] of scans.entries()) for (const path of unread) if (tree.visible(path, layer)) count++;
  if (count === 0) return [];
  const message = `${count} lock files and manifests were seen and not read: they say what would be installed, not what is. Ask for declared packages to read them.`;
  return [notice('declared-not-read', message)];
}

function sortProblems(problems: readonly Problem[]): Problem[] {
  const keyed = problems.map((problem) => ({
    key: [problem.path ?? '', problem.code, problem.layer ?? '', problem.message].join('\0'),
    problem,
  }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.filter(({ key }, index) => index === 0 || key !== keyed[index - 1]?.key).map(({ problem }) => problem);
}

/** Problems of one kind beyond the first thousand are counted: a report of a million lines helps nobody. */
function countAlike(problems: readonly Problem[]): Problem[] {
  const kinds = Map.groupBy(problems, ({ code, effect }) => `${code} ${effect}`);
  return [...kinds.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined || alike.length <= MAX_ALIKE) return alike;
    const message = `${alike.length - MAX_ALIKE} more problems of this kind are not listed.`;
    return [...alike.slice(0, MAX_ALIKE), { code: first.code, effect: first.effect, message }];
  });
}

function startRun(source: ArtifactSource, options: InventoryOptions): Run {
  const all = options.catalogers ?? CATALOGERS;
  const declared = options.declared === true || source.kind === 'project';
  const running = declared ? all : all.filter((cataloger) => cataloger.evidence === 'installed');
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const ran = running.map((cataloger) => cataloger.id);
  const { cacheDirectory, cacheBytes, workers, signal } = options;
  // Each layer keeps to the limit by itself; this is for all together, downloads included.
  const timeout = AbortSignal.timeout(limits.maxMilliseconds);
  const deadline = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  return {
    source,
    limits,
    all,
    running,
    cache: cacheDirectory === undefined ? undefined : openLayerCache(cacheDirectory, cacheBytes),
    signature: scanSignature(all, ran, limits),
    pool: { catalogers: all, workers, registered: options.catalogers === undefined, signal: deadline },
    problems: [],
    opened: new Map(),
    stored: false,
  };
}

/** `/somewhere/chunk-name-hash.js` → its name. */
const BUILD = /[^/]+\.js$/.exec(import.meta.url)?.[0];

/** Names everything that the answer for the whole target depends on; undefined when some of it is not known to be the same. */
function wholeKey({ source, signature, cache }: Run, build = BUILD): string | undefined {
  const layers = source.layers.map(({ cacheKey, name, digest, createdBy }) => [cacheKey, name, digest, createdBy]);
  if (cache === undefined || build === undefined || source.layers.some((layer) => layer.cacheKey === undefined)) return undefined;
  return JSON.stringify(['whole', build, signature, source.kind, layers]);
}

/** Scans the layers, lays them over each other and combines what they say; kept as a whole when nothing about it can change. */
async function assembleLayers(run: Run, options: InventoryOptions): Promise<Assembled> {
  const { source, problems } = run;
  const total = source.layers.length;
  const key = wholeKey(run, options.build);
  const known = key === undefined ? undefined : run.cache?.getWhole(key);
  if (known !== undefined) {
    options.progress?.(total, total, source.layers.at(-1)?.name ?? '');
    return known;
  }
  let finished = 0;
  const first = await scanAll(
    run,
    source.layers.map((_, index) => ({ index })),
    (index) => options.progress?.(++finished, total, source.layers[index]?.name ?? ''),
  );
  const scans = source.layers.map((_, index) => first.get(index) ?? EMPTY);
  const single = run.opened.get(0);
  const tree = single?.kind === 'directory' ? directoryTree(single.root) : mergedTree(scans);
  const classifier = compilePatterns(run.running);
  const links = followLinks(scans, tree, classifier, run.running);
  const second = await scanAll(
    run,
    [...links.wants].map(([index, wants]) => ({ index, wants })),
    () => {},
  );
  // Layers that could not be opened may be there the next time.
  const complete = problems.length === 0;

  const seen: SeenExtract[] = [];
  for (const [layer, { extracts }] of scans.entries()) {
    for (const file of extracts) if (tree.visible(file.path, layer)) seen.push({ ...file, layer });
  }
  for (const { layer, file } of links.shared) seen.push({ ...file, layer });
  for (const [layer, { extracts }] of second) for (const file of extracts) seen.push({ ...file, layer });
  for (const [layer, scan] of [...first, ...second]) {
    for (const problem of scan.problems) problems.push({ ...problem, ...layerDigest(source, layer) });
  }
  const assembled = assembleAll({
    seen,
    catalogers: run.running,
    tree,
    originOf: originFinder(scans),
    layer: (index) => layerFacts(source, index),
  });
  const whole = { ...assembled, problems: problems.concat(assembled.problems, unreadNotice(scans, tree)) };
  if (key !== undefined && complete) {
    run.cache?.putWhole(key, whole);
    run.stored = true;
  }
  if (run.stored) run.cache?.trim();
  return whole;
}

/** Takes the inventory of an opened target. Never rejects for what the target contains: that becomes `problems`. */
export async function takeInventory(source: ArtifactSource, options: InventoryOptions = {}): Promise<Inventory> {
  const assembled = await assembleLayers(startRun(source, options), options);
  const told = [...source.problems, ...assembled.problems];
  const { kind, name, digest, architecture, facts } = source;
  const os =
    assembled.os && facts?.kernelRelease !== undefined ? { ...assembled.os, kernelRelease: facts.kernelRelease } : assembled.os;
  const target: Target = {
    kind,
    name,
    ...(digest === undefined ? {} : { digest }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(os === undefined ? {} : { os }),
  };
  return { target, packages: assembled.packages, problems: sortProblems(countAlike(sortProblems(told))) };
}

function layerDigest(source: ArtifactSource, index: number): { layer?: string } {
  const digest = source.layers[index]?.digest;
  return digest === undefined ? {} : { layer: digest };
}
