/** Handing an inventory in to a server. */
import { fields } from '../../inventory/values.ts';
import { fail, incomplete, ok, type Problem, type Result } from '../../model/problem.ts';
import type { Client } from './client.ts';
import type { Body } from './exchange.ts';

export interface Answer {
  readonly resource: string;
  readonly packages: number;
  readonly findings: Readonly<Record<'created' | 'updated' | 'closed' | 'reopened', number>>;
  readonly problems: readonly Problem[];
}

function isAnswer(value: unknown): value is Answer {
  const answer = fields(value);
  return typeof answer?.resource === 'string' && fields(answer.findings) !== undefined && Array.isArray(answer.problems);
}

/** Hands it in: a text, or a file of gzip. */
export async function handIn(client: Client, body: Body, stop?: AbortSignal): Promise<Result<Answer>> {
  const answered = await client.post('/api/v1/inventories', body, stop && { stop });
  if (!answered.ok) return answered;
  return isAnswer(answered.value)
    ? ok(answered.value)
    : fail(incomplete('server-unknown', `${client.url} answers, but not as a Vedette server does.`));
}
