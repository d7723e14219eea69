/**
 * Inventories that wait for the server, as files: what was taken survives outages of the network, of the server and of the agent. They
 * are written and sent as they lie there, compressed, and never read into memory. The spool is bounded; when it is full the oldest goes,
 * because each inventory is whole and the newest says how things are.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../model/problem.ts';
import { type Held, hold } from '../../store/sqlite/lock.ts';
import { CommandError } from '../exit.ts';

export interface SpoolLimits {
  readonly files: number;
  readonly bytes: number;
}

/** A week of one change every few hours, on a large host. */
const LIMITS: SpoolLimits = { files: 50, bytes: 64 * 2 ** 20 };
const NAME = /^\d{15}\.json\.gz$/;
const PARTIAL = '.new';

export interface Spool {
  /** Path that the next inventory is to be written to, as gzip, before it is added. What was written there and never added goes. */
  place(): string;
  /** Adds what was written to a place; how many older ones had to go. */
  add(place: string, now: number): number;
  /** Names, oldest first. */
  list(): readonly string[];
  path(name: string): string;
  remove(name: string): void;
  /** Sets one aside that the server will never take, for somebody to look at; where it is. */
  refuse(name: string): string;
}

/** Keeps other agents off the spool until it is closed: two would send old inventories after new ones. */
export function holdSpool(directory: string): Held {
  let held: Held | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    held = hold(join(directory, 'lock'));
  } catch (error) {
    throw new CommandError(`The spool ${directory} cannot be written: ${messageOf(error)}. Give another one with --spool.`);
  }
  if (held !== undefined) return held;
  throw new CommandError(`Another agent uses the spool ${directory}: stop it, or give this one another --spool.`);
}

/** A spool in a directory, which is made readable by its owner only. */
export function openSpool(directory: string, limits = LIMITS): Spool {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = (name: string) => join(directory, name);
  const remove = (name: string) => rmSync(path(name), { force: true });
  const list = () =>
    readdirSync(directory)
      .filter((name) => NAME.test(name))
      .sort();
  let places = 0;
  return {
    list,
    path,
    remove,
    place() {
      // What a process that was killed had half written.
      for (const name of readdirSync(directory)) if (name.endsWith(PARTIAL)) remove(name);
      return path(`${process.pid}-${places++}${PARTIAL}`);
    },
    add(place, now) {
      const newest = list().at(-1);
      // Names count up even when the clock goes back.
      const at = Math.max(now, newest === undefined ? 0 : Number(newest.slice(0, 15)) + 1);
      renameSync(place, path(`${String(at).padStart(15, '0')}.json.gz`));
      const kept = list().map((name) => ({ name, size: statSync(path(name)).size }));
      let bytes = kept.reduce((sum, { size }) => sum + size, 0);
      let dropped = 0;
      while (kept.length - dropped > 1 && (kept.length - dropped > limits.files || bytes > limits.bytes)) {
        const oldest = kept[dropped++];
        if (oldest === undefined) break;
        bytes -= oldest.size;
        remove(oldest.name);
      }
      return dropped;
    },
    refuse(name) {
      const aside = path('refused.json.gz');
      renameSync(path(name), aside);
      return aside;
    },
  };
}
