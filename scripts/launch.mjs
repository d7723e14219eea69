/**
 * What `npm start` and `npm test` run. Plain JavaScript for the host's Node (20 or newer): it installs the packages (Node 24
 * among them) when they are missing or out of date, builds the bundle, and hands over to Node 24.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function say(text) {
  process.stderr.write(`vedette: ${text}\n`);
}

function fail(text, status = 3) {
  say(text);
  process.exit(status);
}

function lockedPackages(file) {
  return Object.entries(JSON.parse(readFileSync(join(root, file), 'utf8')).packages ?? {});
}

/** npm ends an installation by writing what it installed; packages for other platforms are not in it. */
function isInstalled() {
  if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) return false;
  const installed = new Map(lockedPackages('node_modules/.package-lock.json').map(([path, { version }]) => [path, version]));
  const wanted = new Map(lockedPackages('package-lock.json').filter(([path]) => path !== ''));
  return (
    [...wanted].every(([path, { version, optional }]) => installed.get(path) === version || (optional && !installed.has(path))) &&
    [...installed.keys()].every((path) => wanted.has(path))
  );
}

/** What supervisors and closing terminals send to one process: passed on. Ctrl-C goes to all of them already. */
const PASSED_ON = ['SIGTERM', 'SIGHUP'];

/**
 * Runs a command with the terminal attached. What is not the `result` goes to stderr, and its exit status is given; with the status of the
 * result this process ends. Where a signal ended the command, this process ends by it too, but by none before the command has ended.
 */
function run(command, args, { result = false } = {}) {
  const bin = join(root, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` };
  const child = spawn(command, args, { cwd: root, env, stdio: ['inherit', result ? 'inherit' : 2, 'inherit'] });
  const passOn = (signal) => void child.kill(signal);
  const stay = () => undefined;
  for (const signal of PASSED_ON) process.on(signal, passOn);
  process.on('SIGINT', stay);
  return new Promise((resolve) => {
    child.once('error', (error) => fail(`cannot run ${command}: ${error.message}`));
    child.once('exit', (status, signal) => {
      // Signals are waited out to the end: npm passes Ctrl-C on too, and may be late.
      if (result && signal === null) process.exit(status);
      for (const passed of PASSED_ON) process.off(passed, passOn);
      process.off('SIGINT', stay);
      if (signal === null) return resolve(status);
      process.kill(process.pid, signal);
    });
  });
}

async function install() {
  if (isInstalled()) return;
  say('installing packages with npm, Node 24 among them (about 100 MB, once) …');
  const started = Date.now();
  if ((await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])) !== 0) {
    fail(
      'npm ci failed; its message is above. With a proxy or a private registry, set npm\'s own "proxy" and "registry" options and try again.',
    );
  }
  say(`packages installed in ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

function node24() {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const packaged = join(root, 'node_modules', `node-linux-${arch}`, 'bin', 'node');
  if (process.platform === 'linux' && existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  return fail(`no packaged Node 24 for ${process.platform}-${process.arch}: install Node 24 or newer and run this again.`);
}

function newestSource(directory) {
  let newest = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestSource(path));
    else if (/(?<!\.test)\.ts$/.test(entry.name)) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

async function build() {
  const bundle = join(root, 'dist', 'main.js');
  if (existsSync(bundle) && statSync(bundle).mtimeMs >= newestSource(join(root, 'src'))) return;
  say('building the command line bundle …');
  if ((await run(node24(), [join(root, 'scripts', 'build.mjs')])) !== 0) fail('the build failed; its message is above.');
}

const [task, ...args] = process.argv.slice(2);
await install();
switch (task) {
  case 'start': {
    await build();
    await run(join(root, 'bin', 'vedette'), ['start', ...args], { result: true });
    break;
  }
  case 'test': {
    const files = args.length > 0 ? args : ['src/**/*.test.ts', 'tests/**/*.test.ts'];
    await build();
    await run(node24(), ['--test', '--test-isolation=none', ...files], { result: true });
    break;
  }
  default:
    fail('usage: launch.mjs start|test [arguments]', 2);
}
