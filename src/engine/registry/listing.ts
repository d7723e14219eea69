/** What a registry says it has: repositories, tags, and what a tag or digest is. Pages, time and counts are bounded. */
import { connect, type RegistryClient, type RegistryConnection, readBody } from '../../artifacts/image/client.ts';
import { type Descriptor, parseImageDocument } from '../../artifacts/image/manifest.ts';
import { choosePlatform, parsePlatform } from '../../artifacts/image/platform.ts';
import { parseReference } from '../../artifacts/image/reference.ts';
import { fetchManifest, MANIFEST_TYPES } from '../../artifacts/image/registry.ts';
import { MAX_DOCUMENT_BYTES } from '../../artifacts/limits.ts';
import { fields, texts } from '../../inventory/values.ts';
import { fail, incomplete, ok, type Problem, type Result } from '../../model/problem.ts';
import type { Sealer } from '../../store/seal.ts';
import { credentialsOf, type Registry } from './configuration.ts';

/** Entries of one list that are read: repositories of a registry, tags of a repository. */
const MOST_ENTRIES = 10_000;
const PAGE = 100;
const MOST_PAGES = 1_000;
/** A request is given up after this long. */
const ANSWER_MS = 60_000;
/** Images of one index. */
const MOST_CHILDREN = 50;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Media types of configurations of images; others are of artifacts: charts, signatures, attestations. */
const IMAGE_CONFIGS = new Set(['', 'application/vnd.docker.container.image.v1+json', 'application/vnd.oci.image.config.v1+json']);

export interface Listed {
  /** Sorted. */
  readonly names: readonly string[];
  /** Set when there are more, or the list could not be read to its end. */
  readonly problem?: Problem;
}

/** What a manifest is. */
export type Content =
  | { readonly kind: 'image'; readonly bytes: number }
  | { readonly kind: 'index'; readonly images: readonly string[] }
  | { readonly kind: 'other'; readonly mediaType: string };

/**
 * Connects to a watched registry. One that does not know `/v2/` is none (distribution specification, "Determining Support"): what it
 * says is not there, such as a proxy's whose registry is away, says nothing of images.
 */
export async function connectTo(
  registry: Registry,
  sealer: Sealer,
  options: { readonly signal?: AbortSignal; readonly retryMilliseconds?: number },
): Promise<Result<RegistryConnection>> {
  const credentials = credentialsOf(registry, sealer);
  const { address, insecure } = registry;
  const reference = parseReference(`${address}/repository`);
  const host = reference.ok ? reference.value.registry : address;
  const connected = await connect(host, {
    ...options,
    insecure,
    answerMilliseconds: ANSWER_MS,
    ...(credentials !== undefined && { credentials }),
  });
  if (!connected.ok) return connected;
  const asked = await connected.value.client().get('', {});
  if (asked.ok) await asked.value.body?.cancel();
  else if (asked.problem.code === 'image-not-found') {
    const message = `${host} answers, and not as a registry does: there is no registry at its /v2/. Its images stay as they were.`;
    return fail(incomplete('registry-failed', message));
  }
  return connected;
}

/** The query of the next page (distribution specification, "Link" header); only the query is taken, so it leads nowhere else. */
function nextQuery(link: string | null): string | undefined {
  const target = /^\s*<([^>]{1,4096})>\s*;[^,]*\brel="?next"?/i.exec(link ?? '')?.[1];
  return target === undefined ? undefined : URL.parse(target, 'http://registry')?.search.slice(1);
}

