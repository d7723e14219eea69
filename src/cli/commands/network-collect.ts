/** `vedette network collect`: a snapshot of cloud accounts. */
import { type Collected, type CollectOptions, collect } from '../../aws/collect/collect.ts';
import { collectorPolicy } from '../../aws/collect/policy.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { writeStdout } from '../output.ts';
import { type Progress, progressOn } from '../terminal.ts';

export interface NetworkCollectOptions {
  readonly region?: readonly string[];
  readonly profile?: string;
  readonly roleArn?: readonly string[];
  readonly externalId?: string;
  readonly endpointUrl?: string;
  readonly resume?: boolean;
  readonly printPolicy?: boolean;
  readonly quiet?: boolean;
}

/** The regions that `--region a,b`, repeated or not, names. */
function regionsOf(values: readonly string[] | undefined): CollectOptions['regions'] {
  if (values === undefined) return undefined;
  const names = values.flatMap((value) => value.split(',')).map((name) => name.trim());
  if (names.length === 1 && names[0] === 'all') return 'all';
  const wrong = names.find((name) => !/^[a-z]{2,6}(-[a-z]+)+-\d{1,2}$/.test(name));
  if (wrong !== undefined) {
    throw new CommandError(`"${wrong}" is no region; give names such as eu-west-1, separated by commas, or "all"`, EXIT.usage);
  }
  return names;
}

function checkRole(role: string): string {
  if (!/^arn:[\w-]+:iam::\d{12}:role\/\S+$/.test(role)) {
    throw new CommandError(`"${role}" is no role; give its ARN, such as arn:aws:iam::123456789012:role/reader`, EXIT.usage);
  }
  return role;
}

function checkEndpoint(url: string): string {
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new CommandError(`"${url}" is no http(s) address`, EXIT.usage);
  return url;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Collects into `directory`; what cannot be collected at all ends the command. */
export async function collectInto(directory: string, options: NetworkCollectOptions, progress: Progress): Promise<Collected> {
  const regions = regionsOf(options.region);
  const roleArns = (options.roleArn ?? []).map(checkRole);
  const endpoint = options.endpointUrl === undefined ? undefined : checkEndpoint(options.endpointUrl);
  const connection = { profile: options.profile, endpoint };
  const { externalId, resume } = options;
  const result = await collect({ directory, connection, regions, roleArns, externalId, resume, progress });
  progress.done();
  if (result.ok) return result.value;
  const { code, message } = result.problem;
  throw new CommandError(message, code === 'estate-exists' || code === 'aws-no-region' ? EXIT.usage : EXIT.incomplete);
}

/** Collects into `directory`, or prints the policy that collecting needs. */
export async function networkCollect(directory: string | undefined, options: NetworkCollectOptions): Promise<ExitStatus> {
  if (options.printPolicy === true) {
    writeStdout([`${JSON.stringify(collectorPolicy(), null, 2)}\n`]);
    return EXIT.done;
  }
  if (directory === undefined) throw new CommandError('say where to write the snapshot: vedette network collect OUT', EXIT.usage);
  const progress = progressOn(process.stderr, options.quiet === true);
  const { accounts, regions: regionCount, answers, failed, problems } = await collectInto(directory, options, progress);
  for (const { message } of problems) process.stderr.write(`vedette: incomplete: ${message}\n`);
  const places = `${count(accounts.length, 'account')} (${accounts.join(', ')}), ${count(regionCount, 'region')}`;
  writeStdout([`${directory}: ${places}, ${count(answers, 'answer')}, ${failed} failed\n`]);
  return problems.length > 0 ? EXIT.incomplete : EXIT.done;
}
