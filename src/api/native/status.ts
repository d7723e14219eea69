/** How the service is: its advisory database, what waits, and the network analysis. */
import type { FastifyInstance } from 'fastify';
import about from '../../../package.json' with { type: 'json' };
import { backlog } from '../../delivery/outbox/dead.ts';
import type { Engine } from '../../engine/engine.ts';
import { pending } from '../../engine/fleet.ts';
import type { NetworkAssessed } from '../../engine/network.ts';
import { openEstate } from '../../estate/read.ts';
import type { Queue } from '../../jobs/index.ts';
import type { Result } from '../../model/problem.ts';
import { visibleAccounts } from '../../store/accounts.ts';
import type { RequestContext } from '../context.ts';
import { cisProblems } from '../inspector2/cis.ts';
import type { NativeApi } from '../native.ts';
import { accessDenied, invalid } from '../protocol/errors.ts';
import { ANY, INTEGER, iso, object, refused, TEXT } from './schemas.ts';
import { toldOf, uploadsIn } from './uploads.ts';

const MOST_ESTATE = 512 * 2 ** 20;

const ANALYSED = object({
  instances: INTEGER,
  created: INTEGER,
  updated: INTEGER,
  closed: INTEGER,
  problems: { type: 'array', items: ANY, description: 'What is not known' },
});

/** `GET /status`, `GET /database`. */
export function addStatus(app: FastifyInstance, api: NativeApi, queue: Queue): void {
  const database = {
    summary: 'The advisory database in use',
    description: 'When it was built, its sources with their age, and how many parts of inventories wait to be matched with it.',
    response: { 200: object({ builtAt: TEXT, advisories: INTEGER, sources: { type: 'array', items: ANY }, pending: INTEGER }) },
  } as const;
  app.get('/database', { schema: database }, async (request) => {
    const { store, services } = api.contextOf(request);
    const found = await services.advisories();
    if (!found.ok) throw Object.assign(new Error(found.problem.message), { statusCode: 503 });
    const { builtAt, advisories, sources } = found.value.info;
    return { builtAt, advisories, sources, pending: await pending(store.read) };
  });

  const status = {
    summary: 'How the service is',
    description: 'Resources by status, findings, what waits to be matched or delivered, and jobs that were given up.',
    response: {
      200: object({
        version: TEXT,
        time: TEXT,
        resources: ANY,
        findings: ANY,
        unitsPending: INTEGER,
        deliveriesWaiting: INTEGER,
        deadLetters: INTEGER,
        deadJobs: INTEGER,
        problems: { type: 'array', items: ANY },
      }),
    },
  } as const;
  app.get('/status', { schema: status }, async (request) => {
    const { store, account, services, now } = api.contextOf(request);
    const accounts = [...(await visibleAccounts(store.read, account))];
    const counted = await store.read
      .selectFrom('resource')
      .select(['status_reason', ({ fn }) => fn.countAll<number>().as('count')])
      .where('account', 'in', accounts)
      .where('removed_at', 'is', null)
      .groupBy('status_reason')
      .execute();
    const findings = await store.read
      .selectFrom('finding')
      .select(['status', ({ fn }) => fn.countAll<number>().as('count')])
      .where('account', 'in', accounts)
      .groupBy('status')
      .execute();
    const own = await store.read.selectFrom('target').select('id').where('account', '=', account).execute();
    const waiting = (await backlog(store)).filter(({ target }) => own.some(({ id }) => id === target));
    const advisories = await services.advisories();
    const trouble = await store.trouble();
    const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + Number(one), 0);
    return {
      version: about.version,
      time: iso(now()),
      resources: Object.fromEntries(counted.map(({ status_reason, count }) => [status_reason, Number(count)])),
      findings: Object.fromEntries(findings.map((row) => [row.status, Number(row.count)])),
      unitsPending: await pending(store.read),
      deliveriesWaiting: sum(waiting.map((one) => one.waiting)),
      deadLetters: sum(waiting.map((one) => one.dead)),
      deadJobs: (await queue.dead()).length,
      problems: [
        ...(advisories.ok ? [] : [advisories.problem]),
        ...(trouble === undefined ? [] : [trouble]),
        ...(await cisProblems(store.read, account)),
      ],
    };
  });
}

function needInstallation({ account, managementAccount }: RequestContext): void {
  if (account !== managementAccount) throw accessDenied('The network is analysed by the account of the installation');
}

function shown(assessed: Result<NetworkAssessed>) {
  if (!assessed.ok) throw invalid(assessed.problem.message);
  const { instances, changes, problems } = assessed.value;
  return {
    instances,
    created: changes.created.length + changes.reopened.length,
    updated: changes.updated.length,
    closed: changes.closed.length,
    problems,
  };
}

/** `POST /estate` and `/estate/analyze`; in a scope of their own. */
export function addEstate(app: FastifyInstance, api: NativeApi, engine: Engine): void {
  const uploads = uploadsIn(app);
  const upload = {
    summary: 'Analyse a snapshot of the network',
    description:
      'The body is a tar of a snapshot (plain, gzip or zstd; docs/estate.md), at most 512 MiB. It is analysed once and not kept.',
    response: { 200: ANALYSED },
  } as const;
  app.post('/estate', { schema: upload, bodyLimit: Number.MAX_SAFE_INTEGER }, async (request) => {
    needInstallation(api.contextOf(request));
    return uploads.receive(request.body, MOST_ESTATE, async (file, directory) => {
      const estate = await openEstate(file);
      if (!estate.ok) throw invalid(toldOf(estate.problem, directory).message);
      return shown(await engine.analyze(estate.value));
    });
  });

  const analyze = {
    summary: 'Analyse the network again',
    description: 'Reads the snapshot that the service was started with. 409 when it was started without one.',
    response: { 200: ANALYSED },
  } as const;
  app.post('/estate/analyze', { schema: analyze }, async (request) => {
    needInstallation(api.contextOf(request));
    const assessed = await engine.assessEstate();
    if (assessed === undefined) throw refused('The service was started without a snapshot of the network: --estate');
    return shown(assessed);
  });
}
