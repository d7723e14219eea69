/** What is known of the sources in a directory: one `state.json` beside them. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One source file. */
export interface FileState {
  /** Where it came from, without credentials. */
  readonly url: string;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly size: number;
  readonly sha256: string;
  /** When upstream last said that this is its current content; ISO 8601 UTC. */
  readonly fetchedAt: string;
  /** Set while the last good content is in use because fetching fails. */
  readonly stale?: { readonly since: string; readonly reason: string };
}

export type SourceStates = Readonly<Record<string, FileState>>;

const NAME = 'state.json';
const FORMAT = 1;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readEntry(value: unknown): FileState | undefined {
  if (!isRecord(value)) return undefined;
  const { url, etag, lastModified, size, sha256, fetchedAt, stale } = value;
  if (typeof url !== 'string' || typeof size !== 'number' || typeof sha256 !== 'string' || typeof fetchedAt !== 'string')
    return undefined;
  return {
    url,
    ...(typeof etag === 'string' ? { etag } : {}),
    ...(typeof lastModified === 'string' ? { lastModified } : {}),
    size,
    sha256,
    fetchedAt,
    ...(isRecord(stale) && typeof stale.since === 'string' && typeof stale.reason === 'string'
      ? { stale: { since: stale.since, reason: stale.reason } }
      : {}),
  };
}

/** The states of a directory; empty when there are none or they are damaged: then everything is fetched anew. */
export async function readStates(directory: string): Promise<SourceStates> {
  try {
    const value: unknown = JSON.parse(await readFile(join(directory, NAME), 'utf8'));
    if (!isRecord(value) || value.formatVersion !== FORMAT || !isRecord(value.files)) return {};
    const entries = Object.entries(value.files).flatMap(([path, entry]) => {
      const state = readEntry(entry);
      return state === undefined ? [] : [[path, state] as const];
    });
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}

/** Replaces the states as a whole. */
export async function writeStates(directory: string, states: SourceStates): Promise<void> {
  const files = Object.fromEntries(Object.entries(states).sort(([a], [b]) => (a < b ? -1 : 1)));
  const temporary = join(directory, `${NAME}.${process.pid}.tmp`);
  await writeFile(temporary, `${JSON.stringify({ formatVersion: FORMAT, files }, undefined, 1)}\n`, { mode: 0o600 });
  await rename(temporary, join(directory, NAME));
}
