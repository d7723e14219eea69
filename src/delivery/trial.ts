/** A test event to one target, sent at once and past the outbox: whether its settings are right. */
import { randomUUID } from 'node:crypto';
import { type Fields, fields } from '../inventory/values.ts';
import { messageOf } from '../model/problem.ts';
import type { Store } from '../store/index.ts';
import type { Sealer } from '../store/seal.ts';
import type { Event } from './event.ts';
import { TARGET_KINDS } from './registry.ts';
import { type Outcome, validate } from './target.ts';

const TIMEOUT_MS = 20_000;
const TITLE = 'Test event of Vedette: this is no finding';

interface Place {
  readonly account: string;
  readonly region: string;
}

/** An event that is recognizable as a test, of the first of these kinds that a target takes. */
function eventFor(takes: readonly Event['kind'][], { account, region }: Place, now: number): Event {
  const base = { account, region, time: new Date(now).toISOString(), resources: ['i-00000000000000000'] };
  if (takes.includes('coverage')) {
    return { ...base, kind: 'coverage', statusCode: 'ACTIVE', reason: 'SUCCESSFUL', scanType: 'PACKAGE' };
  }
  if (takes.includes('metrics')) return { ...base, kind: 'metrics', findingCounts: {}, resourceCounts: {} };
  const time = new Date(now);
  const finding = {
    findingArn: `arn:aws:inspector2:${region}:${account}:finding/${'0'.repeat(32)}`,
    awsAccountId: account,
    type: 'PACKAGE_VULNERABILITY',
    title: TITLE,
    description: TITLE,
    severity: 'INFORMATIONAL',
    status: 'CLOSED',
    firstObservedAt: time,
    lastObservedAt: time,
    updatedAt: time,
    remediation: { recommendation: { text: 'None Provided' } },
    resources: [{ type: 'AWS_EC2_INSTANCE', id: 'i-00000000000000000', partition: 'aws', region, tags: {} }],
  };
  return { ...base, kind: 'finding', change: 'closed', finding: JSON.parse(JSON.stringify(finding)) };
}

/** Sends a test event to a target; undefined when the account has no such target. What does not arrive is not sent again. */
export async function tryTarget(
  store: Store,
  id: number,
  place: Place,
  { open }: Sealer,
  now: number,
): Promise<Outcome | undefined> {
  const row = await store.read
    .selectFrom('target')
    .selectAll()
    .where('id', '=', id)
    .where('account', '=', place.account)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const kind = TARGET_KINDS.find((one) => one.id === row.kind);
  if (kind === undefined) return { kind: 'refused', error: `There is no kind of target ${row.kind}.` };
  const configuration: Fields = fields(JSON.parse(row.configuration)) ?? {};
  const secrets: Fields = row.secrets === null ? {} : (fields(JSON.parse(open(row.secrets))) ?? {});
  const good = validate(kind, configuration, secrets);
  if (!good.ok) return { kind: 'refused', error: good.problem.message };
  const event = eventFor(kind.takes, place, now);
  const sender = kind.open(configuration, secrets);
  try {
    const delivery = { id: randomUUID(), ordering: 'test', event };
    const [outcome] = await sender.send([delivery], AbortSignal.timeout(TIMEOUT_MS));
    return outcome ?? { kind: 'failed', error: 'The target gave no answer.' };
  } catch (error) {
    return { kind: 'failed', error: messageOf(error) };
  } finally {
    await sender.close();
  }
}
