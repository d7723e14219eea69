/** The queue on PostgreSQL: pg-boss (https://github.com/timgit/pg-boss), shared by any number of processes. */
import { randomUUID } from 'node:crypto';
import { CompiledQuery, sql } from 'kysely';
import type { PgBoss } from 'pg-boss';
import { fields, text } from '../inventory/values.ts';
import { fail, incomplete, messageOf, ok, type Result } from '../model/problem.ts';
import type { Write } from '../store/index.ts';
import { ATTEMPTS, FIRST_WAIT_MS, LEASE_MS, LONGEST_WAIT_MS, type Payload, type Queue } from './queue.ts';

/** Where its tables are, beside those of the store. */
const SCHEMA = 'vedette_jobs';
const CONNECTIONS = 4;
/** Longest a job may take while its worker lives. */
const LONGEST_SECONDS = 12 * 3600;
/** Where jobs go that were given up. */
const DEAD = 'dead';
const DEAD_MOST = 1_000;
const KEPT_SECONDS = 365 * 24 * 3600;
const DONE_SECONDS = 3600;

/** Seconds between looks for jobs whose time has come; new ones are told at once. */
const POLL = 1;
const SECONDS = 1_000;

interface Taken {
  readonly data: Payload;
  readonly retryCount: number;
  readonly signal: AbortSignal;
}

/** pg-boss writes in our transaction. */
function inside(transaction: Write): ReturnType<PgBoss['getDb']> {
  return {
    async executeSql(text, values) {
      const { rows } = await transaction.executeQuery(CompiledQuery.raw(text, values === undefined ? [] : [...values]));
      return { rows: rows as unknown[] };
    },
  };
}

/** Keeps a waiting job from being taken until the transaction ends; false when there is none any more. */
async function holdWaiting(transaction: Write, kind: string, key: string): Promise<boolean> {
  const { rows } = await sql`select id from ${sql.table(`${SCHEMA}.job`)}
    where name = ${kind} and singleton_key = ${key} and state = 'created' for share`.execute(transaction);
  return rows.length > 0;
}

/**
 * Opens the queue at a `postgres://` address and makes its tables when they are not there. Problem: `jobs-unreachable`. `report` is told
 * of trouble that the queue gets over by itself, such as a lost connection.
 */
export async function openBossQueue(address: string, report: (message: string) => void): Promise<Result<Queue>> {
  const { PgBoss } = await import('pg-boss');
  const boss = new PgBoss({
    connectionString: address,
    schema: SCHEMA,
    max: CONNECTIONS,
    application_name: 'vedette jobs',
    useListenNotify: true,
    // The least it takes: how soon jobs of a worker that was killed are seen.
    monitorIntervalSeconds: 30,
    superviseIntervalSeconds: 30,
  });
  boss.on('error', (error) => report(messageOf(error)));
  try {
    await boss.start();
    await boss.createQueue(DEAD, { retentionSeconds: KEPT_SECONDS });
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => undefined);
    return fail(incomplete('jobs-unreachable', `The queue in PostgreSQL cannot be used: ${messageOf(error)}`));
  }
  return ok(queueOn(boss));
}

function queueOn(boss: PgBoss): Queue {
  const made = new Map<string, Promise<void>>();
  const closing = new AbortController();

  /** Each kind has its own queue. */
  function queue(kind: string): Promise<void> {
    let known = made.get(kind);
    known ??= boss.createQueue(kind, {
      policy: 'short',
      notify: true,
      retryLimit: ATTEMPTS - 1,
      retryBackoff: true,
      retryDelay: FIRST_WAIT_MS / SECONDS,
      retryDelayMax: LONGEST_WAIT_MS / SECONDS,
      heartbeatSeconds: LEASE_MS / SECONDS,
      expireInSeconds: LONGEST_SECONDS,
      retentionSeconds: KEPT_SECONDS,
      deleteAfterSeconds: DONE_SECONDS,
      deadLetter: DEAD,
    });
    made.set(kind, known);
    // The next one asks again.
    known.catch(() => made.delete(kind));
    return known;
  }

  return {
    async send(kind, payload, { runAt, uniqueKey, transaction } = {}) {
      await queue(kind);
      for (;;) {
        const id = await boss.send(kind, payload, {
          // Of jobs with the same key one waits; without a key, each has its own.
          singletonKey: uniqueKey ?? randomUUID(),
          ...(runAt !== undefined && { startAfter: new Date(runAt) }),
          ...(transaction !== undefined && { db: inside(transaction) }),
        });
        if (id !== null) return true;
        // The one that waits is to see what the transaction does. Begun meanwhile, it is followed by another.
        if (transaction === undefined || uniqueKey === undefined || (await holdWaiting(transaction, kind, uniqueKey)))
          return false;
      }
    },
    async work(kind, handler, { concurrency = 1 } = {}) {
      await queue(kind);
      const handled = async (jobs: readonly Taken[]) => {
        for (const { data, retryCount, signal } of jobs) {
          const both = AbortSignal.any([signal, closing.signal]);
          await handler({ kind, payload: data, attempt: retryCount + 1, signal: both });
        }
      };
      const options = {
        includeMetadata: true,
        batchSize: 1,
        pollingIntervalSeconds: POLL,
        notifyPollingIntervalSeconds: POLL,
      } as const;
      for (let count = 0; count < concurrency; count++) {
        const worker: string = await boss.work<Payload, void, typeof options>(kind, options, async (jobs) => {
          // Where one job was there may be more: the next look comes at once.
          boss.notifyWorker(worker);
          await handled(jobs);
        });
      }
    },
    async schedule(kind, cron, payload = {}) {
      await queue(kind);
      await boss.schedule(kind, cron, payload, { tz: 'UTC', missed: 'once' });
    },
    async dead() {
      const jobs = (await boss.findJobs<Payload>(DEAD)).map(({ id, data, createdOn, ...job }) => {
        const error = text(fields(job.sourceOutput)?.message) ?? JSON.stringify(job.sourceOutput);
        const [attempts, createdAt] = [(job.sourceRetryCount ?? 0) + 1, (job.sourceCreatedOn ?? createdOn).getTime()];
        return { id, kind: job.sourceName ?? DEAD, payload: data, attempts, error, createdAt };
      });
      return jobs.sort((a, b) => a.createdAt - b.createdAt).slice(0, DEAD_MOST);
    },
    async replay(kind, id) {
      return (await boss.redrive(DEAD, { ids: [id], sourceName: kind })) > 0;
    },
    async close(patience = 10_000) {
      closing.abort();
      await boss.stop({ graceful: true, timeout: Math.max(patience, 1), close: true });
    },
  };
}
