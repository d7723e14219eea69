/** Opening targets: from what a user types to an `ArtifactSource`. */
import { readFileSync, statSync } from 'node:fs';
import { arch, hostname, release } from 'node:os';
import { basename, resolve } from 'node:path';
import { fail, incomplete, messageOf, notice, ok, type Problem, type Result } from '../model/problem.ts';
import type { Limits } from './file.ts';
import { type OpenedImage, openLocalImage } from './image/local.ts';
import { parsePlatform } from './image/platform.ts';
import { openRegistryImage, type RegistryOptions } from './image/registry.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { ArtifactSource, TreeRules } from './source.ts';
import { foreignMounts } from './tree/mounts.ts';
import { openWorkspace } from './workspace.ts';

interface OpenOptions {
  readonly limits?: Partial<Limits>;
  readonly signal?: AbortSignal;
  /** Where temporary files go; default the system's temporary directory. */
  readonly temporaryDirectory?: string;
}

export interface ImageOptions extends OpenOptions, RegistryOptions {
  /** `linux/arm64`, `linux/arm/v7` …; default this machine's. */
  readonly platform?: string;
}

export interface TreeOptions extends OpenOptions {
  /** Globs of paths below the root that are left out. */
  readonly exclude?: readonly string[];
  /** Stay on the file system of the root. */
  readonly oneFileSystem?: boolean;
}

