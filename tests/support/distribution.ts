/** A real registry (CNCF distribution) and a real client (skopeo) for tests. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from './end.ts';

/** Programs that are not installed. */
export function missingPrograms(...programs: readonly string[]): readonly string[] {
  return programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
}

/** Starts the registry and waits until it listens; `host:port`. `more`: lines of its configuration. */
export async function startDistribution(context: TestContext, directory: string, more = ''): Promise<string> {
  const storage = `storage:\n  filesystem:\n    rootdirectory: ${join(directory, 'storage')}\n  delete:\n    enabled: true\n`;
  // It chooses a free port, and says at this level which.
  const log = 'log:\n  level: info\n  accesslog:\n    disabled: true\n';
  const config = `version: 0.1\n${log}${storage}http:\n  addr: 127.0.0.1:0\n${more}`;
  writeFileSync(join(directory, 'config.yml'), config);
  const child = spawn('docker-registry', ['serve', join(directory, 'config.yml')], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  atEnd(context, async () => {
    child.kill();
    await ended;
  });
  return await new Promise((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      // Every request is logged, too: what was said is kept until the address is known.
      if (said.length < 100_000) said += chunk.toString('utf8');
      const [, host] = /listening on (127\.0\.0\.1:\d+)/.exec(said) ?? [];
      if (host !== undefined) resolve(host);
    });
    void ended.then(() => reject(new Error(`the registry does not start: ${said.slice(-500)}`)));
  });
}

/** Runs skopeo with a home of its own, without TLS. */
export function skopeo(directory: string, ...args: readonly string[]): void {
  const ran = spawnSync('skopeo', ['--insecure-policy', ...args], {
    env: { ...process.env, HOME: directory, TMPDIR: directory },
  });
  assert.equal(ran.status, 0, String(ran.stderr));
}
