/** An inventory on its way to a server: CycloneDX, who it is of, and what could not be read. */
import type { Description } from '../../engine/resource.ts';
import { writeCycloneDx } from '../../inventory/sbom/cyclonedx-write.ts';
import { fields } from '../../inventory/values.ts';
import type { Inventory } from '../../model/package.ts';
import { fail, incomplete, ok, type Problem, type Result } from '../../model/problem.ts';
import type { Client } from './client.ts';

/** What the server takes of problems, and of their texts. */
const MOST_PROBLEMS = 1000;
const MOST_TEXT = 1024;

export interface Answer {
  readonly resource: string;
  readonly packages: number;
  readonly findings: Readonly<Record<'created' | 'updated' | 'closed' | 'reopened', number>>;
  readonly problems: readonly Problem[];
}

/** As much of a problem as the server takes. */
function clipped(problem: Problem): Problem {
  const { message, path, layer, ...rest } = problem;
  const clip = (text: string) => text.slice(0, MOST_TEXT);
  return {
    ...rest,
    message: clip(message) || rest.code,
    ...(path && { path: clip(path) }),
    ...(layer && { layer: clip(layer) }),
  };
}

/** The body of the request. */
export function bodyOf(description: Description, inventory: Inventory, origin: 'agent' | 'push'): string {
  const sbom = [...writeCycloneDx(inventory, { format: 'json' })].join('');
  return `{"origin":${JSON.stringify(origin)},"description":${JSON.stringify(description)},"problems":${JSON.stringify(inventory.problems.slice(0, MOST_PROBLEMS).map(clipped))},"sbom":${sbom}}`;
}

function isAnswer(value: unknown): value is Answer {
  const answer = fields(value);
  return typeof answer?.resource === 'string' && fields(answer.findings) !== undefined && Array.isArray(answer.problems);
}

/** Hands it in. */
export async function handIn(client: Client, body: string): Promise<Result<Answer>> {
  const answered = await client.post('/api/v1/inventories', body);
  if (!answered.ok) return answered;
  return isAnswer(answered.value)
    ? ok(answered.value)
    : fail(incomplete('server-unknown', `${client.url} answers, but not as a Vedette server does.`));
}
