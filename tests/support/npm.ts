/** A project with packages installed by npm itself, from a registry on this machine: what other readers are held against. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { temporaryDirectory } from './directory.ts';
import { skipOrFail } from './shared.ts';
import { makeTar } from './tar.ts';

/** The fields of a package.json. */
export type PackageJson = Readonly<Record<string, unknown>> & { readonly name: string; readonly version: string };

export interface PublishedPackage {
  readonly manifest: PackageJson;
  /** Other files of the package, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** True when npm can be run; skips the test (or fails it in CI) otherwise. */
export function needNpm(context: TestContext): boolean {
  if (spawnSync('npm', ['--version']).error === undefined) return true;
  skipOrFail(context, 'npm is not installed');
  return false;
}

function tarball({ manifest, files = {} }: PublishedPackage): Buffer {
  const all = { 'package.json': JSON.stringify(manifest), ...files };
  return gzipSync(makeTar(Object.entries(all).map(([path, data]) => ({ name: `package/${path}`, data }))));
}

/** Runs npm; its standard output. Rejects on start-up failures only: `npm ls` exits with 1 where peers are missing. */
function npm(directory: string, home: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      npm_config_cache: join(home, 'cache'),
      npm_config_userconfig: join(home, 'npmrc'),
    };
    const child = spawn('npm', args, { cwd: directory, env });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    child.on('error', reject);
    child.on('close', (status) => (status === 0 || output !== '' ? resolve(output) : reject(new Error(errors))));
  });
}

/** Writes the files of a project and lets `npm install` do its work; the project's folder. */
export async function installProject(
  context: TestContext,
  published: readonly PublishedPackage[],
  files: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<string> {
  const directory = temporaryDirectory(context);
  const tarballs = new Map(published.map((pkg) => [`/-/${pkg.manifest.name}-${pkg.manifest.version}.tgz`, tarball(pkg)]));
  const server = createServer((request, response) => {
    const url = decodeURIComponent(request.url ?? '');
    const bytes = tarballs.get(url);
    if (bytes !== undefined) return response.end(bytes);
    const versions = published.filter(({ manifest }) => url === `/${manifest.name}`);
    const latest = versions.at(-1)?.manifest.version;
    if (latest === undefined) return response.writeHead(404).end('{}');
    const entries = versions.map(({ manifest }) => {
      const path = `/-/${manifest.name}-${manifest.version}.tgz`;
      const integrity = `sha512-${createHash('sha512')
        .update(tarballs.get(path) ?? '')
        .digest('base64')}`;
      return [manifest.version, { ...manifest, dist: { tarball: `http://${request.headers.host}${path}`, integrity } }];
    });
    const name = url.slice(1);
    response.end(JSON.stringify({ name, 'dist-tags': { latest }, versions: Object.fromEntries(entries) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Listening on a free port: the address is an object.
  const { port } = server.address() as AddressInfo;
  const project = join(directory, 'project');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  try {
    await npm(project, directory, [
      'install',
      `--registry=http://127.0.0.1:${port}/`,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...options,
    ]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return project;
}

/** A package as `npm ls` shows it. */
export interface ListedPackage {
  readonly name: string;
  readonly version: string;
  /** From the project's folder. */
  readonly path: string;
  readonly development: boolean;
}

interface ListNode {
  readonly name?: string;
  readonly version?: string;
  readonly path?: string;
  readonly dev?: boolean;
  readonly dependencies?: Readonly<Record<string, ListNode>>;
}

/** Everything `npm ls --all` knows of, once per place. */
export async function listProject(context: TestContext, project: string, ...options: string[]): Promise<ListedPackage[]> {
  const output = await npm(project, temporaryDirectory(context), ['ls', '--all', '--json', '--long', ...options]);
  // Several links may lead to one folder.
  const found = new Map<string, ListedPackage>();
  const pending: ListNode[] = [JSON.parse(output)];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    pending.push(...Object.values(node.dependencies ?? {}));
    const { name, version, path, dev } = node;
    if (name === undefined || version === undefined || path === undefined) continue;
    const real = existsSync(path) ? realpathSync(path) : path;
    const place = real === project ? '' : real.slice(project.length + 1);
    found.set(place, { name, version, path: place, development: dev === true });
  }
  return [...found.values()];
}
