/** The native API over an engine, asked as a role. */
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Role } from '../../src/api/auth/roles.ts';
import { addNativeRoutes } from '../../src/api/native/routes.ts';
import { createRegistries } from '../../src/engine/registry/index.ts';
import type { Advisory } from '../../src/model/advisory.ts';
import { sealer } from '../../src/store/seal.ts';
import { type TestEngine, testEngine } from './engine.ts';
import { type TestService, testService } from './service.ts';

export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at member by member
  readonly body: any;
}

export interface TestNative extends TestEngine {
  readonly service: TestService;
  ask(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, role?: Role): Promise<Answered>;
}

/** Makes one; it goes away with the test. */
export async function testNative(context: TestContext, known: readonly Advisory[]): Promise<TestNative> {
  const running = await testEngine(context, known);
  const { store, services, engine, queue, clock } = running;
  const seal = sealer(randomBytes(32));
  const registries = createRegistries({
    store,
    queue,
    sealer: seal,
    engine,
    clock: () => clock.now,
    log: { info: () => undefined, error: () => undefined },
  });
  const native = { engine, registries, queue, sealer: seal };
  const service = await testService(context, {
    store,
    services,
    sealer: seal,
    native: (app, api) => addNativeRoutes(app, api, native),
    now: () => clock.now,
  });
  return {
    ...running,
    service,
    async ask(method, path, body, role = 'admin') {
      const { accessKeyId, secretAccessKey } = await service.key(role);
      const headers = { authorization: `Bearer ${accessKeyId}:${secretAccessKey}` };
      const url = `/api/v1${path}`;
      const answer = await service.server.inject(
        body === undefined
          ? { method, url, headers }
          : Buffer.isBuffer(body)
            ? { method, url, headers: { ...headers, 'content-type': 'application/octet-stream' }, payload: body }
            : { method, url, headers: { ...headers, 'content-type': 'application/json' }, payload: JSON.stringify(body) },
      );
      return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
    },
  };
}
