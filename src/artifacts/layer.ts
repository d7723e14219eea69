/** Walking one layer, whatever it is made of. Used in worker threads: everything here is found again from plain data. */
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { incomplete, messageOf } from '../model/problem.ts';
import { compressionOf, inflateProblem } from './compression.ts';
import type { LayerVisitor, Limits } from './file.ts';
import { inflatedChunks } from './inflate.ts';
import type { LayerBytes } from './source.ts';
import { fileCursor, readFully, streamCursor } from './tar/cursor.ts';
import { walkTar } from './tar/walk.ts';
import { walkTree } from './tree/walk.ts';
import { walkZip } from './zip/walk.ts';

export interface LayerWalk {
  readonly limits: Limits;
  /** For bodies that are too large for memory. */
  readonly workspace: string;
  /** What the layer is called in problems. */
  readonly name: string;
  readonly signal?: AbortSignal;
  /** False for paths that cannot interest the visitor: directory trees then save looking at the file. */
  readonly mayMatter?: (path: string) => boolean;
}

const HEAD_BYTES = 512;
/** After the end marker of a compressed tar this much is still inflated, so that its checksum is reached. */
const MAX_TRAILER = 1024 * 1024;

async function walkTarFile(bytes: LayerBytes & { kind: 'tar' }, visitor: LayerVisitor, walk: LayerWalk): Promise<void> {
  const fd = openSync(bytes.file, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const length = readFully(fd, head, Math.min(HEAD_BYTES, bytes.size), bytes.offset);
    const compression = compressionOf(head.subarray(0, length));
    if (compression === undefined) {
      const message = `${walk.name} is compressed with bzip2, xz or lz4, which are not read. Save the image again with gzip, zstd or none.`;
      visitor.problem(incomplete('archive-unsupported', message));
      return;
    }
    if (compression === 'none') return await walkTar(fileCursor(fd, bytes.offset, bytes.size), visitor, walk);
    const { digest } = bytes;
    // zstd need not carry a checksum, and what follows the last member of a gzip file is anybody's guess.
    const hash = digest === undefined ? undefined : createHash(digest.startsWith('sha512:') ? 'sha512' : 'sha256');
    const tap = hash === undefined ? undefined : (chunk: Buffer): void => void hash.update(chunk);
    const chunks = inflatedChunks({ ...bytes, fd, signal: walk.signal, tap }, compression);
    // Some writers leave out the end marker; without a digest its absence may also mean that whole parts of the stream are missing.
    const cursor = streamCursor(chunks, walk.workspace, bytes.verified === true || digest !== undefined);
    try {
      await walkTar(cursor, visitor, walk);
      const goesOn = await cursor.skip(MAX_TRAILER);
      if (hash !== undefined && !goesOn && !digest?.endsWith(`:${hash.digest('hex')}`)) {
        const message = `${walk.name} does not match the digest that its manifest names (${digest}): it is damaged or another one. Fetch it again.`;
        visitor.problem(incomplete('digest-mismatch', message));
      }
    } catch (error) {
      visitor.problem(inflateProblem(error, walk.name));
    } finally {
      cursor.close();
      await chunks.return();
    }
  } finally {
    closeSync(fd);
  }
}

/** Shows every entry of a layer to `visitor`. Never rejects: what cannot be read becomes a problem. */
export async function walkLayer(bytes: LayerBytes, visitor: LayerVisitor, walk: LayerWalk): Promise<void> {
  try {
    if (bytes.kind === 'tar') await walkTarFile(bytes, visitor, walk);
    else if (bytes.kind === 'zip') await walkZip(bytes, visitor, walk);
    else await walkTree(bytes, visitor, walk);
  } catch (error) {
    visitor.problem(incomplete('archive-unreadable', `${walk.name} cannot be read (${messageOf(error)}).`));
  }
}
