/** A service for tests: an embedded store in a temporary directory, keys, and clients of the SDK that talk to it. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Inspector2Client } from '@aws-sdk/client-inspector2';
import { type Logger, pino } from 'pino';
import { memoryDatabase } from '../../src/advisories/database/index.ts';
import { type Credentials, createKey } from '../../src/api/auth/keys.ts';
import type { Role } from '../../src/api/auth/roles.ts';
import type { Change } from '../../src/api/context.ts';
import { createMetrics } from '../../src/api/metrics.ts';
import { createServer, type Server, type ServerOptions } from '../../src/api/server.ts';
import { ok } from '../../src/model/problem.ts';
import type { Store } from '../../src/store/index.ts';
import { sealer } from '../../src/store/seal.ts';
import { temporaryDirectory } from './directory.ts';
import { atEnd } from './end.ts';
import { openFor } from './stores.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'us-east-1';

export interface TestService {
  readonly server: Server;
  readonly store: Store;
  /** Where it listens; the first call starts it. */
  url(): Promise<string>;
  /** Credentials of a new key. */
  key(role?: Role, account?: string, lifetime?: number): Promise<Credentials>;
  client(options?: {
    readonly role?: Role;
    readonly account?: string;
    readonly credentials?: Credentials;
  }): Promise<Inspector2Client>;
  /** What handlers told the engine. */
  readonly changes: Change[];
  /** Lines of the log, as JSON. */
  readonly log: string[];
  /** The service's time is the real one plus this many milliseconds. */
  readonly clock: { offset: number };
}

function memoryLogger(lines: string[]): Logger {
  return pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
}

/** Makes one, with a store of its own unless one is given; it goes away with the test. */
export async function testService(test: TestContext, more: Partial<ServerOptions> = {}): Promise<TestService> {
  const store = more.store ?? (await openFor(test, join(temporaryDirectory(test), 'vedette.db')));
  const key = randomBytes(32);
  const seal = more.sealer ?? sealer(key);
  const log: string[] = [];
  const changes: Change[] = [];
  const clock = { offset: 0 };
  const now = () => Date.now() + clock.offset;
  const server = await createServer({
    store,
    sealer: seal,
    key,
    services: {
      changed: async (_transaction, change) => void changes.push(change),
      advisories: async () => ok(memoryDatabase([])),
      scanSbom: async (sbom) => ({ bomFormat: 'CycloneDX', specVersion: '1.5', components: sbom.components ?? [] }),
    },
    regions: [REGION, 'eu-west-1'],
    managementAccount: ACCOUNT,
    now,
    logger: memoryLogger(log),
    metrics: createMetrics(),
    ...more,
  });
  const clients: Inspector2Client[] = [];
  atEnd(test, async () => {
    for (const client of clients) client.destroy();
    await server.close();
  });
  let listening: Promise<string> | undefined;
  const url = () => {
    listening ??= server.listen({ port: 0 });
    return listening;
  };
  const newKey = (role: Role = 'admin', account = ACCOUNT, lifetime?: number) =>
    createKey(store, seal, { account, name: 'test', role, now: now(), ...(lifetime === undefined ? {} : { lifetime }) });
  return {
    server,
    store,
    url,
    key: newKey,
    async client({ role, account, credentials } = {}) {
      const client = new Inspector2Client({
        endpoint: await url(),
        region: REGION,
        credentials: credentials ?? (await newKey(role, account)),
        maxAttempts: 1,
      });
      clients.push(client);
      return client;
    },
    changes,
    log,
    clock,
  };
}
