/** `vedette network analyze`: a snapshot, or AWS itself; what is reachable in it; reports; exit status. */
import { openWorkspace } from '../../artifacts/workspace.ts';
import type { Estate } from '../../estate/estate.ts';
import { openEstate } from '../../estate/read.ts';
import type { NetworkSeverity, ProfileId } from '../../network/findings/services.ts';
import { assessNetwork, type NetworkAssessment } from '../../network/index.ts';
import { namesOf } from '../../reports/network/names.ts';
import { NETWORK_FORMATS } from '../../reports/network/registry.ts';
import { NETWORK_SEVERITIES } from '../../reports/network/summary.ts';
import { orThrow } from '../advisories.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { parseOutputs, reportOptions, writeOutput } from '../output.ts';
import { type Progress, progressOn } from '../terminal.ts';
import type { NetworkCollectOptions } from './network-collect.ts';
import { timestampNow } from './scan.ts';

interface LiveOptions extends Pick<NetworkCollectOptions, 'region' | 'roleArn' | 'externalId' | 'endpointUrl'> {
  readonly awsProfile?: string;
}

export interface NetworkAnalyzeOptions extends LiveOptions {
  readonly toolVersion: string;
  readonly live?: boolean;
  readonly profile: ProfileId;
  readonly lateral?: boolean;
  readonly format?: readonly string[];
  readonly failOn?: string;
  readonly all?: boolean;
  readonly limit?: number;
  readonly evidence?: number;
  readonly timestamp?: boolean;
  readonly quiet?: boolean;
}

function severityOf(text: string): NetworkSeverity {
  const severity = NETWORK_SEVERITIES.find((one) => one === text.toUpperCase());
  if (severity !== undefined) return severity;
  const known = NETWORK_SEVERITIES.map((one) => one.toLowerCase()).join(', ');
  throw new CommandError(`--fail-on "${text}" is no severity. Known: ${known}.`, EXIT.usage);
}

/** Asks AWS; the snapshot is gone afterwards. */
async function liveEstate(options: LiveOptions, progress: Progress): Promise<Estate> {
  const { collectInto } = await import('./network-collect.ts');
  const { directory, close } = orThrow(openWorkspace());
  try {
    const { problems } = await collectInto(directory, { ...options, profile: options.awsProfile }, progress);
    const estate = orThrow(await openEstate(directory));
    return { ...estate, problems: [...estate.problems, ...problems] };
  } finally {
    close();
  }
}

async function estateOf(snapshot: string | undefined, options: NetworkAnalyzeOptions, progress: Progress): Promise<Estate> {
  if ((snapshot === undefined) !== (options.live === true))
    throw new CommandError('name a snapshot, or give --live to ask AWS (and not both)', EXIT.usage);
  if (snapshot === undefined) return liveEstate(options, progress);
  progress.step(`reading ${snapshot} …`);
  return orThrow(await openEstate(snapshot));
}

/** A finding that depends on something unknown fails no gate by its severity: it makes the result incomplete. */
function failing({ findings }: NetworkAssessment, failOn: NetworkSeverity | undefined): NetworkAssessment['findings'] {
  if (failOn === undefined) return [];
  const least = NETWORK_SEVERITIES.indexOf(failOn);
  return findings.filter(({ severity, unknown }) => unknown.length === 0 && NETWORK_SEVERITIES.indexOf(severity) <= least);
}

/** Runs the command; the reports are written before the status is decided. */
export async function networkAnalyze(snapshot: string | undefined, options: NetworkAnalyzeOptions): Promise<ExitStatus> {
  const outputs = parseOutputs(options.format ?? ['table'], NETWORK_FORMATS);
  const failOn = options.failOn === undefined ? undefined : severityOf(options.failOn);
  const progress = progressOn(process.stderr, options.quiet === true);
  const estate = await estateOf(snapshot, options, progress);
  progress.step('analysing …');
  const assessment = assessNetwork(estate, options.profile, { lateral: options.lateral === true });
  progress.done();
  const report = {
    tool: { name: 'vedette', version: options.toolVersion },
    name: snapshot ?? 'live',
    regions: estate.regions.map(({ account, region }) => ({ account, region })),
    profile: options.profile,
    assessment,
    names: namesOf(estate),
  } as const;
  const { all, limit, evidence } = options;
  const timestamp = options.timestamp === true ? timestampNow() : undefined;
  for (const output of outputs)
    writeOutput(output, output.format.render(report, reportOptions(output, { all, limit, evidence, timestamp })));
  const found = failing(assessment, failOn);
  if (found.length > 0) progress.say(`--fail-on "${options.failOn}": ${found.length} findings match`);
  if (found.length > 0) return EXIT.policy;
  return assessment.summary.complete ? EXIT.done : EXIT.incomplete;
}
