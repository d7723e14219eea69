/** One look at a whole registry: every repository that its rules name. Registries do not wait for each other. */

import { text } from '../../inventory/values.ts';
import type { Job } from '../../jobs/index.ts';
import { messageOf, type Problem } from '../../model/problem.ts';
import {
  changeStatus,
  frequencyOf,
  namedRepositories,
  type Registry,
  type RegistryStatus,
  readRegistry,
} from './configuration.ts';
import { connectTo, type Listed, listRepositories } from './listing.ts';
import type { Parts } from './parts.ts';
import { unwatch, watchRepository } from './repository.ts';
import { knownRepositories } from './state.ts';

const MINUTE = 60_000;
/** A registry that fails is asked less and less often, down to this. */
const LONGEST_WAIT_MS = 6 * 60 * MINUTE;
const MOST_PROBLEMS = 50;
/** A look that ran out of time goes on after this. */
const SOON_MS = 5_000;

/** When a registry is due again. */
function nextPoll({ intervalMinutes }: Registry, failures: number, now: number): number {
  const interval = intervalMinutes * MINUTE;
  return now + Math.max(interval, Math.min(interval * 2 ** Math.min(failures, 20), LONGEST_WAIT_MS));
}

/** Whether a registry is to be looked at now. A last look in the future, or a wait longer than any, is from before the clock was put back. */
export function isDue(registry: Registry, { nextPollAt, polledAt = 0 }: RegistryStatus, now: number): boolean {
  return nextPollAt <= now || polledAt > now || nextPollAt > nextPoll(registry, Number.POSITIVE_INFINITY, now);
}

interface Outcome {
  readonly repositories: number;
  readonly images: number;
  readonly queued: number;
  readonly problems: readonly Problem[];
  readonly failed: boolean;
  /** There is more to do at once; `after`: following this repository. */
  readonly more: boolean;
  readonly after?: string;
}

async function lookAt(parts: Parts, registry: Registry, after: string | undefined, signal: AbortSignal): Promise<Outcome> {
  const problems: Problem[] = [];
  const outcome = { repositories: 0, images: 0, queued: 0, problems, failed: true, more: false };
  const { retryMilliseconds } = parts;
  const connection = await connectTo(registry, parts.sealer, {
    signal,
    ...(retryMilliseconds !== undefined && { retryMilliseconds }),
  });
  if (!connection.ok) return { ...outcome, problems: [connection.problem] };
  const named = namedRepositories(registry);
  const known = await knownRepositories(parts.store, registry);
  let listed: Listed = { names: named ?? [] };
  if (named === undefined) {
    const asked = await listRepositories(connection.value);
    if (asked.ok) listed = asked.value;
    else problems.push(asked.problem);
    if (listed.problem !== undefined) problems.push(listed.problem);
  }
  outcome.failed = problems.length > 0 && listed.names.length === 0;
  const names = [...new Set([...listed.names, ...known])].sort();
  // A look that was cut off goes on where it was.
  const start = after === undefined ? 0 : names.findIndex((name) => name > after);
  let last: string | undefined;
  for (const repository of names.slice(Math.max(start, 0))) {
    if (signal.aborted)
      return { ...outcome, more: true, ...(last !== undefined ? { after: last } : after !== undefined && { after }) };
    const frequency = frequencyOf(registry, repository);
    if (frequency === undefined) {
      if (known.includes(repository)) await unwatch(parts, registry, repository);
      continue;
    }
    const client = connection.value.client(repository);
    const looked = await watchRepository(parts, registry, { repository, frequency, client, scope: 'all' });
    outcome.repositories++;
    outcome.images += looked.images;
    outcome.queued += looked.queued;
    outcome.more ||= looked.more;
    const [first] = looked.problems;
    if (first !== undefined && !signal.aborted) problems.push({ ...first, path: repository });
    last = repository;
  }
  return outcome;
}

/** The job `registry`: looks at a registry now and notes how that went. What fails is told there, not by the job. */
export async function pollRegistry(parts: Parts, { payload, attempt, signal }: Job): Promise<void> {
  const { store, clock, log, pollMilliseconds } = parts;
  const [account, name] = [text(payload.account), text(payload.registry)];
  if (account === undefined || name === undefined) return;
  const registry = await readRegistry(store.read, { account, name });
  if (registry === undefined) return;
  const started = clock();
  const busyUntil = started + pollMilliseconds + MINUTE;
  // Somebody is at it: the next look follows. A job that is tried again was cut off itself.
  const isBusy = ({ busyUntil: until = 0 }: RegistryStatus) => attempt === 1 && until > started && until <= busyUntil;
  const claim = (status: RegistryStatus): RegistryStatus =>
    isBusy(status) ? { ...status, nextPollAt: started } : { ...status, busyUntil, nextPollAt: busyUntil };
  const before = await store.write((tx) => changeStatus(tx, registry, claim, started));
  if (before === undefined || isBusy(before)) return;
  const time = AbortSignal.any([signal, AbortSignal.timeout(pollMilliseconds)]);
  const outcome = await lookAt(parts, registry, before.after, time).catch((error: unknown): Outcome => {
    const problem: Problem = { code: 'registry-failed', message: messageOf(error), effect: 'incomplete' };
    return { repositories: 0, images: 0, queued: 0, problems: [problem], failed: true, more: false };
  });
  // Stopped: whoever runs next takes the job up again.
  if (signal.aborted) throw new Error('stopped before the registry was looked at');
  const now = clock();
  const failures = outcome.failed ? before.failures + 1 : 0;
  const { repositories, images, queued, problems, more, after } = outcome;
  const status: RegistryStatus = {
    polledAt: now,
    nextPollAt: more && !outcome.failed ? now + SOON_MS : nextPoll(registry, failures, now),
    milliseconds: now - started,
    repositories,
    images,
    failures,
    ...(after !== undefined && { after }),
    problems: problems.slice(0, MOST_PROBLEMS),
  };
  // Asked for once more while this look was under way: that stays.
  const end = ({ nextPollAt }: RegistryStatus) => (nextPollAt === busyUntil ? status : { ...status, nextPollAt });
  await store.write((tx) => changeStatus(tx, registry, end, now));
  const facts = { registry: name, repositories, images, queued, milliseconds: now - started, problems: problems.length };
  const [first] = problems;
  if (first === undefined) log.info(facts, 'a registry was looked at');
  else log.error({ ...facts, code: first.code }, first.message);
}
