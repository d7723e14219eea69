/** A zip file as a layer: function packages and their layers. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { incomplete, notice, ok, type Problem, type Result } from '../../model/problem.ts';
import type { FileContent, FileEntry, LayerVisitor, Limits } from '../file.ts';
import { contentFrom, decodeText, memoryContent } from '../memory.ts';
import { pacer } from '../pace.ts';
import { joinPath } from '../paths.ts';
import { readFully } from '../tar/cursor.ts';
import { openZip, type ZipArchive, type ZipEntry } from './index.ts';

const MAX_LINK = 4096;
/** Members are inflated in memory at once. */
const MAX_MEMBER = 512 * 1024 * 1024;

/** A local file as content; the descriptor belongs to the caller. */
export function fdContent(path: string, fd: number, size: number, mode = 0o644): FileContent {
  return contentFrom(path, size, mode, (offset, length) => {
    const target = Buffer.allocUnsafe(length);
    return target.subarray(0, readFully(fd, target, length, offset));
  });
}

export interface ZipLayer {
  readonly file: string;
  readonly prefix: string;
}

export interface ZipWalk {
  readonly limits: Limits;
  readonly name: string;
  readonly signal?: AbortSignal;
}

function entryOf(archive: ZipArchive, member: ZipEntry, prefix: string): Result<FileEntry> {
  const path = joinPath(prefix, member.path);
  const { kind, mode } = member;
  if (kind !== 'symlink') return ok({ path, kind, mode, size: kind === 'file' ? member.size : 0 });
  const target = archive.read(member, MAX_LINK);
  return target.ok ? ok({ path, kind, mode, size: 0, link: decodeText(target.value) }) : target;
}

/** Told where the members would be: the archive itself is not in the target. */
function placed(problem: Problem, { name }: ZipWalk, { prefix }: ZipLayer): Problem {
  const { path } = problem;
  if (path === name) return { ...problem, path: prefix };
  return path?.startsWith(`${name}!/`) ? { ...problem, path: joinPath(prefix, path.slice(name.length + 2)) } : problem;
}

/** Shows every member to `visitor`; of members with one name only the last counts, as when unpacking. */
export async function walkZip(layer: ZipLayer, visitor: LayerVisitor, walk: ZipWalk): Promise<void> {
  const fd = openSync(layer.file, 'r');
  try {
    const archive = openZip(fdContent(walk.name, fd, fstatSync(fd).size), walk.limits);
    if (!archive.ok) return visitor.problem(placed(archive.problem, walk, layer));
    for (const problem of archive.value.problems) visitor.problem(placed(problem, walk, layer));
    const last = new Map(archive.value.entries.map((member) => [member.path, member]));
    let total = 0;
    const pace = pacer();
    for (const member of last.values()) {
      const pause = pace();
      if (pause !== undefined) await pause;
      if (walk.signal?.aborted) {
        return visitor.problem(incomplete('scan-interrupted', `${walk.name} was not read to its end.`));
      }
      const made = entryOf(archive.value, member, layer.prefix);
      if (!made.ok) {
        visitor.problem(placed(made.problem, walk, layer));
        continue;
      }
      const entry = made.value;
      const interest = visitor.entry(entry);
      if (entry.kind !== 'file' || interest === 'skip') continue;
      total += member.size;
      if (total > walk.limits.maxTotalBytes) {
        return visitor.problem(
          incomplete('archive-too-large', `${walk.name} holds more bytes than are read; the rest was not looked at.`),
        );
      }
      const read = archive.value.read(member, Math.min(MAX_MEMBER, walk.limits.maxFileBytes));
      if (!read.ok) {
        visitor.problem({ ...read.problem, path: entry.path });
        continue;
      }
      const content = memoryContent(entry.path, read.value, entry.mode);
      if (interest === 'content' || visitor.magic(entry, content.read(0, 512))) await visitor.file(entry, content);
    }
    if (last.size < archive.value.entries.length) {
      visitor.problem(notice('archive-duplicate', `${walk.name} has several members of one name; the last one counts.`));
    }
  } finally {
    closeSync(fd);
  }
}
