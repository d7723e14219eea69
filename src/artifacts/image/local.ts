/** Local images: `docker save` archives, OCI layouts in a directory or an archive; uncompressed, gzip or zstd outside. */
import { closeSync, openSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, incomplete, notice, ok, type Problem, type Result } from '../../model/problem.ts';
import { compressionOf, inflateProblem } from '../compression.ts';
import type { Limits } from '../file.ts';
import { inflatedChunks } from '../inflate.ts';
import { normalisePath } from '../paths.ts';
import type { ArtifactSource, LayerDescriptor } from '../source.ts';
import { writeAll } from '../tar/cursor.ts';
import { headOf } from './head.ts';
import {
  type Descriptor,
  digestOf,
  isRecord,
  listOf,
  MAX_LAYERS,
  type Platform,
  parseConfig,
  parseImageDocument,
  textOf,
} from './manifest.ts';
import { choosePlatform, platformText } from './platform.ts';
import { archiveStore, blobPath, directoryStore, type ImageStore, type Range, readPart } from './store.ts';

export interface LocalOptions {
  readonly limits: Limits;
  readonly platform?: Platform;
  readonly workspace: string;
  readonly signal?: AbortSignal;
}

/** An image without its life cycle. */
export type OpenedImage = Pick<ArtifactSource, 'digest' | 'architecture' | 'layers' | 'problems'>;

const MAX_INDEX_DEPTH = 4;
/** Images of one archive whose configurations are looked at for their platform. */
const MAX_IMAGES = 100;
const FOREIGN = /nondistributable|foreign/;

/** `blob` is what an OCI manifest says of the layer. */
function layerOf(
  store: ImageStore,
  range: Range | undefined,
  facts: Omit<LayerDescriptor, 'size' | 'open'>,
  blob?: Descriptor,
): LayerDescriptor {
  if (range === undefined) {
    const foreign = FOREIGN.test(blob?.mediaType ?? '');
    const message = foreign
      ? `${facts.name} is a foreign layer that ${store.name} does not hold; it was not assessed.`
      : `${store.name} has no content for ${facts.name}; it was not assessed. Save or fetch the image again.`;
    const problem = incomplete(foreign ? 'layer-not-distributable' : 'layer-missing', message);
    return { ...facts, size: 0, open: async () => fail(problem) };
  }
  const { file, offset, size, identity } = range;
  const digest = blob?.digest;
  const open: LayerDescriptor['open'] = async () =>
    ok({ kind: 'tar', file, offset, size, ...(digest === undefined ? {} : { digest }) });
  const cacheKey = ['file', identity, offset, size, facts.digest ?? '', digest ?? ''].join(':');
  return { ...facts, size, cacheKey, open };
}

/** Layers that differ cannot have the same bytes, and none at all is no image that anything could be found in. */
function layerProblems(
  name: string,
  layers: readonly { readonly range: Range | undefined; readonly digest?: string }[],
): Problem[] {
  if (layers.length === 0) return [incomplete('image-empty', `${name} has no layers: there is nothing to assess.`)];
  const digests = new Map<string, string>();
  for (const { range, digest } of layers) {
    if (range === undefined || digest === undefined) continue;
    const place = `${range.file}:${range.offset}`;
    const known = digests.get(place) ?? digest;
    if (known !== digest) {
      const message = `${name} names the same content for the layers ${known} and ${digest}: one of them is missing. Save or fetch it again.`;
      return [incomplete('image-inconsistent', message)];
    }
    digests.set(place, digest);
  }
  return [];
}

function layerName(index: number, count: number, digest: string | undefined): string {
  return `layer ${index + 1} of ${count}${digest === undefined ? '' : ` (${digest.slice(0, 19)})`}`;
}

/** Facts of every layer of a configuration: what it is called, its diff id and history line. */
export function layerFacts(
  index: number,
  count: number,
  config: { readonly diffIds: readonly string[]; readonly createdBy?: readonly string[] },
  fallback?: string,
): Omit<LayerDescriptor, 'size' | 'open'> {
  // Where the numbers differ nobody knows which diff id belongs to which layer.
  const digest = (config.diffIds.length === count ? config.diffIds[index] : undefined) ?? fallback;
  const line = config.createdBy?.length === count ? config.createdBy[index] : undefined;
  const name = layerName(index, count, digest);
  return { name, ...(digest === undefined ? {} : { digest }), ...(line ? { createdBy: line } : {}) };
}

