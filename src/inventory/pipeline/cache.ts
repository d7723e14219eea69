/**
 * Results of layers whose content is known, kept between runs: one file per layer and set of catalogers, written atomically,
 * read by many processes at once. A damaged file is a miss.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Limits } from '../../artifacts/file.ts';
import type { Problem } from '../../model/problem.ts';
import type { Cataloger } from '../cataloger.ts';
import type { Assembled } from './assemble.ts';
import type { LayerScan } from './scan.ts';

/** Raised whenever the shape of `LayerScan` or the meaning of anything in it changes. */
const FORMAT = 4;
const GIBIBYTE = 1024 * 1024 * 1024;
const SUFFIX = '.layer';
/** An entry's time is moved at most once an hour: hits then cost no write. */
const TOUCH_MILLISECONDS = 60 * 60 * 1000;
const TEMPORARY_MILLISECONDS = 60 * 60 * 1000;
/** Results that depend on more than bytes, limits and catalogers must not be kept. */
const TRANSIENT = new Set(['scan-interrupted', 'archive-unreadable', 'file-unreadable', 'cataloger-failed']);

export interface LayerCache {
  get(key: string): LayerScan | undefined;
  put(key: string, scan: LayerScan): void;
  /** What all layers of a target say together. */
  getWhole(key: string): Assembled | undefined;
  putWhole(key: string, whole: Assembled): void;
  /** Removes the entries that were not used for longest until the cache fits its bound. */
  trim(): void;
}

/** The part of a key that says who looked and how closely. */
export function scanSignature(catalogers: readonly Cataloger[], ran: readonly string[], limits: Limits): string {
  const versions = catalogers.map(({ id, version }) => `${id}@${version}${ran.includes(id) ? '' : '-'}`).sort();
  const { maxFileBytes, maxTotalBytes, maxEntries, maxDepth } = limits;
  return JSON.stringify([FORMAT, process.versions.v8, versions, maxFileBytes, maxTotalBytes, maxEntries, maxDepth]);
}

function isScan(value: unknown): value is LayerScan {
  if (typeof value !== 'object' || value === null) return false;
  const lists = ['extracts', 'symlinks', 'hardlinks', 'whiteouts', 'opaques', 'unread', 'problems'];
  return 'names' in value && typeof value.names === 'string' && lists.every((key) => Array.isArray(Reflect.get(value, key)));
}

function isWhole(value: unknown): value is Assembled {
  if (typeof value !== 'object' || value === null) return false;
  return ['packages', 'problems'].every((key) => Array.isArray(Reflect.get(value, key)));
}

function isTransient(problem: Problem): boolean {
  return TRANSIENT.has(problem.code);
}

/** Opens (and makes) a cache directory; undefined when it cannot be written, which only costs time. */
export function openLayerCache(directory: string, maxBytes = GIBIBYTE): LayerCache | undefined {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch {
    return undefined;
  }
  const fileOf = (key: string): string => join(directory, createHash('sha256').update(key).digest('hex') + SUFFIX);

  function read(key: string): unknown {
    const file = fileOf(key);
    try {
      const bytes = readFileSync(file);
      const digest = bytes.subarray(0, 32);
      const body = bytes.subarray(32);
      if (!createHash('sha256').update(body).digest().equals(digest)) return undefined;
      const value: unknown = deserialize(body);
      const now = Date.now();
      if (now - statSync(file).mtimeMs > TOUCH_MILLISECONDS) utimesSync(file, now / 1000, now / 1000);
      return value;
    } catch {
      return undefined;
    }
  }

  function write(key: string, value: LayerScan | Assembled): void {
    const body = serialize(value);
    const temporary = join(directory, `${randomBytes(8).toString('hex')}.tmp`);
    try {
      const digest = createHash('sha256').update(body).digest();
      writeFileSync(temporary, Buffer.concat([digest, body]), { mode: 0o600, flag: 'wx' });
      renameSync(temporary, fileOf(key));
    } catch {
      // A full or read-only disk: the next scan reads the layer again.
      rmSync(temporary, { force: true });
    }
  }

  const get = (key: string): LayerScan | undefined => {
    const value = read(key);
    return isScan(value) ? value : undefined;
  };
  const put = (key: string, scan: LayerScan): void => {
    const seen = [...scan.problems, ...scan.extracts.flatMap(({ extract }) => extract.problems ?? [])];
    if (!seen.some(isTransient)) write(key, scan);
  };
  const getWhole = (key: string): Assembled | undefined => {
    const value = read(key);
    return isWhole(value) ? value : undefined;
  };
  const putWhole = (key: string, whole: Assembled): void => {
    if (!whole.problems.some(isTransient)) write(key, whole);
  };

  function trim(): void {
    try {
      const now = Date.now();
      const files: { path: string; size: number; used: number }[] = [];
      for (const name of readdirSync(directory)) {
        const path = join(directory, name);
        const stat = statSync(path, { throwIfNoEntry: false });
        if (stat === undefined) continue;
        if (name.endsWith(SUFFIX)) files.push({ path, size: stat.size, used: stat.mtimeMs });
        else if (name.endsWith('.tmp') && now - stat.mtimeMs > TEMPORARY_MILLISECONDS) rmSync(path, { force: true });
      }
      files.sort((a, b) => b.used - a.used);
      let total = 0;
      for (const { path, size } of files) {
        total += size;
        if (total > maxBytes) rmSync(path, { force: true });
      }
    } catch {
      // Another process trims as well, or the directory went away: nothing to do.
    }
  }
  return { get, put, getWhole, putWhole, trim };
}
