/** A double of a whole registry: a catalog, tags in pages, manifests and blobs, and faults on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from './end.ts';
import { sha256, type TestImage } from './image.ts';

export interface Catalog {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Method and path of every request but tokens. */
  readonly requests: string[];
  /** Tag → digest, by repository. */
  readonly repositories: Map<string, Map<string, string>>;
  /** Manifests and blobs by digest. */
  readonly content: Map<string, Buffer>;
  /** Entries of a page. */
  page: number;
  /** Answers instead of the usual ones while it returns true. */
  intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
  push(repository: string, tag: string, manifest: TestImage | Buffer): string;
}

const TOKEN = 'a.valid-token';

/** Starts it for one test. `login`: tokens are given for this only. */
export async function fakeCatalog(
  context: TestContext,
  login?: { readonly username: string; readonly password: string },
): Promise<Catalog> {
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    const { url = '', method = '', headers } = request;
    const send = (status: number, body: string | Buffer = '', extra: Record<string, string> = {}): void => {
      response.writeHead(status, extra).end(method === 'HEAD' ? undefined : body);
    };
    if (url.startsWith('/token'))
      return headers.authorization === basic ? send(200, JSON.stringify({ token: TOKEN })) : send(401);
    catalog.requests.push(`${method} ${url}`);
    if (catalog.intercept?.(request, response) === true) return;
    if (basic !== undefined && headers.authorization !== `Bearer ${TOKEN}`) {
      return send(401, '{}', { 'www-authenticate': `Bearer realm="http://${catalog.host}/token",service="fake"` });
    }
    const { pathname, searchParams } = new URL(url, 'http://registry');
    const list = (member: string, names: readonly string[]): void => {
      const sorted = [...names].sort().filter((name) => name > (searchParams.get('last') ?? ''));
      const some = sorted.slice(0, catalog.page);
      const link = `<http://elsewhere.example${pathname}?last=${some.at(-1)}&n=${catalog.page}>; rel="next"`;
      send(200, JSON.stringify({ [member]: some }), sorted.length > some.length ? { link } : {});
    };
    if (pathname === '/v2/') return send(200, '{}');
    if (pathname === '/v2/_catalog') return list('repositories', [...catalog.repositories.keys()]);
    const [, name = '', part, reference = ''] = /^\/v2\/(.+)\/(tags|manifests|blobs)\/(.+)$/.exec(pathname) ?? [];
    const tags = catalog.repositories.get(name);
    if (tags === undefined) return send(404);
    if (part === 'tags') return list('tags', [...tags.keys()]);
    const digest = reference.includes(':') ? reference : (tags.get(reference) ?? '');
    const body = catalog.content.get(digest);
    if (body === undefined) return send(404);
    send(200, body, { 'docker-content-digest': digest });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(context, () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const catalog: Catalog = {
    host: `127.0.0.1:${port}`,
    requests: [],
    repositories: new Map(),
    content: new Map(),
    page: 100,
    push(repository, tag, manifest) {
      const bytes = manifest instanceof Buffer ? manifest : (manifest as TestImage).manifest;
      const digest = sha256(bytes);
      catalog.content.set(digest, bytes);
      if (!(manifest instanceof Buffer)) for (const [key, blob] of (manifest as TestImage).blobs) catalog.content.set(key, blob);
      const tags = catalog.repositories.get(repository) ?? new Map<string, string>();
      catalog.repositories.set(repository, tags.set(tag, digest));
      return digest;
    },
  };
  return catalog;
}
