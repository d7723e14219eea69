/** `npm start` under a supervisor and in a terminal: signals reach what it runs, and its exit status is that command's. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ended, type Ran } from './support/command.ts';
import { compileDatabases } from './support/crash-story.ts';
import { temporaryDirectory } from './support/directory.ts';
import { atEnd } from './support/end.ts';
import { needNpm } from './support/npm.ts';
import { openFor } from './support/stores.ts';

const CHECKOUT = resolve(import.meta.dirname, '..');
/** What hangs is a failure, not a test that never ends. */
const PATIENCE = 600_000;

/**
 * What `npm start` uses of a checkout, in a directory of its own: reports are written where it runs. Its bundle is there and needs no
 * building; its command is the checkout's own, or a script.
 */
function checkout(context: TestContext, script?: string): string {
  const root = join(temporaryDirectory(context), 'checkout');
  for (const name of ['scripts', 'src', 'dist']) mkdirSync(join(root, name), { recursive: true });
  for (const name of ['package.json', 'package-lock.json', 'scripts/launch.mjs']) {
    copyFileSync(join(CHECKOUT, name), join(root, name));
  }
  symlinkSync(join(CHECKOUT, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'dist', 'main.js'), '');
  if (script === undefined) symlinkSync(join(CHECKOUT, 'bin'), join(root, 'bin'));
  else {
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'bin', 'vedette'), `#!/usr/bin/env node\n${script}`, { mode: 0o755 });
  }
  return root;
}

interface Npm {
  readonly child: ChildProcess;
  /** Resolves when it wrote this, to stdout or stderr. */
  said(text: string): Promise<void>;
  /** Resolves when npm has ended and nothing it started holds its output open any more. */
  readonly end: Promise<Ran>;
}

/** `npm start` as the leader of a process group, as shells and supervisors start it. */
function npmStart(context: TestContext, root: string, args: readonly string[] = []): Npm {
  const home = temporaryDirectory(context);
  const { PATH } = process.env;
  const env = { PATH, HOME: home, TMPDIR: home, XDG_CACHE_HOME: join(home, 'cache'), npm_config_update_notifier: 'false' };
  const child = spawn('npm', ['start', '--', ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const group = -(child.pid ?? 0);
  const endAll = () => {
    try {
      if (group < 0) process.kill(group, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  };
  const timer = setTimeout(endAll, PATIENCE);
  const end = ended(child);
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      for (const listener of listeners) listener();
    });
  }
  atEnd(context, async () => {
    endAll();
    clearTimeout(timer);
    await end;
  });
  return {
    child,
    end,
    async said(wanted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => text.includes(wanted) && resolve();
      listeners.add(look);
      look();
      const over = end.then(({ status, signal }) =>
        assert.fail(`it ended with ${status ?? signal} and never said "${wanted}": ${text}`),
      );
      await Promise.race([promise, over]);
      over.catch(() => undefined);
    },
  };
}

/** Says that it runs; tidies up when it is told to stop, which takes a while, and says so. */
const TIDY = `
const alive = setInterval(() => undefined, 1000);
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => {
  setImmediate(() => setImmediate(() => {
    process.stdout.write('tidied after ' + name + '\\n');
    clearInterval(alive);
    process.exitCode = name === 'SIGTERM' ? 0 : 5;
  }));
});
process.stdout.write('running ' + process.argv.slice(2).join(' ') + '\\n');
`;

test('npm start ends with the status of its command', async (context) => {
  if (!needNpm(context)) return;
  const done = await npmStart(context, checkout(context, 'process.exitCode = Number(process.argv[3])'), ['7']).end;
  assert.deepEqual([done.status, done.signal], [7, null], done.stderr);
  const wrong = await npmStart(context, checkout(context), ['--no-such-option']).end;
  assert.deepEqual([wrong.status, wrong.signal], [2, null], wrong.stderr);
});

test('SIGTERM to npm alone reaches the command, and npm waits for it', async (context) => {
  if (!needNpm(context)) return;
  const npm = npmStart(context, checkout(context, TIDY), ['--listen', '0']);
  await npm.said('running start --listen 0');
  npm.child.kill('SIGTERM');
  const ran = await npm.end;
  assert.match(ran.stdout, /tidied after SIGTERM/);
  assert.deepEqual([ran.status, ran.signal], [0, null], ran.stderr);
});

test('a terminal that is closed or that sends Ctrl-C tells all of them; the command tidies up', async (context) => {
  if (!needNpm(context)) return;
  for (const name of ['SIGINT', 'SIGHUP'] as const) {
    const npm = npmStart(context, checkout(context, TIDY));
    await npm.said('running start');
    process.kill(-(npm.child.pid ?? 0), name);
    const ran = await npm.end;
    assert.match(ran.stdout, new RegExp(`tidied after ${name}`));
    // npm itself ends by the signal of a closing terminal.
    if (name === 'SIGINT') assert.deepEqual([ran.status, ran.signal], [5, null], ran.stderr);
  }
});

test('a command that dies by a signal is seen to', async (context) => {
  if (!needNpm(context)) return;
  const ran = await npmStart(
    context,
    checkout(context, "process.kill(process.pid, 'SIGKILL'); setInterval(() => undefined, 1000);"),
  ).end;
  // Newer npm dies by it too, older ones show it as a shell does.
  assert.ok(ran.signal === 'SIGKILL' || ran.status === 137, `${ran.status} ${ran.signal} ${ran.stderr}`);
});

test('SIGTERM to npm while this machine is assessed: service and assessment end, the store is free', async (context) => {
  if (!needNpm(context)) return;
  const root = checkout(context);
  const data = join(temporaryDirectory(context), 'data');
  const [database = ''] = await compileDatabases(context);
  const npm = npmStart(context, root, ['--listen', '127.0.0.1:0', '--data', data, '--db', database, '--offline']);
  await npm.said('reading this machine');
  npm.child.kill('SIGTERM');
  const ran = await npm.end;
  assert.equal(ran.signal, 'SIGTERM', `${ran.status} ${ran.stderr}`);
  assert.doesNotMatch(ran.stderr, /unexpected error|\n {4}at /);
  const store = await openFor(context, join(data, 'vedette.db'));
  assert.deepEqual(await store.read.selectFrom('resource').select('id').execute(), []);
});
