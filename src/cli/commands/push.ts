/** `vedette push`: takes the inventory of a target and hands it to a server, from CI or by hand. */
import { basename, resolve } from 'node:path';
import type { Description } from '../../engine/resource.ts';
import type { Inventory } from '../../model/package.ts';
import { count } from '../../reports/text.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { bodyOf } from '../service/body.ts';
import { type ClientOptions, clientFor } from '../service/client.ts';
import { handIn } from '../service/hand-in.ts';
import { describeHost } from '../service/host-facts.ts';
import { tagsOf } from '../service/tags.ts';
import { inventoryOf, type TargetArgument, type TargetOptions, targetArgument } from '../target.ts';
import { progressOn } from '../terminal.ts';

export interface PushOptions extends TargetOptions, Partial<ClientOptions> {
  /** Name of the resource; default: from the target. */
  readonly name?: string;
  /** What the document is of, for SBOMs and root file systems. */
  readonly as?: Description['kind'];
  readonly tag?: readonly string[];
  readonly quiet?: boolean;
}

/** `registry/team/app:1.2@sha256:…` → repository and tag. */
function imageName(reference: string): { readonly name: string; readonly tag?: string; readonly registry?: string } {
  const bare = reference.replace(/@sha256:[0-9a-f]+$/, '');
  const [, path = bare, tag] = /^(.*?)(?::([\w.-]+))?$/.exec(bare) ?? [];
  const [first = '', ...rest] = path.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const name = hasRegistry ? rest.join('/') : path;
  return { name, ...(tag !== undefined && { tag }), ...(hasRegistry && { registry: first }) };
}

function isFile(reference: string): boolean {
  return /^[./~]|\.(?:tar|tgz|tar\.gz|oci)$/.test(reference);
}

/** Names in the API's form: what repositories and functions may be called. */
function plain(name: string): string {
  return name.replaceAll(/[^\w.\-/]+/g, '-').replace(/^[-/.]+/, '') || 'unnamed';
}

function describe(target: TargetArgument, inventory: Inventory, options: PushOptions): Description {
  const [first = '.'] = target.names;
  const kind =
    options.as ??
    { image: 'image', host: 'host', rootfs: 'host', lambda: 'lambda', project: 'project', sbom: 'project' }[target.kind];
  const named = (fallback: string) => plain(options.name ?? fallback);
  if (target.kind === 'host') return describeHost();
  if (kind === 'host') return { kind: 'host', name: named(basename(resolve(first))), machine: named(resolve(first)) };
  if (kind === 'image') {
    const known: ReturnType<typeof imageName> = isFile(first)
      ? { name: basename(first).replace(/\.\w+$/, '') }
      : imageName(first);
    const { digest } = inventory.target;
    return {
      kind: 'image',
      name: named(known.name),
      image: {
        ...(digest !== undefined && { digest }),
        ...(known.tag !== undefined && { tags: [known.tag] }),
        ...(known.registry !== undefined && { registry: known.registry }),
      },
    };
  }
  const stem = basename(resolve(first)).replace(/\.(?:zip|json|xml|spdx|cdx)+$/, '');
  if (kind === 'lambda') {
    return {
      kind: 'lambda',
      name: named(stem),
      lambda: { ...(options.runtime !== undefined && { runtime: options.runtime }), packageType: 'ZIP' },
    };
  }
  return { kind: 'project', name: named(stem) };
}

/** Status 0 when the server took it; 3 when it did not, or something could not be read. */
export async function push(kind: string, names: readonly string[], options: PushOptions): Promise<ExitStatus> {
  if (options.server === undefined) throw new CommandError('Give the address of the server: --server https://….', EXIT.usage);
  const client = clientFor({ ...options, server: options.server });
  const target = targetArgument(kind, names);
  const tags = options.tag && tagsOf(options.tag);
  const progress = progressOn(process.stderr, options.quiet === true);
  const inventory = await inventoryOf(target, options, progress);
  const description = { ...describe(target, inventory, options), ...(tags && { tags }) };
  progress.step(`handing ${count(inventory.packages.length, 'package')} to ${client.url} …`);
  const answered = await handIn(client, bodyOf(description, inventory, 'push'));
  progress.done();
  if (!answered.ok) throw new CommandError(`${answered.problem.message} [${answered.problem.code}]`);
  const { resource, findings, problems } = answered.value;
  process.stdout.write(`${resource}\n`);
  progress.say(
    `findings: ${findings.created} new, ${findings.updated} changed, ${findings.closed} closed, ${findings.reopened} reopened`,
  );
  for (const { effect, message } of problems) if (effect === 'incomplete') progress.say(`incomplete: ${message}`);
  return problems.some(({ effect }) => effect === 'incomplete') ? EXIT.incomplete : EXIT.done;
}
