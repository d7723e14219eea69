/**
 * Inventories that wait for the server, as files: what was taken survives outages of the network, of the server and of the agent. The
 * spool is bounded; when it is full the oldest goes, because each inventory is whole and the newest says how things are.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

export interface SpoolLimits {
  readonly files: number;
  readonly bytes: number;
}

/** A week of one change every few hours, on a large host. */
const LIMITS: SpoolLimits = { files: 50, bytes: 64 * 2 ** 20 };
const NAME = /^\d{15}\.json\.gz$/;
const PARTIAL = '.new';
const MAX_BODY = 256 * 2 ** 20;

export interface Spool {
  /** Adds a request body; how many older ones had to go. Throws when the disk does not take it. */
  add(body: string, now: number): number;
  /** Oldest first. */
  list(): readonly string[];
  read(name: string): string;
  remove(name: string): void;
  /** Sets one aside that the server will never take, for somebody to look at. */
  refuse(name: string): string;
}

/** A spool in a directory, which is made readable by its owner only. */
export function openSpool(directory: string, limits = LIMITS): Spool {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // What an agent that was killed had half written.
  for (const name of readdirSync(directory)) if (name.endsWith(PARTIAL)) rmSync(join(directory, name), { force: true });
  const list = (): string[] =>
    readdirSync(directory)
      .filter((name) => NAME.test(name))
      .sort();
  return {
    list,
    add(body, now) {
      const newest = list().at(-1);
      // Names count up even when the clock goes back.
      const at = Math.max(now, newest === undefined ? 0 : Number(newest.slice(0, 15)) + 1);
      const name = `${String(at).padStart(15, '0')}.json.gz`;
      const path = join(directory, name);
      const partial = `${path}${PARTIAL}`;
      try {
        writeFileSync(partial, gzipSync(body), { mode: 0o600, flush: true });
        renameSync(partial, path);
      } catch (error) {
        rmSync(partial, { force: true });
        throw error;
      }
      const kept = list().map((one) => ({ one, size: statSync(join(directory, one)).size }));
      let bytes = kept.reduce((sum, { size }) => sum + size, 0);
      let dropped = 0;
      while (kept.length - dropped > 1 && (kept.length - dropped > limits.files || bytes > limits.bytes)) {
        const oldest = kept[dropped++];
        if (oldest === undefined) break;
        bytes -= oldest.size;
        rmSync(join(directory, oldest.one), { force: true });
      }
      return dropped;
    },
    read: (name) => gunzipSync(readFileSync(join(directory, name)), { maxOutputLength: MAX_BODY }).toString('utf8'),
    remove: (name) => rmSync(join(directory, name), { force: true }),
    refuse(name) {
      const aside = join(directory, 'refused.json.gz');
      renameSync(join(directory, name), aside);
      return aside;
    },
  };
}