/** Reads a list in pages. */
async function list(
  client: RegistryClient,
  path: string,
  member: string,
  good: (name: string) => boolean,
): Promise<Listed & { readonly status?: 'missing' }> {
  const names = new Set<string>();
  const done = (problem?: Problem) => ({ names: [...names].sort(), ...(problem !== undefined && { problem }) });
  let query: string | undefined = `n=${PAGE}`;
  for (let page = 0; query !== undefined; page++) {
    const answer: Result<Response> = await client.get(`${path}?${query}`, { accept: 'application/json' });
    if (!answer.ok) {
      // A repository whose last manifest was deleted is unknown to some registries.
      if (answer.problem.code === 'image-not-found' && page === 0) return { ...done(), status: 'missing' };
      return done(answer.problem);
    }
    const next = nextQuery(answer.value.headers.get('link'));
    const before = names.size;
    try {
      const body: unknown = JSON.parse((await readBody(answer.value, MAX_DOCUMENT_BYTES))?.toString('utf8') ?? '');
      for (const name of texts(fields(body)?.[member])) if (good(name)) names.add(name);
    } catch {
      return done(incomplete('registry-list-invalid', `The registry answers ${path} with something that is not a list.`));
    }
    // A page without anything new would be followed by itself.
    if (next === undefined || next === query || (names.size === before && page > 0)) return done();
    if (names.size >= MOST_ENTRIES || page >= MOST_PAGES) {
      const message = `The registry has more than ${MOST_ENTRIES} entries in ${path}: the others are not watched. Name what is to be watched in rules.`;
      return done(incomplete('registry-list-too-long', message));
    }
    query = next;
  }
  return done();
}

/** The repositories of a registry. Fails when it does not tell them at all. */
export async function listRepositories(connection: RegistryConnection): Promise<Result<Listed>> {
  const good = (name: string) => parseReference(`registry.example/${name}`).ok && !/[:@]/.test(name);
  const listed = await list(connection.client(), '_catalog', 'repositories', good);
  if (listed.status === 'missing' || (listed.problem !== undefined && listed.names.length === 0)) {
    const why = listed.problem === undefined ? 'it has no catalog' : listed.problem.message;
    const message = `The repositories of this registry cannot be listed (${why}). Name them in its rules, without patterns.`;
    return fail(incomplete('registry-not-listed', message));
  }
  return ok(listed);
}

/** The tags of a repository; none when the registry does not know it. */
export async function listTags(client: RegistryClient): Promise<Listed> {
  const { names, problem } = await list(client, 'tags/list', 'tags', (name) => TAG.test(name));
  return problem === undefined ? { names } : { names, problem };
}

/** The digest of a tag, or a digest itself when it is there; undefined: the registry answers that there is none. */
export async function digestOf(client: RegistryClient, by: string): Promise<Result<string | undefined>> {
  const answer = await client.get(`manifests/${by}`, { accept: MANIFEST_TYPES }, 'HEAD');
  if (!answer.ok) return answer.problem.code === 'image-not-found' ? ok(undefined) : answer;
  await answer.value.body?.cancel();
  const digest = answer.value.headers.get('docker-content-digest') ?? '';
  if (DIGEST.test(digest)) return ok(digest);
  // The specification does not demand the header.
  const fetched = await fetchManifest(client, by, by);
  return fetched.ok ? ok(fetched.value.digest) : fetched;
}

/** The images of an index that are scanned: those for the platforms, or all where it has none of them. */
function chosen(manifests: readonly Descriptor[], platforms: readonly string[]): readonly string[] {
  const images = manifests.filter(({ attachment }) => !attachment);
  const wanted = platforms.flatMap((text) => {
    const platform = parsePlatform(text);
    if (!platform.ok) return [];
    const choice = choosePlatform(images, platform.value, '');
    return choice.ok ? [choice.value.descriptor.digest] : [];
  });
  const digests = wanted.length > 0 ? wanted : images.map(({ digest }) => digest);
  return [...new Set(digests)].slice(0, MOST_CHILDREN);
}

/** What a digest is: read and checked. */
export async function contentOf(client: RegistryClient, digest: string, platforms: readonly string[]): Promise<Result<Content>> {
  const fetched = await fetchManifest(client, digest, digest);
  if (!fetched.ok) return fetched;
  const document = parseImageDocument(fetched.value.bytes, `The manifest ${digest}`);
  if (!document.ok) return ok({ kind: 'other', mediaType: document.problem.code });
  if (document.value.kind === 'index') return ok({ kind: 'index', images: chosen(document.value.manifests, platforms) });
  const { config, layers } = document.value.manifest;
  if (!IMAGE_CONFIGS.has(config.mediaType)) return ok({ kind: 'other', mediaType: config.mediaType });
  return ok({ kind: 'image', bytes: layers.reduce((sum, { size }) => sum + size, 0) });
}
