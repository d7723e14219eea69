/** A real registry (CNCF distribution) and a real client (skopeo) for tests. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Programs that are not installed. */
export function missingPrograms(...programs: readonly string[]): readonly string[] {
  return programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
}

/** A port that nothing listens at now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Starts the registry and waits until it answers; `host:port`. `more`: lines of its configuration. */
export async function startDistribution(context: TestContext, directory: string, more = ''): Promise<string> {
  const port = await freePort();
  const storage = `storage:\n  filesystem:\n    rootdirectory: ${join(directory, 'storage')}\n  delete:\n    enabled: true\n`;
  const config = `version: 0.1\nlog:\n  level: error\n${storage}http:\n  addr: 127.0.0.1:${port}\n${more}`;
  writeFileSync(join(directory, 'config.yml'), config);
  const child = spawn('docker-registry', ['serve', join(directory, 'config.yml')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  context.after(async () => {
    child.kill();
    await ended;
  });
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined);
    if (answer?.ok === true) return `127.0.0.1:${port}`;
    assert.ok(Date.now() < deadline && child.exitCode === null, 'the registry does not start');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs skopeo with a home of its own, without TLS. */
export function skopeo(directory: string, ...args: readonly string[]): void {
  const ran = spawnSync('skopeo', ['--insecure-policy', ...args], {
    env: { ...process.env, HOME: directory, TMPDIR: directory },
  });
  assert.equal(ran.status, 0, String(ran.stderr));
}
