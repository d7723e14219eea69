/** From what the user typed to an inventory. */
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Limits } from '../artifacts/file.ts';
import { openHost, openImage, openLambda, openProject, openRootfs } from '../artifacts/open.ts';
import type { ArtifactSource } from '../artifacts/source.ts';
import { takeInventory } from '../inventory/pipeline/index.ts';
import { readSbom } from '../inventory/sbom/read.ts';
import type { Inventory, TargetKind } from '../model/package.ts';
import { messageOf, type Result } from '../model/problem.ts';
import { CommandError, EXIT } from './exit.ts';
import type { Progress } from './terminal.ts';

export interface TargetOptions {
  readonly platform?: string;
  readonly insecure?: boolean;
  readonly declared?: boolean;
  readonly exclude?: readonly string[];
  readonly oneFileSystem?: boolean;
  readonly runtime?: string;
  /** commander's form of `--no-cache`. */
  readonly cache?: boolean;
  readonly maxFileSize?: number;
  readonly maxTotalSize?: number;
  readonly timeout?: number;
  readonly workers?: number;
}

export interface TargetArgument {
  readonly kind: TargetKind;
  readonly names: readonly string[];
}

const KINDS: Readonly<Record<TargetKind, { readonly least: number; readonly most: number; readonly wants: string }>> = {
  image: { least: 1, most: 1, wants: 'one reference, archive or OCI layout' },
  host: { least: 0, most: 0, wants: 'no further argument' },
  rootfs: { least: 1, most: 1, wants: 'one directory' },
  project: { least: 0, most: 1, wants: 'one directory (default: the current one)' },
  lambda: { least: 1, most: 20, wants: 'the zip of the function and then those of its layers' },
  sbom: { least: 1, most: 1, wants: 'one CycloneDX or SPDX file' },
};
const MEBIBYTE = 1024 * 1024;
const MAX_SBOM_BYTES = 1024 * MEBIBYTE;

function isKind(text: string): text is TargetKind {
  return Object.hasOwn(KINDS, text);
}

/** Checks kind and number of arguments; throws a usage error that says what the kind wants. */
export function targetArgument(kind: string, names: readonly string[]): TargetArgument {
  if (!isKind(kind)) {
    const hint = `Say what it is: ${Object.keys(KINDS).join(', ')}; for example "image ${kind}".`;
    throw new CommandError(`unknown kind of target "${kind}". ${hint}`, EXIT.usage);
  }
  const { least, most, wants } = KINDS[kind];
  if (names.length < least || names.length > most)
    throw new CommandError(`"${kind}" takes ${wants}, not ${names.length} arguments`, EXIT.usage);
  return { kind, names };
}

/** `host`, `image:REF`, `lambda:a.zip,layer.zip` … as `explain --target` takes them. */
export function parseTarget(text: string): TargetArgument {
  const at = text.indexOf(':');
  if (at < 0) return targetArgument(text, []);
  const kind = text.slice(0, at);
  const rest = text.slice(at + 1);
  return targetArgument(kind, kind === 'lambda' ? rest.split(',') : [rest]);
}

/** Where results of image layers are kept between runs. */
function layerCacheDirectory(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vedette', 'layers');
}

function limitsOf({ maxFileSize, maxTotalSize, timeout }: TargetOptions): Partial<Limits> {
  return {
    ...(maxFileSize === undefined ? {} : { maxFileBytes: maxFileSize * MEBIBYTE }),
    ...(maxTotalSize === undefined ? {} : { maxTotalBytes: maxTotalSize * MEBIBYTE }),
    ...(timeout === undefined ? {} : { maxMilliseconds: timeout * 1000 }),
  };
}

async function open({ kind, names }: TargetArgument, options: TargetOptions): Promise<Result<ArtifactSource>> {
  const [first = '.', ...others] = names;
  const { exclude = [], oneFileSystem = false, platform, insecure, runtime } = options;
  const limits = limitsOf(options);
  const tree = { limits, exclude, oneFileSystem };
  switch (kind) {
    case 'image':
      return openImage(first, { limits, ...(platform === undefined ? {} : { platform }), insecure: insecure === true });
    case 'host':
      return openHost(tree);
    case 'rootfs':
      return openRootfs(first, tree);
    case 'project':
      return openProject(first, tree);
    default:
      return openLambda(first, { limits, layers: others, ...(runtime === undefined ? {} : { runtime }) });
  }
}

function sbomInventory(file: string): Inventory {
  let bytes: Buffer;
  try {
    if (statSync(file).size > MAX_SBOM_BYTES) throw new Error(`it has more than ${MAX_SBOM_BYTES / MEBIBYTE} MiB`);
    bytes = readFileSync(file);
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${messageOf(error)}`);
  }
  const read = readSbom(bytes, file);
  if (!read.ok) throw new CommandError(`${read.problem.message} [${read.problem.code}]`);
  return read.value;
}

/** Opens the target and takes its inventory. A target that cannot be opened at all ends the command with status 3. */
export async function inventoryOf(target: TargetArgument, options: TargetOptions, progress: Progress): Promise<Inventory> {
  const { kind, names } = target;
  if (kind === 'sbom') return sbomInventory(names[0] ?? '');
  progress.step(`reading ${kind === 'host' ? 'this machine' : `${kind} ${names[0] ?? '.'}`} …`);
  const source = await open(target, options);
  if (!source.ok) throw new CommandError(`${source.problem.message} [${source.problem.code}]`);
  try {
    return await takeInventory(source.value, {
      limits: limitsOf(options),
      declared: options.declared === true,
      ...(options.cache === false ? {} : { cacheDirectory: layerCacheDirectory(process.env) }),
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      progress: (done, total, layer) => {
        if (total > 1) progress.tick(`read layer ${done} of ${total} (${layer})`);
      },
    });
  } finally {
    source.value.close();
  }
}
