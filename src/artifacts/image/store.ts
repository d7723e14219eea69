/** Where the parts of a local image are: in an archive (tar), or in a directory in OCI layout. */
import { closeSync, fstatSync, lstatSync, openSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fail, incomplete, ok, type Problem, type Result } from '../../model/problem.ts';
import type { Limits } from '../file.ts';
import { MAX_DOCUMENT_BYTES } from '../limits.ts';
import { resolveInRoot } from '../paths.ts';
import { fileCursor, readFully } from '../tar/cursor.ts';
import { walkTar } from '../tar/walk.ts';

/** Part of a local file. */
export interface Range {
  readonly file: string;
  readonly offset: number;
  readonly size: number;
  /** Changes whenever somebody writes the file: device, inode, size, times. */
  readonly identity: string;
}

export interface ImageStore {
  readonly name: string;
  locate(path: string): Range | undefined;
  readonly problems: readonly Problem[];
}

function identityOf(fd: number): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = fstatSync(fd, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

/** Indexes an uncompressed tar: headers only, bodies are passed over. */
export async function archiveStore(file: string, name: string, limits: Limits): Promise<ImageStore> {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const identity = identityOf(fd);
    const cursor = fileCursor(fd, 0, size);
    const files = new Map<string, Range>();
    const links = new Map<string, string>();
    const problems: Problem[] = [];
    await walkTar(
      cursor,
      {
        entry: (entry) => {
          if (entry.kind === 'file') files.set(entry.path, { file, offset: cursor.position(), size: entry.size, identity });
          else if (entry.kind === 'symlink') links.set(entry.path, entry.link ?? '');
          else if (entry.kind === 'hardlink') {
            const target = files.get(entry.link ?? '');
            if (target !== undefined) files.set(entry.path, target);
          }
          // Asking for the first bytes makes sparse files told, whose bytes are not where they should be.
          return entry.kind === 'file' ? 'magic' : 'skip';
        },
        magic: () => false,
        file: () => {},
        problem: (problem) => problems.push(problem),
      },
      { limits, name },
    );
    // Old `docker save` archives share layers by symlinks between the directories of layers.
    const locate = (path: string): Range | undefined => {
      const real = resolveInRoot(path, (at) => {
        const link = links.get(at);
        return link === undefined ? 'other' : { link };
      });
      return real === undefined ? undefined : files.get(real);
    };
    return { name, locate, problems };
  } finally {
    closeSync(fd);
  }
}

/** A directory in OCI layout; links are followed inside of it only. */
export function directoryStore(root: string, name: string): ImageStore {
  const locate = (path: string): Range | undefined => {
    try {
      const real = resolveInRoot(path, (at) => {
        const stat = lstatSync(join(root, at), { throwIfNoEntry: false });
        if (stat === undefined) return undefined;
        return stat.isSymbolicLink() ? { link: readlinkSync(join(root, at)) } : 'other';
      });
      if (real === undefined) return undefined;
      const file = join(root, real);
      if (!lstatSync(file).isFile()) return undefined;
      const fd = openSync(file, 'r');
      try {
        return { file, offset: 0, size: fstatSync(fd).size, identity: identityOf(fd) };
      } finally {
        closeSync(fd);
      }
    } catch {
      return undefined;
    }
  };
  return { name, locate, problems: [] };
}

/** Reads a small document of the image. */
export function readPart(store: ImageStore, path: string): Result<Buffer> {
  const range = store.locate(path);
  if (range === undefined) {
    return fail(
      incomplete('image-part-missing', `${store.name} has no ${path}: it is truncated or damaged. Save or fetch it again.`),
    );
  }
  if (range.size > MAX_DOCUMENT_BYTES) {
    const message = `${path} of ${store.name} has ${range.size} bytes, more than the ${MAX_DOCUMENT_BYTES} that are read of a document.`;
    return fail(incomplete('file-too-large', message));
  }
  const fd = openSync(range.file, 'r');
  try {
    const bytes = Buffer.alloc(range.size);
    const length = readFully(fd, bytes, range.size, range.offset);
    if (length === range.size) return ok(bytes);
    return fail(incomplete('archive-truncated', `${path} of ${store.name} ends early. Save or fetch it again.`));
  } finally {
    closeSync(fd);
  }
}

/** The directory of a path's blob in OCI layout. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
