/** Taking the inventory of this host into a file: what reading a machine needs is loaded by the process that does it, and by no other. */
import { rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { gzipSync } from 'node:zlib';
import type { Inventory } from '../../model/package.ts';
import { messageOf } from '../../model/problem.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { bodyOf } from '../service/body.ts';
import { describeHost } from '../service/host-facts.ts';
import { tagsOf } from '../service/tags.ts';
import { inventoryOf, targetArgument } from '../target.ts';
import { progressOn } from '../terminal.ts';

/** As `nice` has it: a tenth of a busy processor. At the lowest priority a look at a machine that is always busy would take hours. */
const NICE = 10;

/** Writes an inventory of this machine as gzip, ready to be sent. Throws when the disk does not take it. */
export function writeTaken(file: string, inventory: Inventory, tags: readonly string[]): void {
  const body = bodyOf(describeHost(tagsOf(tags)), inventory, 'agent');
  writeFileSync(file, gzipSync(body), { mode: 0o600, flag: 'wx', flush: true });
}

/** Takes the inventory of this machine into the file, giving way to whatever else the machine does. */
export async function takeInto(file: string, tags: readonly string[]): Promise<ExitStatus> {
  setPriority(NICE);
  const inventory = await inventoryOf(targetArgument('host', []), {}, progressOn(process.stderr, true));
  try {
    writeTaken(file, inventory, tags);
  } catch (error) {
    rmSync(file, { force: true });
    throw new CommandError(`The inventory cannot be kept: ${messageOf(error)}.`);
  }
  return EXIT.done;
}