/** Told when layers and diff ids of an image do not correspond: something is missing or made up. */
export function countProblem(name: string, layers: number, diffIds: number): Problem[] {
  if (layers === diffIds) return [];
  const message = `${name} has ${layers} layers, but its configuration lists ${diffIds}: parts are missing. Save or fetch it again.`;
  return [incomplete('image-inconsistent', message)];
}

function openDockerArchive(store: ImageStore, bytes: Buffer, asked: Platform | undefined): Result<OpenedImage> {
  let list: unknown;
  try {
    list = JSON.parse(bytes.toString('utf8'));
  } catch {
    list = undefined;
  }
  const images = listOf(list).filter(isRecord);
  const problems: Problem[] = [...store.problems];
  let chosen: { image: Record<string, unknown>; config: ReturnType<typeof parseConfig>; digest?: string } | undefined;
  for (const image of images.slice(0, MAX_IMAGES)) {
    const path = normalisePath(textOf(image.Config) ?? '');
    const document = path === undefined || path === '' ? undefined : readPart(store, path);
    const config = document?.ok
      ? parseConfig(document.value, `the configuration of ${store.name}`)
      : fail(document?.problem ?? incomplete('image-part-missing', `${store.name} names no configuration.`));
    const platform = config.ok ? config.value.platform : undefined;
    const fits = asked === undefined || (platform?.os === asked.os && platform.architecture === asked.architecture);
    if (!fits) continue;
    chosen = { image, config, digest: document?.ok ? digestOf(document.value) : undefined };
    break;
  }
  if (chosen === undefined) {
    const message =
      images.length === 0
        ? `manifest.json of ${store.name} lists no image.`
        : `${store.name} has no image for ${asked === undefined ? 'any platform' : platformText(asked)}.`;
    return fail(incomplete(images.length === 0 ? 'image-empty' : 'platform-not-found', message));
  }
  const { image, config, digest } = chosen;
  if (!config.ok) problems.push(config.problem);
  // Most tools name the configuration by its digest.
  const hex = /(?:^|[/:])([0-9a-f]{64})(?:\.json)?$/.exec(textOf(image.Config) ?? '')?.[1];
  if (hex !== undefined && digest !== undefined && digest !== `sha256:${hex}`) problems.push(mismatch(store, hex));
  if (images.length > 1) {
    const tags = listOf(image.RepoTags).filter((tag) => typeof tag === 'string');
    const message = `${store.name} holds ${images.length} images; ${tags[0] ?? 'the first'} was assessed. Save the others one by one.`;
    problems.push(notice('image-several', message));
  }
  const facts = config.ok ? config.value : { diffIds: [], platform: { os: '', architecture: '' } };
  const named = listOf(image.Layers);
  if (named.length > MAX_LAYERS) {
    return fail(incomplete('image-document-corrupt', `manifest.json of ${store.name} lists more than ${MAX_LAYERS} layers.`));
  }
  const paths = named.map((path) => normalisePath(textOf(path) ?? '') ?? '');
  problems.push(...(config.ok ? countProblem(store.name, paths.length, facts.diffIds.length) : []));
  const found = paths.map((path, index) => ({ range: store.locate(path), ...layerFacts(index, paths.length, facts) }));
  problems.push(...layerProblems(store.name, found));
  const layers = found.map(({ range, ...layer }) => layerOf(store, range, layer));
  const architecture = facts.platform.architecture || undefined;
  return ok({ layers, problems, architecture, digest });
}

function mismatch(store: ImageStore, digest: string): Problem {
  const message = `${digest} of ${store.name} does not match its digest: somebody changed it, or it is damaged. Fetch it again.`;
  return incomplete('digest-mismatch', message);
}

/** Reads an index, manifest or configuration by digest. Content that is not what its digest says is told, and still assessed. */
function readVerified(store: ImageStore, descriptor: Descriptor, problems: Problem[]): Result<Buffer> {
  const bytes = readPart(store, blobPath(descriptor.digest));
  if (bytes.ok && digestOf(bytes.value, descriptor.digest) !== descriptor.digest) {
    problems.push(mismatch(store, descriptor.digest));
  }
  return bytes;
}

