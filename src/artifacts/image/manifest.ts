/** The documents of images: OCI image specification v1.1, Docker schema 2, and `docker save`'s manifest.json. */
import { createHash } from 'node:crypto';
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` or `sha512:` and hex digits: checked, safe in paths and URLs. */
  readonly digest: string;
  readonly size: number;
  readonly platform?: Platform;
  /** True for documents about images (signatures, attestations) rather than images. */
  readonly attachment: boolean;
}

interface ImageManifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface ImageConfig {
  readonly platform: Platform;
  readonly diffIds: readonly string[];
  /** `created_by` of the history lines that made a layer; undefined when they do not match the layers. */
  readonly createdBy?: readonly string[];
}

export type ImageDocument =
  | { readonly kind: 'index'; readonly manifests: readonly Descriptor[] }
  | { readonly kind: 'manifest'; readonly manifest: ImageManifest };

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
/** Layers of one image; container runtimes end at 127. */
export const MAX_LAYERS = 1000;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Parses a JSON document of an image. */
function parseDocument(bytes: Uint8Array, name: string): Result<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    if (isRecord(value)) return ok(value);
  } catch {
    // Told below: the parser's own message quotes the document.
  }
  return fail(incomplete('image-document-corrupt', `${name} is not the JSON document it should be. Fetch the image again.`));
}

/** The digest of bytes by the algorithm of another digest. */
export function digestOf(bytes: Uint8Array, like = 'sha256:'): string {
  const algorithm = like.startsWith('sha512:') ? 'sha512' : 'sha256';
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

function platformOf(value: unknown): Platform | undefined {
  if (!isRecord(value)) return undefined;
  const os = textOf(value.os);
  const architecture = textOf(value.architecture);
  if (os === undefined || architecture === undefined || os === 'unknown') return undefined;
  const variant = textOf(value.variant);
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

function descriptorOf(value: unknown): Descriptor | undefined {
  if (!isRecord(value)) return undefined;
  const digest = textOf(value.digest) ?? '';
  const size = value.size;
  if (!DIGEST.test(digest) || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
  const platform = platformOf(value.platform);
  const annotations = isRecord(value.annotations) ? value.annotations : {};
  const unknown = isRecord(value.platform) && value.platform.os === 'unknown';
  const attachment =
    unknown || annotations['vnd.docker.reference.type'] !== undefined || textOf(value.artifactType) !== undefined;
  const mediaType = textOf(value.mediaType) ?? '';
  return platform === undefined ? { mediaType, digest, size, attachment } : { mediaType, digest, size, attachment, platform };
}

function corrupt(name: string, what: string) {
  return fail(incomplete('image-document-corrupt', `${name} ${what}. Fetch the image again.`));
}

/** An index or a manifest: told apart by what it holds, because old registries omit or misname media types. */
export function parseImageDocument(bytes: Uint8Array, name: string): Result<ImageDocument> {
  const document = parseDocument(bytes, name);
  if (!document.ok) return document;
  const { value } = document;
  if (value.schemaVersion === 1) {
    const message = `${name} is in Docker's schema 1, which registries no longer serve. Push the image again with a current tool.`;
    return fail(incomplete('image-unsupported', message));
  }
  if (Array.isArray(value.manifests)) {
    const manifests = value.manifests.map(descriptorOf);
    const known = manifests.filter((descriptor) => descriptor !== undefined);
    return known.length === manifests.length
      ? ok({ kind: 'index', manifests: known })
      : corrupt(name, 'has a damaged descriptor');
  }
  const config = descriptorOf(value.config);
  const layers = listOf(value.layers).map(descriptorOf);
  const known = layers.filter((descriptor) => descriptor !== undefined);
  if (config === undefined || !Array.isArray(value.layers))
    return corrupt(name, 'is neither an image index nor an image manifest');
  if (known.length < layers.length) return corrupt(name, 'has a damaged layer descriptor');
  if (known.length > MAX_LAYERS) return corrupt(name, `has more than ${MAX_LAYERS} layers`);
  return ok({ kind: 'manifest', manifest: { config, layers: known } });
}

/** The image configuration. A missing part is told by the caller when it compares with the layers. */
export function parseConfig(bytes: Uint8Array, name: string): Result<ImageConfig> {
  const document = parseDocument(bytes, name);
  if (!document.ok) return document;
  const { value } = document;
  const rootfs = isRecord(value.rootfs) ? value.rootfs : {};
  const diffIds = listOf(rootfs.diff_ids).filter((id): id is string => typeof id === 'string' && DIGEST.test(id));
  const lines = listOf(value.history)
    .filter(isRecord)
    .filter((line) => line.empty_layer !== true)
    .map((line) => (textOf(line.created_by) ?? '').trim());
  const platform = platformOf(value) ?? { os: textOf(value.os) ?? '', architecture: textOf(value.architecture) ?? '' };
  return ok(lines.length === diffIds.length ? { platform, diffIds, createdBy: lines } : { platform, diffIds });
}
