/** `vedette sbom`: inventory only. */
import type { Inventory } from '../../model/package.ts';
import { FORMATS } from '../../reports/registry.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { type Output, parseOutputs, reportOptions, writeOutput } from '../output.ts';
import { inventoryOf, type TargetOptions, targetArgument } from '../target.ts';
import { progressOn } from '../terminal.ts';
import { timestampNow } from './scan.ts';

export interface SbomOptions extends TargetOptions {
  readonly format?: readonly string[];
  readonly specVersion?: '1.4' | '1.5' | '1.6' | '1.7';
  readonly timestamp?: boolean;
  readonly quiet?: boolean;
}

function write(inventory: Inventory, output: Output, options: SbomOptions): void {
  const timestamp = options.timestamp === true ? timestampNow() : undefined;
  const { format } = output;
  const pieces = format.inventory?.(inventory, {
    ...reportOptions(output, { timestamp }),
    cycloneDxVersion: options.specVersion,
  });
  if (pieces !== undefined) writeOutput(output, pieces);
}

/** Writes the bill of materials; what could not be read is told on stderr, because these formats have little place for it. */
export async function sbom(kind: string, names: readonly string[], options: SbomOptions): Promise<ExitStatus> {
  const outputs = parseOutputs(options.format ?? ['cyclonedx'], FORMATS);
  for (const { format } of outputs) {
    if (format.inventory !== undefined) continue;
    const known = FORMATS.filter((one) => one.inventory !== undefined).map((one) => one.id);
    throw new CommandError(`"${format.id}" is about findings; for an inventory take ${known.join(', ')}.`, EXIT.usage);
  }
  const target = targetArgument(kind, names);
  const progress = progressOn(process.stderr, options.quiet === true);
  const inventory = await inventoryOf(target, options, progress);
  progress.done();
  for (const output of outputs) write(inventory, output, options);
  for (const { effect, message, path } of inventory.problems)
    progress.say(`${effect === 'incomplete' ? 'incomplete: ' : ''}${path === undefined ? '' : `${path}: `}${message}`);
  return inventory.problems.some(({ effect }) => effect === 'incomplete') ? EXIT.incomplete : EXIT.done;
}
