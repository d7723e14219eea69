/** `vedette network diff`: what became reachable, or no longer is, between two snapshots. */
import { openEstate } from '../../estate/read.ts';
import { diffNetworks } from '../../network/diff.ts';
import type { ProfileId } from '../../network/findings/services.ts';
import { assessNetworks } from '../../network/index.ts';
import { renderDifference } from '../../reports/network/difference.ts';
import { namesOf } from '../../reports/network/names.ts';
import { orThrow } from '../advisories.ts';
import { EXIT, type ExitStatus } from '../exit.ts';
import { writeStdout } from '../output.ts';
import { progressOn, useColor } from '../terminal.ts';

export interface NetworkDiffOptions {
  readonly profile: ProfileId;
  readonly failOnOpened?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Status 1 with `--fail-on-opened` when something became reachable; 3 when either snapshot has gaps. */
export async function networkDiff(older: string, newer: string, options: NetworkDiffOptions): Promise<ExitStatus> {
  const progress = progressOn(process.stderr, options.quiet === true);
  progress.step(`reading ${older} and ${newer} …`);
  const [before, after] = [orThrow(await openEstate(older)), orThrow(await openEstate(newer))];
  progress.step('analysing …');
  const [first, second] = assessNetworks(before, after, options.profile);
  const difference = diffNetworks(first, second);
  progress.done();
  const names = new Map([...namesOf(before), ...namesOf(after)]);
  if (options.json === true) writeStdout([`${JSON.stringify({ schemaVersion: 1, ...difference }, undefined, 2)}\n`]);
  else writeStdout(renderDifference(difference, names, { color: useColor(process.stdout) }));
  if (options.failOnOpened === true && difference.opened.length > 0) return EXIT.policy;
  return first.summary.complete && second.summary.complete ? EXIT.done : EXIT.incomplete;
}