export interface LambdaOptions extends OpenOptions {
  /** Layer zips in the order they are applied. */
  readonly layers?: readonly string[];
  /** `nodejs22.x`, `python3.13` …: what the user says the function runs on. */
  readonly runtime?: string;
  readonly architecture?: string;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

function limitsOf(options: OpenOptions): Limits {
  return { ...DEFAULT_LIMITS, ...options.limits };
}

/** What is at a path: undefined for nothing, a problem for what cannot be looked at. */
function look(path: string): 'file' | 'directory' | 'other' | 'nothing' {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 'nothing';
  return stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
}

function lookSafely(path: string): Result<ReturnType<typeof look>> {
  try {
    return ok(look(path));
  } catch (error) {
    return fail(incomplete('target-unreadable', `${path} cannot be looked at (${messageOf(error)}).`));
  }
}

/** Opens a docker archive, an OCI layout or archive, or an image in a registry; a path that exists wins over a reference. */
export async function openImage(target: string, options: ImageOptions = {}): Promise<Result<ArtifactSource>> {
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  if (platform?.ok === false) return platform;
  const path = target.replace(/^(?:docker-archive|oci-archive|oci|oci-dir):/, '');
  const found = lookSafely(path);
  if (!found.ok) return found;
  if (found.value === 'other') return fail(incomplete('target-unreadable', `${target} is neither a file nor a directory.`));
  if (found.value === 'nothing' && path !== target) return fail(incomplete('target-missing', `There is no ${path}.`));
  const made = openWorkspace(options.temporaryDirectory);
  if (!made.ok) return made;
  const workspace = made.value;
  const { signal } = options;
  const common = { limits: limitsOf(options), platform: platform?.value, workspace: workspace.directory, signal };
  try {
    const opened: Result<OpenedImage> =
      found.value === 'nothing'
        ? await openRegistryImage(target, { ...options, ...common })
        : await openLocalImage(resolve(path), path, common);
    if (opened.ok) {
      return ok({ kind: 'image', name: target, ...opened.value, workspace: workspace.directory, close: workspace.close });
    }
    workspace.close();
    return opened;
  } catch (error) {
    workspace.close();
    return fail(incomplete('target-unreadable', `${target} cannot be opened (${messageOf(error)}).`));
  }
}

/** What the user wants left out: it is out of scope, not unknown, and whoever reads the inventory should know. */
function leftOut({ exclude, oneFileSystem }: TreeRules): Problem[] {
  const told = exclude.map((glob) => notice('paths-excluded', `Left out as asked: ${glob}. Nothing there is assessed.`));
  const message = 'Left out as asked: file systems other than that of the root. Nothing there is assessed.';
  return oneFileSystem ? [...told, notice('file-systems-excluded', message)] : told;
}

function openTree(
  root: string,
  rules: TreeRules,
  facts: Pick<ArtifactSource, 'kind' | 'name' | 'problems'> & Partial<ArtifactSource>,
  options: OpenOptions,
): Result<ArtifactSource> {
  const found = lookSafely(root);
  if (!found.ok) return found;
  if (found.value !== 'directory') {
    const what = found.value === 'nothing' ? 'does not exist' : 'is not a directory';
    return fail(incomplete('target-missing', `${root} ${what}.`));
  }
  const made = openWorkspace(options.temporaryDirectory);
  if (!made.ok) return made;
  const workspace = made.value;
  const open = async () => ok({ kind: 'directory', root: resolve(root), rules } as const);
  const layers = [{ name: facts.name, size: 0, open }];
  const problems = [...facts.problems, ...leftOut(rules)];
  return ok({ ...facts, problems, layers, workspace: workspace.directory, close: workspace.close });
}

/** Opens a mounted or unpacked root file system. */
export function openRootfs(root: string, options: TreeOptions = {}): Result<ArtifactSource> {
  const { exclude = [], oneFileSystem = false } = options;
  const rules: TreeRules = { skipPaths: ['proc', 'sys', 'dev'], skipNames: [], exclude, oneFileSystem };
  return openTree(root, rules, { kind: 'rootfs', name: root, problems: [] }, options);
}

/** Opens this machine: pseudo and network file systems and other systems' trees (containers) are left out. */
export function openHost(options: TreeOptions = {}): Result<ArtifactSource> {
  const { exclude = [], oneFileSystem = false } = options;
  let mounts: ReturnType<typeof foreignMounts> = { skipped: [], told: [] };
  const problems: Problem[] = [];
  try {
    mounts = foreignMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch (error) {
    problems.push(
      notice('mounts-unknown', `The mounted file systems are not known (${messageOf(error)}); network ones may be read.`),
    );
  }
  if (mounts.told.length > 0) {
    const shown = mounts.told.slice(0, 10).join(', ');
    problems.push(notice('tree-skipped', `Not assessed, being network or removable file systems: ${shown}.`));
  }
  const skipPaths = [
    'proc',
    'sys',
    'dev',
    'run',
    'tmp/.X11-unix',
    'var/lib/docker',
    'var/lib/containerd',
    'var/lib/containers',
    ...mounts.skipped,
  ];
  const rules: TreeRules = { skipPaths, skipNames: [], exclude, oneFileSystem };
  const architecture = ARCHITECTURES[arch()] ?? arch();
  const facts = { kernelRelease: release() };
  return openTree('/', rules, { kind: 'host', name: hostname(), problems, architecture, facts }, options);
}

/** Opens a source tree: version control and caches of tools are left out. */
export function openProject(root: string, options: TreeOptions = {}): Result<ArtifactSource> {
  const { exclude = [], oneFileSystem = false } = options;
  const skipNames = ['.git', '.hg', '.svn', '.jj', '__pycache__', '.tox', '.nox', '.mypy_cache', '.gradle', '.terraform'];
  const rules: TreeRules = { skipPaths: [], skipNames, exclude, oneFileSystem };
  return openTree(root, rules, { kind: 'project', name: root, problems: [] }, options);
}

/** Opens a function package: its zip appears in /var/task, layers in /opt with later ones over earlier. */
export function openLambda(zip: string, options: LambdaOptions = {}): Result<ArtifactSource> {
  const parts = [...(options.layers ?? []).map((file) => ({ file, prefix: 'opt' })), { file: zip, prefix: 'var/task' }];
  for (const { file } of parts) {
    const found = lookSafely(file);
    if (!found.ok) return found;
    if (found.value !== 'file')
      return fail(incomplete('target-missing', `${file} is not a file; give the zip of the function or layer.`));
  }
  const made = openWorkspace(options.temporaryDirectory);
  if (!made.ok) return made;
  const workspace = made.value;
  const layers = parts.map(({ file, prefix }) => {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    const open = async () => ok({ kind: 'zip', file: resolve(file), prefix } as const);
    const cacheKey = `zip:${[dev, ino, size, mtimeNs, ctimeNs].join(':')}:${prefix}`;
    return { name: basename(file), size: Number(size), cacheKey, open };
  });
  const { runtime, architecture } = options;
  return ok({
    kind: 'lambda',
    name: basename(zip),
    layers,
    problems: [],
    ...(architecture === undefined ? {} : { architecture }),
    ...(runtime === undefined ? {} : { facts: { runtime } }),
    workspace: workspace.directory,
    close: workspace.close,
  });
}
