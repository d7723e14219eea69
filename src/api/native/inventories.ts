/** What agents, CI and other systems hand in: inventories. The server matches them; what a document says of vulnerabilities is not read. */
import type { FastifyInstance, FastifySchemaValidationError } from 'fastify';
import type { Engine } from '../../engine/engine.ts';
import type { Ingested } from '../../engine/ingest.ts';
import type { Description } from '../../engine/resource.ts';
import type { Problem, Result } from '../../model/problem.ts';
import type { NativeApi } from '../native.ts';
import { invalid, validation } from '../protocol/errors.ts';
import { ANY, INTEGER, object, TEXT } from './schemas.ts';

const STRING = { type: 'string', minLength: 1, maxLength: 1024 } as const;
const NUMBER = { type: 'number', minimum: 0 } as const;
const STRINGS = { type: 'array', maxItems: 200, items: STRING } as const;

const DESCRIPTION = {
  type: 'object',
  required: ['kind', 'name'],
  additionalProperties: false,
  properties: {
    kind: { enum: ['host', 'image', 'lambda', 'project'] },
    name: { ...STRING, maxLength: 256, description: 'Host name, repository, function or project name' },
    instance: { type: 'string', pattern: '^i-([a-z0-9]{8}|[a-z0-9]{17})$', description: 'Id of the EC2 instance' },
    machine: { ...STRING, description: 'Something that stays the same for the host, such as its machine-id' },
    tags: { type: 'object', maxProperties: 50, additionalProperties: { type: 'string', maxLength: 256 } },
    host: {
      type: 'object',
      additionalProperties: false,
      properties: {
        type: STRING,
        image: STRING,
        vpc: STRING,
        subnet: STRING,
        addresses: STRINGS,
        launchedAt: NUMBER,
        keyName: STRING,
        profileArn: STRING,
      },
    },
    image: {
      type: 'object',
      additionalProperties: false,
      properties: {
        digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
        tags: STRINGS,
        registry: STRING,
        pushedAt: NUMBER,
        pulledAt: NUMBER,
        lastInUseAt: { ...NUMBER, description: 'When a task or pod ran it last' },
        inUseCount: { type: 'integer', minimum: 0, description: 'How many tasks and pods run it' },
        author: STRING,
      },
    },
    lambda: {
      type: 'object',
      additionalProperties: false,
      properties: {
        runtime: STRING,
        codeSha256: STRING,
        roleArn: STRING,
        layers: STRINGS,
        modifiedAt: NUMBER,
        packageType: { enum: ['IMAGE', 'ZIP'] },
      },
    },
  },
} as const;

const PROBLEM = {
  type: 'object',
  required: ['code', 'message', 'effect'],
  additionalProperties: false,
  properties: {
    code: { type: 'string', pattern: '^[a-z0-9-]{1,80}$' },
    message: STRING,
    effect: { enum: ['incomplete', 'notice'] },
    path: STRING,
    layer: STRING,
  },
} as const;

interface InventoryBody {
  readonly description: Description;
  readonly problems?: readonly Problem[];
  readonly origin?: 'agent' | 'push';
}

/** What an assessment is answered with. */
export const ANSWER = object({
  resource: TEXT,
  packages: INTEGER,
  findings: object({ created: INTEGER, updated: INTEGER, closed: INTEGER, reopened: INTEGER }),
  problems: { type: 'array', items: ANY, description: 'What could not be read or matched' },
  milliseconds: { type: 'number' },
});

/** The answer to an inventory that was handed in; 503 when it cannot be assessed now. */
export function answerOf(done: Result<Ingested>) {
  if (!done.ok) throw Object.assign(new Error(done.problem.message), { statusCode: 503, code: done.problem.code });
  const { uid, packages, changes, durationMs, problems } = done.value;
  return {
    resource: uid,
    packages,
    findings: {
      created: changes.created.length,
      updated: changes.updated.length,
      closed: changes.closed.length,
      reopened: changes.reopened.length,
    },
    problems,
    milliseconds: durationMs,
  };
}

/** What is wrong with a body, in Fastify's words for it. */
function wrongIn(errors: readonly FastifySchemaValidationError[] | null | undefined): string {
  return (errors ?? []).map(({ instancePath, message }) => `body${instancePath} ${message ?? 'is not valid'}`).join(', ');
}

/** `POST /inventories`. */
export function addInventories(app: FastifyInstance, api: NativeApi, engine: Engine): void {
  const schema = {
    summary: 'Hand in an inventory',
    description:
      'Assesses the packages of a CycloneDX or SPDX document (JSON) as a host, an image, a function or a project. The same name, digest or machine is the same resource: its findings follow its newest inventory.',
    body: {
      type: 'object',
      required: ['description', 'sbom'],
      additionalProperties: false,
      properties: {
        description: DESCRIPTION,
        sbom: { type: 'object', description: 'CycloneDX or SPDX' },
        problems: { type: 'array', maxItems: 1000, items: PROBLEM, description: 'What the sender could not read' },
        origin: { enum: ['agent', 'push'] },
      },
    },
    response: { 200: ANSWER },
  } as const;
  // Bodies may be large: they are parsed by whoever assesses them, and what they say beside the document is looked at here.
  const route = { schema, config: { unread: true }, attachValidation: true, onRequest: api.allow('admin', 'agent') };
  app.post('/inventories', route, async (request) => {
    const { account, region } = api.contextOf(request);
    const check = request.getValidationFunction('body');
    const isInventory = (value: unknown): value is InventoryBody => check?.(value) === true;
    const done = await engine.receive(api.bodyOf(request), (envelope) => {
      if (!isInventory(envelope)) throw invalid(wrongIn(check?.errors), 'CANNOT_PARSE');
      const { description, problems = [], origin = 'push' } = envelope;
      return { description, problems, origin, place: { account, region }, trigger: 'inventory' };
    });
    if (!done.ok && done.problem.code === 'body-not-json') throw invalid(done.problem.message, 'CANNOT_PARSE');
    if (!done.ok && done.problem.code.startsWith('sbom-')) throw validation([{ name: 'sbom', message: done.problem.message }]);
    return answerOf(done);
  });
}
