/** Images in a registry: the manifest is resolved at once, layers are fetched and verified when they are needed. */
import { createHash } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fail, incomplete, messageOf, ok, type Problem, type Result } from '../../model/problem.ts';
import { MAX_DOCUMENT_BYTES } from '../limits.ts';
import type { LayerDescriptor } from '../source.ts';
import { type ClientOptions, openClient, type RegistryClient, readBody } from './client.ts';
import { countProblem, type LocalOptions, layerFacts, type OpenedImage } from './local.ts';
import { type Descriptor, digestOf, parseConfig, parseImageDocument } from './manifest.ts';
import { choosePlatform, platformText } from './platform.ts';
import { parseReference, type Reference } from './reference.ts';

export type RegistryOptions = Omit<ClientOptions, 'signal' | 'answerMilliseconds'>;

/** Media types of manifests and indexes, as an `Accept` header. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const MAX_INDEX_DEPTH = 4;
const MAX_DOWNLOADS = 3;

interface Fetched {
  readonly bytes: Buffer;
  readonly digest: string;
}

/** A manifest or index, checked against the digest it was asked by, else against the one the registry says. */
export async function fetchManifest(client: RegistryClient, name: string, by: string): Promise<Result<Fetched>> {
  const response = await client.get(`manifests/${by}`, { accept: MANIFEST_TYPES });
  if (!response.ok) return response;
  const bytes = await readBody(response.value, MAX_DOCUMENT_BYTES);
  if (bytes === undefined) {
    return fail(incomplete('file-too-large', `The manifest of ${name} has more than ${MAX_DOCUMENT_BYTES} bytes.`));
  }
  const said = response.value.headers.get('docker-content-digest');
  const expected = by.includes(':') ? by : said;
  const digest = digestOf(bytes, expected ?? undefined);
  if (expected !== null && digest !== expected) {
    const message = `The manifest of ${name} does not match its digest ${expected}: it was changed on the way or the registry is broken.`;
    return fail(incomplete('digest-mismatch', message));
  }
  return ok({ bytes, digest });
}

async function fetchDocument(client: RegistryClient, reference: Reference, descriptor: Descriptor): Promise<Result<Buffer>> {
  const response = await client.get(`blobs/${descriptor.digest}`, {});
  if (!response.ok) return response;
  const bytes = await readBody(response.value, MAX_DOCUMENT_BYTES);
  if (bytes === undefined)
    return fail(incomplete('file-too-large', `The configuration of ${reference.name} is too large to be one.`));
  if (digestOf(bytes, descriptor.digest) === descriptor.digest) return ok(bytes);
  return fail(incomplete('digest-mismatch', `The configuration of ${reference.name} does not match its digest.`));
}

/** Streams a blob to a file while hashing it; nothing of it is looked at unless the digest holds. */
async function downloadBlob(
  client: RegistryClient,
  descriptor: Descriptor,
  file: string,
  name: string,
  signal?: AbortSignal,
): Promise<Result<number>> {
  const response = await client.get(`blobs/${descriptor.digest}`, {});
  if (!response.ok) return response;
  const hash = createHash(descriptor.digest.startsWith('sha512:') ? 'sha512' : 'sha256');
  let size = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      hash.update(chunk);
      done(size > descriptor.size ? new RangeError('larger than its manifest says') : null, chunk);
    },
  });
  if (response.value.body === null) return fail(incomplete('registry-failed', `The registry sent nothing for ${name}.`));
  try {
    const target = createWriteStream(file, { mode: 0o600, highWaterMark: 1024 * 1024 });
    await pipeline(Readable.fromWeb(response.value.body), check, target, { signal });
  } catch (error) {
    return fail(incomplete('layer-download-failed', `${name} could not be fetched (${messageOf(error)}). Try again.`));
  }
  if (size === descriptor.size && hash.digest('hex') === descriptor.digest.slice(descriptor.digest.indexOf(':') + 1))
    return ok(size);
  return fail(incomplete('digest-mismatch', `${name} does not match its digest ${descriptor.digest}; it was not looked at.`));
}

/** At most a few downloads at once, in the order they are asked for. */
function limiter(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resume) => waiting.push(resume));
    running++;
    try {
      return await work();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}

/** Codes of downloads that a second try can mend. */
const MENDABLE = new Set(['layer-download-failed', 'digest-mismatch']);

