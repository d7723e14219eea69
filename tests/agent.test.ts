/** The agent as a process: small, whatever it sends; and nothing is lost when it is killed, or the server is. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openSpool } from '../src/cli/agent/spool.ts';
import { bodyOf } from '../src/cli/service/body.ts';
import { ended, startVedette } from './support/command.ts';
import { temporaryDirectory } from './support/directory.ts';
import { atEnd } from './support/end.ts';
import { inventoryOf, packageOf, systemOf } from './support/inventory.ts';

const PACKAGES = 9_000;
/** Bytes that the agent may have resident, as it is shipped; the sources need a compiler beside it. */
const [SHIPPED, SOURCES] = [80 * 2 ** 20, 120 * 2 ** 20];
const ENVIRONMENT = { VEDETTE_ACCESS_KEY_ID: 'AKIAEXAMPLE', VEDETTE_SECRET_ACCESS_KEY: 'secret' };

type Answer = readonly [status: number, body: string];
const TAKEN: Answer = [200, '{"resource":"i-1","packages":1,"findings":{"created":0,"closed":0},"problems":[]}'];

/** A server that answers in turn, the last answer for ever; each body that it was sent, as it comes. */
async function serving(context: TestContext, answers: readonly Answer[]) {
  const bodies: Buffer[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request: IncomingMessage, response) => {
    bodies.push(Buffer.concat(await request.toArray()));
    const [status, body] = answers[Math.min(bodies.length, answers.length) - 1] ?? TAKEN;
    response.writeHead(status).end(body);
    for (const look of waiting) look();
  }).listen(0, '127.0.0.1');
  atEnd(context, () => server.close());
  await new Promise((listening) => server.once('listening', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    /** Resolves when so many were sent. */
    async sent(count: number): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => bodies.length >= count && resolve();
      waiting.add(look);
      look();
      return promise;
    },
  };
}

/** An agent whose spool holds inventories already: it sends them before it looks at the machine. */
function startAgent(context: TestContext, url: string, spool: string) {
  const child = startVedette(temporaryDirectory(context), ['agent', '--server', url, '--spool', spool], { env: ENVIRONMENT });
  const end = ended(child);
  atEnd(context, async () => {
    child.kill('SIGKILL');
    await end;
  });
  return { child, end };
}

function fill(directory: string, texts: readonly string[]): void {
  const spool = openSpool(directory);
  for (const [index, text] of texts.entries()) {
    const place = spool.place();
    writeFileSync(place, gzipSync(text));
    spool.add(place, index);
  }
}

function waiting(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.gz'));
}

test('it stays below 80 MB while it sends a large inventory', { skip: process.platform !== 'linux' }, async (context) => {
  const packages = Array.from({ length: PACKAGES }, (_, index) =>
    packageOf({ type: 'npm', name: `package-${index * 7919}`, version: `1.${index}.0` }),
  );
  const inventory = inventoryOf(packages, systemOf('debian', '12'));
  const body = bodyOf({ kind: 'host', name: 'web', machine: 'machine-1' }, inventory, 'agent');
  assert.ok(body.length > 3_000_000, `${body.length} bytes`);
  const spool = join(temporaryDirectory(context), 'spool');
  fill(spool, [body, body]);
  // What a server says may be large as well.
  const server = await serving(context, [[400, JSON.stringify({ message: 'no', more: 'x'.repeat(4_000_000) })], TAKEN]);
  const agent = startAgent(context, server.url, spool);
  await server.sent(2);
  const resident = Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${agent.child.pid}/status`, 'utf8'))?.[1]) * 1024;
  const isShipped = readFileSync(`/proc/${agent.child.pid}/cmdline`, 'utf8').includes('/dist/main.js');
  agent.child.kill('SIGTERM');
  const { status, stderr } = await agent.end;
  assert.equal(status, 0, stderr);
  assert.ok(resident < (isShipped ? SHIPPED : SOURCES), `${resident / 2 ** 20} MiB`);
  assert.deepEqual(
    server.bodies.map((sent) => gunzipSync(sent).toString() === body),
    [true, true],
  );
});

test('one inventory that is refused does not keep the others; killed at any moment it loses none', async (context) => {
  const spool = join(temporaryDirectory(context), 'spool');
  const texts = ['one', 'two', 'three', 'four', 'five'];
  fill(spool, texts);
  const refused: Answer = [400, '{"message":"two is wrong"}'];
  const first = await serving(context, [TAKEN, refused, TAKEN]);
  const killed = startAgent(context, first.url, spool);
  await first.sent(3);
  killed.child.kill('SIGKILL');
  await killed.end;
  // What it was told to have arrived may have been removed or not: sent again, but never lost.
  const second = await serving(context, [TAKEN]);
  const again = startAgent(context, second.url, spool);
  await second.sent(waiting(spool).length - 1);
  again.child.kill('SIGTERM');
  const { stderr } = await again.end;
  assert.doesNotMatch(stderr, /Another agent/);
  const arrived = new Set([...first.bodies, ...second.bodies].map((sent) => gunzipSync(sent).toString()));
  for (const text of texts) assert.ok(arrived.has(text), text);
  assert.equal(gunzipSync(readFileSync(join(spool, 'refused.json.gz'))).toString(), 'two');
});

test('a second agent on the same spool ends and says why', async (context) => {
  const spool = join(temporaryDirectory(context), 'spool');
  fill(spool, ['one']);
  const server = await serving(context, [[503, '{"message":"busy"}']]);
  const first = startAgent(context, server.url, spool);
  await server.sent(1);
  const { status, stderr } = await startAgent(context, server.url, spool).end;
  assert.equal(status, 3);
  assert.match(stderr, /Another agent uses the spool/);
  first.child.kill('SIGTERM');
  assert.equal((await first.end).status, 0);
  assert.equal(waiting(spool).length, 1);
});
