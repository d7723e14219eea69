/** Images, function packages and SBOMs handed in as files: the service takes their inventory itself. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance } from 'fastify';
import type { ArtifactSource } from '../../artifacts/source.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Description } from '../../engine/resource.ts';
import type { Inventory } from '../../model/package.ts';
import type { Result } from '../../model/problem.ts';
import type { RequestContext } from '../context.ts';
import type { NativeApi } from '../native.ts';
import { invalid } from '../protocol/errors.ts';
import { ANSWER, answerOf } from './inventories.ts';
import { TEXT } from './schemas.ts';
import { toldOf, uploadsIn } from './uploads.ts';

const MEBIBYTE = 2 ** 20;
const MOST = { image: 8 * 1024 * MEBIBYTE, lambda: 512 * MEBIBYTE, sbom: 64 * MEBIBYTE } as const;
const FASTIFY_LIMIT = Number.MAX_SAFE_INTEGER;
/** Reading one package may take so long. */
const LIMITS = { maxMilliseconds: 10 * 60_000 };
/** Threads that read: they are not the one that answers. */
const THREADS = 1;

const NAME = { type: 'string', pattern: '^[A-Za-z0-9][\\w./-]{0,255}$' } as const;

interface ImageQuery {
  readonly name: string;
  readonly tag?: readonly string[];
  readonly platform?: string;
}

interface LambdaQuery {
  readonly name: string;
  readonly runtime?: string;
}

interface SbomQuery {
  readonly name: string;
  readonly kind: Description['kind'];
}

/** What reads packages is loaded with the first one. */
const reading = () => import('../../artifacts/open.ts');

async function inventoryFrom(opened: Result<ArtifactSource>, directory: string): Promise<Inventory> {
  if (!opened.ok) throw invalid(toldOf(opened.problem, directory).message);
  const { takeInventory } = await import('../../inventory/pipeline/index.ts');
  try {
    const inventory = await takeInventory(opened.value, { limits: LIMITS, workers: THREADS });
    return { ...inventory, problems: inventory.problems.map((problem) => toldOf(problem, directory)) };
  } finally {
    opened.value.close();
  }
}

/** The paths of temporary files mean nothing to anybody. */
function named(inventory: Inventory, name: string): Inventory {
  return { ...inventory, target: { ...inventory.target, name } };
}

/** `CodeSha256` of AWS Lambda: the digest of the zip, in base64. */
async function codeDigest(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('base64');
}

/** `POST /images`, `/lambda` and `/sboms`; in a scope of their own. */
export function addPackages(app: FastifyInstance, api: NativeApi, engine: Engine): void {
  const uploads = uploadsIn(app);
  const onRequest = api.allow('admin', 'agent');
  const assess = async ({ account, region }: RequestContext, description: Description, inventory: Inventory) => {
    const arrival = { description, inventory: named(inventory, description.name), place: { account, region } };
    return answerOf(await engine.ingest({ ...arrival, origin: 'api', trigger: 'inventory' }));
  };

  const image = {
    summary: 'Hand in an image',
    description:
      'The body is a docker archive or an OCI archive, at most 8 GiB. Sign with UNSIGNED-PAYLOAD, or send the bearer key.',
    querystring: {
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      properties: {
        name: { ...NAME, description: 'Repository' },
        tag: { type: 'array', maxItems: 50, items: { type: 'string', pattern: '^\\w[\\w.-]{0,127}$' } },
        platform: { type: 'string', maxLength: 64, description: 'Of an image for several: `linux/arm64`' },
      },
    },
    response: { 200: ANSWER },
  } as const;
  app.post<{ Querystring: ImageQuery }>('/images', { schema: image, bodyLimit: FASTIFY_LIMIT, onRequest }, (request) =>
    uploads.receive(request.body, MOST.image, async (file, temporaryDirectory) => {
      const { name, tag = [], platform } = request.query;
      const { openImage } = await reading();
      const opened = await openImage(file, { limits: LIMITS, temporaryDirectory, ...(platform !== undefined && { platform }) });
      const inventory = await inventoryFrom(opened, temporaryDirectory);
      const { digest } = inventory.target;
      const description = { kind: 'image', name, image: { tags: tag, ...(digest !== undefined && { digest }) } } as const;
      return assess(api.contextOf(request), description, inventory);
    }),
  );

  const lambda = {
    summary: 'Hand in a function package',
    description: 'The body is the zip of the function, at most 512 MiB.',
    querystring: {
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      properties: {
        name: { type: 'string', pattern: '^[\\w-]{1,64}$', description: 'Function' },
        runtime: { ...TEXT, maxLength: 64, description: '`nodejs22.x`, `python3.13` …' },
      },
    },
    response: { 200: ANSWER },
  } as const;
  app.post<{ Querystring: LambdaQuery }>('/lambda', { schema: lambda, bodyLimit: FASTIFY_LIMIT, onRequest }, (request) =>
    uploads.receive(request.body, MOST.lambda, async (file, temporaryDirectory) => {
      const { name, runtime } = request.query;
      const told = runtime === undefined ? {} : { runtime };
      const codeSha256 = await codeDigest(file);
      const { openLambda } = await reading();
      const inventory = await inventoryFrom(
        openLambda(file, { limits: LIMITS, temporaryDirectory, ...told }),
        temporaryDirectory,
      );
      const description = { kind: 'lambda', name, lambda: { ...told, codeSha256, packageType: 'ZIP' } } as const;
      return assess(api.contextOf(request), description, inventory);
    }),
  );

  const sbom = {
    summary: 'Hand in an SBOM',
    description:
      'The body is CycloneDX (JSON, XML) or SPDX 2 (JSON, tag-value), at most 64 MiB. What it says of vulnerabilities is not read.',
    querystring: {
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      properties: { name: NAME, kind: { enum: ['project', 'image', 'host', 'lambda'], default: 'project' } },
    },
    response: { 200: ANSWER },
  } as const;
  app.post<{ Querystring: SbomQuery }>('/sboms', { schema: sbom, bodyLimit: FASTIFY_LIMIT, onRequest }, (request) =>
    uploads.receive(request.body, MOST.sbom, async (file) => {
      const { account, region } = api.contextOf(request);
      const { kind, name } = request.query;
      const announced = { description: { kind, name }, place: { account, region }, origin: 'api', trigger: 'inventory' } as const;
      const done = await engine.document(file, announced);
      if (!done.ok && done.problem.code.startsWith('sbom-')) throw invalid(done.problem.message);
      return answerOf(done);
    }),
  );
}
