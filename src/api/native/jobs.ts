/** Jobs that were given up: looked at, and tried again. docs/jobs.md. */
import type { FastifyInstance } from 'fastify';
import type { Queue } from '../../jobs/index.ts';
import type { NativeApi } from '../native.ts';
import { accessDenied, notFound } from '../protocol/errors.ts';
import { ANY, INTEGER, iso, object, TEXT, TIME } from './schemas.ts';

interface JobPath {
  readonly kind: string;
  readonly id: string;
}

export function addJobs(app: FastifyInstance, api: NativeApi, queue: Queue): void {
  const list = {
    summary: 'Jobs that were given up',
    description: 'Oldest first, at most 1,000. For the account of the installation.',
    response: {
      200: object({
        jobs: {
          type: 'array',
          items: object({ id: TEXT, kind: TEXT, payload: ANY, attempts: INTEGER, error: TEXT, createdAt: TIME }),
        },
      }),
    },
  } as const;
  app.get('/jobs/dead', { schema: list, onRequest: api.allow('admin') }, async (request) => {
    const { account, managementAccount } = api.contextOf(request);
    if (account !== managementAccount) throw accessDenied('Jobs are looked after by the account of the installation');
    return { jobs: (await queue.dead()).map((job) => ({ ...job, createdAt: iso(job.createdAt) })) };
  });

  const again = {
    summary: 'Try a job again',
    description: 'As if it were new.',
    params: {
      type: 'object',
      required: ['kind', 'id'],
      properties: { kind: { type: 'string', pattern: '^[a-z-]{1,64}$' }, id: { type: 'string', pattern: '^[0-9a-f-]{1,64}$' } },
    },
    response: { 202: object({ kind: TEXT, id: TEXT }) },
  } as const;
  app.post<{ Params: JobPath }>('/jobs/dead/:kind/:id/replay', { schema: again }, async (request, reply) => {
    const { account, managementAccount } = api.contextOf(request);
    if (account !== managementAccount) throw accessDenied('Jobs are looked after by the account of the installation');
    const { kind, id } = request.params;
    if (!(await queue.replay(kind, id))) throw notFound(`There is no dead job ${kind} ${id}`);
    return reply.code(202).send({ kind, id });
  });
}