interface LayerSource {
  readonly client: RegistryClient;
  readonly workspace: string;
  readonly maxBytes: number;
  readonly limit: ReturnType<typeof limiter>;
  /** Images repeat layers; each blob is fetched once. */
  readonly fetched: Map<string, ReturnType<LayerDescriptor['open']>>;
}

function registryLayer(source: LayerSource, descriptor: Descriptor, facts: ReturnType<typeof layerFacts>): LayerDescriptor {
  const { digest, size, mediaType } = descriptor;
  const download = (signal?: AbortSignal): ReturnType<LayerDescriptor['open']> => {
    const file = join(source.workspace, digest.replace(':', '-'));
    return source.limit(async () => {
      let result = await downloadBlob(source.client, descriptor, file, facts.name, signal);
      if (!result.ok && MENDABLE.has(result.problem.code) && signal?.aborted !== true) {
        result = await downloadBlob(source.client, descriptor, file, facts.name, signal);
      }
      if (result.ok) return ok({ kind: 'tar', file, offset: 0, size, verified: true });
      rmSync(file, { force: true });
      const foreign = /nondistributable|foreign/.test(mediaType) && result.problem.code === 'image-not-found';
      const message = `${facts.name} is a foreign layer that this registry does not hold; it was not assessed.`;
      return foreign ? fail(incomplete('layer-not-distributable', message)) : result;
    });
  };
  const open: LayerDescriptor['open'] = async (signal) => {
    if (mediaType.includes('+encrypted')) {
      return fail(incomplete('layer-encrypted', `${facts.name} is encrypted; it was not assessed.`));
    }
    if (size > source.maxBytes) {
      return fail(incomplete('archive-too-large', `${facts.name} has ${size} bytes, more than the limit of ${source.maxBytes}.`));
    }
    const started = source.fetched.get(digest) ?? download(signal);
    source.fetched.set(digest, started);
    return started;
  };
  // The digest is verified before anything is read, so it names the content: whoever forges it has broken SHA-256.
  return { ...facts, size, cacheKey: `blob:${digest}`, open };
}

/** Opens an image by reference. Only documents are fetched now. */
export async function openRegistryImage(text: string, options: RegistryOptions & LocalOptions): Promise<Result<OpenedImage>> {
  const reference = parseReference(text.replace(/^docker:\/\//, ''));
  if (!reference.ok) return reference;
  const opened = await openClient(reference.value, { ...options, answerMilliseconds: options.limits.maxMilliseconds });
  if (!opened.ok) return opened;
  const client = opened.value;
  const { name, tag, digest } = reference.value;
  const problems: Problem[] = [];
  let by = digest ?? tag ?? 'latest';
  for (let depth = 0; depth < MAX_INDEX_DEPTH; depth++) {
    const fetched = await fetchManifest(client, name, by);
    if (!fetched.ok) return fetched;
    const document = parseImageDocument(fetched.value.bytes, `The manifest of ${name}`);
    if (!document.ok) return document;
    if (document.value.kind === 'index') {
      const choice = choosePlatform(document.value.manifests, options.platform, name);
      if (!choice.ok) return choice;
      if (choice.value.problem !== undefined) problems.push(choice.value.problem);
      by = choice.value.descriptor.digest;
      continue;
    }
    const { config, layers } = document.value.manifest;
    const bytes = await fetchDocument(client, reference.value, config);
    if (!bytes.ok) return bytes;
    const facts = parseConfig(bytes.value, `The configuration of ${name}`);
    if (!facts.ok) return facts;
    const { os, architecture } = facts.value.platform;
    const asked = options.platform;
    if (asked !== undefined && architecture !== '' && (asked.architecture !== architecture || asked.os !== os)) {
      return fail(incomplete('platform-not-found', `${name} is an image for ${os}/${architecture}, not ${platformText(asked)}.`));
    }
    problems.push(...countProblem(name, layers.length, facts.value.diffIds.length), ...client.problems);
    const source: LayerSource = {
      client,
      workspace: options.workspace,
      maxBytes: options.limits.maxTotalBytes,
      limit: limiter(MAX_DOWNLOADS),
      fetched: new Map(),
    };
    return ok({
      digest: fetched.value.digest,
      architecture: architecture || undefined,
      problems,
      layers: layers.map((layer, index) =>
        registryLayer(source, layer, layerFacts(index, layers.length, facts.value, layer.digest)),
      ),
    });
  }
  return fail(incomplete('image-document-corrupt', `${name} nests indexes deeper than ${MAX_INDEX_DEPTH}.`));
}
