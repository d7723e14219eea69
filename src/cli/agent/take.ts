/** Taking the inventory of this host into a file: what reading a machine needs is loaded by the process that does it, and by no other. */
import { writeFileSync } from 'node:fs';
import { canonicalJson, digestOf } from '../../model/canonical.ts';
import type { Inventory } from '../../model/package.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { bodyOf } from '../service/body.ts';
import { describeHost } from '../service/host-facts.ts';
import { inventoryOf, targetArgument } from '../target.ts';
import { progressOn } from '../terminal.ts';
import type { Taken } from './host.ts';

function tagsOf(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new CommandError(`--tag takes key=value; "${text}" is not.`, EXIT.usage);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** Writes an inventory of this machine into the file. */
export function writeTaken(file: string, inventory: Inventory, tags: readonly string[]): void {
  const body = bodyOf(describeHost(tagsOf(tags)), inventory, 'agent');
  const { packages, target, problems } = inventory;
  // Equal digests: nothing changed on the host, nor in how much of it could be read.
  const unread = problems.flatMap(({ effect, code, path }) => (effect === 'incomplete' ? [[code, path ?? '']] : []));
  const digest = digestOf(canonicalJson({ packages, target, unread }));
  writeFileSync(file, JSON.stringify({ body, digest } satisfies Taken), { mode: 0o600 });
}

/** Takes the inventory of this machine into the file. */
export async function takeInto(file: string, tags: readonly string[]): Promise<ExitStatus> {
  writeTaken(file, await inventoryOf(targetArgument('host', []), {}, progressOn(process.stderr, true)), tags);
  return EXIT.done;
}