function openOciLayout(store: ImageStore, asked: Platform | undefined): Result<OpenedImage> {
  const problems: Problem[] = [...store.problems];
  let bytes = readPart(store, 'index.json');
  let digest: string | undefined;
  for (let depth = 0; depth < MAX_INDEX_DEPTH; depth++) {
    if (!bytes.ok) return bytes;
    const document = parseImageDocument(bytes.value, `the index or manifest of ${store.name}`);
    if (!document.ok) return document;
    if (document.value.kind === 'index') {
      const choice = choosePlatform(document.value.manifests, asked, store.name);
      if (!choice.ok) return choice;
      if (choice.value.problem !== undefined) problems.push(choice.value.problem);
      digest = choice.value.descriptor.digest;
      bytes = readVerified(store, choice.value.descriptor, problems);
      continue;
    }
    const { config, layers } = document.value.manifest;
    const read = readVerified(store, config, problems);
    const parsed = read.ok ? parseConfig(read.value, `the configuration of ${store.name}`) : read;
    if (!parsed.ok) problems.push(parsed.problem);
    const facts = parsed.ok ? parsed.value : { diffIds: [], platform: { os: '', architecture: '' } };
    const { architecture, os } = facts.platform;
    if (asked !== undefined && architecture !== '' && (architecture !== asked.architecture || os !== asked.os)) {
      return fail(
        incomplete('platform-not-found', `${store.name} is an image for ${os}/${architecture}, not ${platformText(asked)}.`),
      );
    }
    problems.push(...(parsed.ok ? countProblem(store.name, layers.length, facts.diffIds.length) : []));
    const found = layers.map((blob, index) => {
      const range = store.locate(blobPath(blob.digest));
      if (range !== undefined && range.size !== blob.size) problems.push(mismatch(store, blob.digest));
      return { blob, range, facts: layerFacts(index, layers.length, facts, blob.digest) };
    });
    problems.push(
      ...layerProblems(
        store.name,
        found.map(({ range, facts: { digest: id } }) => ({ range, digest: id })),
      ),
    );
    const opened = found.map(({ blob, range, facts: layer }) => layerOf(store, range, layer, blob));
    return ok({ layers: opened, problems, architecture: architecture || undefined, digest });
  }
  return fail(incomplete('image-document-corrupt', `${store.name} nests indexes deeper than ${MAX_INDEX_DEPTH}.`));
}

/** Inflates a compressed archive into the workspace, because the order of its parts is not the order they are needed in. */
async function inflateArchive(file: string, name: string, stat: Stats, options: LocalOptions): Promise<Result<string>> {
  const compression = compressionOf(headOf(file));
  if (compression === 'none') return ok(file);
  if (compression === undefined) {
    const message = `${name} is compressed with bzip2, xz or lz4, which are not read. Save it again with gzip, zstd or none.`;
    return fail(incomplete('archive-unsupported', message));
  }
  const target = join(options.workspace, 'image.tar');
  const bound = options.limits.maxTotalBytes;
  let total = 0;
  const input = openSync(file, 'r');
  const output = openSync(target, 'wx', 0o600);
  try {
    const range = { file, fd: input, offset: 0, size: stat.size, signal: options.signal };
    for await (const chunk of inflatedChunks(range, compression)) {
      total += chunk.length;
      if (total > bound) throw new RangeError('limit');
      writeAll(output, chunk);
    }
    return ok(target);
  } catch (error) {
    if (!(error instanceof RangeError)) return fail(inflateProblem(error, name));
    return fail(
      incomplete('archive-too-large', `${name} inflates to more than the limit of ${bound} bytes; it was not assessed.`),
    );
  } finally {
    closeSync(input);
    closeSync(output);
  }
}

/** Opens an image file or OCI layout directory. */
export async function openLocalImage(path: string, name: string, options: LocalOptions): Promise<Result<OpenedImage>> {
  const stat = statSync(path);
  let store: ImageStore;
  if (stat.isDirectory()) store = directoryStore(path, name);
  else {
    const inflated = await inflateArchive(path, name, stat, options);
    if (!inflated.ok) return inflated;
    store = await archiveStore(inflated.value, name, options.limits);
  }
  const manifest = store.locate('manifest.json') === undefined ? undefined : readPart(store, 'manifest.json');
  if (manifest !== undefined) return manifest.ok ? openDockerArchive(store, manifest.value, options.platform) : manifest;
  if (store.locate('index.json') !== undefined) return openOciLayout(store, options.platform);
  const damage = store.problems[0];
  if (damage !== undefined) return fail(damage);
  const message = `${name} is neither a docker archive (no manifest.json) nor an OCI layout (no index.json). For an unpacked root file system use “scan rootfs”.`;
  return fail(incomplete('image-unrecognised', message));
}
