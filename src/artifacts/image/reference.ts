/** Image references: https://github.com/distribution/reference, with Docker Hub's defaults. */
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';

export interface Reference {
  /** Host and port the API is served at. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
  /** Written out in full, as reports name it. */
  readonly name: string;
}

const DOCKER_HUB = 'registry-1.docker.io';
const HUB_NAMES = new Set(['docker.io', 'index.docker.io', DOCKER_HUB]);
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const HOST = /^(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::\d{1,5})?$/;
const MAX_LENGTH = 512;

function invalid(text: string, why: string) {
  const message = `“${text.slice(0, 120)}” is neither a file that exists nor an image reference (${why}). Write it like alpine:3.20 or registry.example.com/team/app:1.2.`;
  return fail(incomplete('reference-invalid', message));
}

/** Splits a reference; `alpine` becomes `docker.io/library/alpine:latest`. */
export function parseReference(text: string): Result<Reference> {
  if (text.length > MAX_LENGTH) return invalid(text, 'it is too long');
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !DIGEST.test(digest)) return invalid(text, 'its digest is not sha256: or sha512: and hex digits');
  const named = at < 0 ? text : text.slice(0, at);
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  // The first part is a host when it could not be a Docker Hub user: it has a dot, a port, an upper-case letter or is localhost.
  const isHost = first === 'localhost' || /[.:A-Z[]/.test(first);
  const host = isHost ? first : 'docker.io';
  const rest = isHost ? named.slice(slash + 1) : named;
  if (isHost && !HOST.test(host)) return invalid(text, 'its host is malformed');
  const colon = rest.indexOf(':');
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  const path = colon < 0 ? rest : rest.slice(0, colon);
  if (tag !== undefined && !TAG.test(tag)) return invalid(text, 'its tag is malformed');
  if (!path.split('/').every((component) => component.length <= 255 && COMPONENT.test(component))) {
    return invalid(text, 'its name is malformed; names are lower case');
  }
  const hub = HUB_NAMES.has(host);
  const repository = hub && !path.includes('/') ? `library/${path}` : path;
  const shownTag = tag ?? (digest === undefined ? 'latest' : undefined);
  const name = `${hub ? 'docker.io' : host}/${repository}${shownTag === undefined ? '' : `:${shownTag}`}${digest === undefined ? '' : `@${digest}`}`;
  const registry = hub ? DOCKER_HUB : host;
  return ok({
    registry,
    repository,
    name,
    ...(shownTag === undefined ? {} : { tag: shownTag }),
    ...(digest === undefined ? {} : { digest }),
  });
}

/** True for this machine's own addresses, where registries are served without TLS. */
export function isLoopback(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '');
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
