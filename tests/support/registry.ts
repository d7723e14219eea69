/** A fake of the distribution API on a free port of this machine, for tests of the client. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from './end.ts';
import { sha256, type TestImage } from './image.ts';

export interface FakeRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Method, path and kind of authorisation of every request. */
  readonly requests: string[];
  /** Manifests by tag or digest, blobs by digest: change them to lie. */
  readonly manifests: Map<string, Buffer>;
  readonly blobs: Map<string, Buffer>;
  /** Answers instead of the usual ones while it returns true. */
  intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface FakeOptions {
  /** `token` needs a bearer token from `/token`, `basic` a login. */
  readonly auth?: 'none' | 'token' | 'basic';
  readonly login?: { readonly username: string; readonly password: string };
}

const TOKEN = 'a.valid-token';

/** Starts the fake for one test. */
export async function fakeRegistry(context: TestContext, options: FakeOptions = {}): Promise<FakeRegistry> {
  const { auth = 'none', login } = options;
  const expected =
    login === undefined ? undefined : `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const manifests = new Map<string, Buffer>();
  const blobs = new Map<string, Buffer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    const kind = headers.authorization?.split(' ', 1)[0] ?? 'anonymous';
    requests.push(`${request.method} ${url} ${kind}`);
    if (registry.intercept?.(request, response) === true) return;
    const send = (status: number, body: string | Buffer = '', extra: Record<string, string> = {}): void => {
      response.writeHead(status, extra).end(body);
    };
    if (url.startsWith('/token')) {
      if (expected !== undefined && headers.authorization !== expected) return send(401);
      return send(200, JSON.stringify({ token: TOKEN }));
    }
    const challenge =
      auth === 'token'
        ? `Bearer realm="http://${registry.host}/token",service="fake",scope="repository:team/app:pull"`
        : 'Basic realm="fake"';
    const allowed = auth === 'none' || headers.authorization === (auth === 'token' ? `Bearer ${TOKEN}` : expected);
    if (!allowed) return send(401, '{}', { 'www-authenticate': challenge });
    if (url === '/v2/') return send(200, '{}');
    const [, part, reference = ''] = /^\/v2\/team\/app\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
    const body = part === 'manifests' ? manifests.get(reference) : blobs.get(reference);
    if (body === undefined) return send(404, '{"errors":[{"code":"NAME_UNKNOWN"}]}');
    send(200, body, part === 'manifests' ? { 'docker-content-digest': sha256(body) } : {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(context, () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const registry: FakeRegistry = { host: `127.0.0.1:${port}`, requests, manifests, blobs };
  return registry;
}

/** Puts an image into the fake as `team/app:<tag>`. */
export function publish(registry: FakeRegistry, image: TestImage, tag = '1'): void {
  registry.manifests.set(tag, image.manifest);
  registry.manifests.set(image.manifestDigest, image.manifest);
  for (const [digest, blob] of image.blobs) registry.blobs.set(digest, blob);
}
