/** The Inspector Scan API (2023-08-08): one operation, not in the SDK for JavaScript. Facts from botocore 1.43.107. */
import type { RequestContext } from '../context.ts';
import { ApiError, invalidField } from '../protocol/errors.ts';
import type { Model, OperationShapes, Service } from '../protocol/model.ts';

const FORMATS = ['CYCLONE_DX_1_5', 'INSPECTOR', 'INSPECTOR_ALT'] as const;

const shapes: OperationShapes = {
  input: 'ScanSbomRequest',
  output: 'ScanSbomResponse',
  errors: ['AccessDeniedException', 'InternalServerException', 'ThrottlingException', 'ValidationException'],
};

const model: Model = {
  operations: { ScanSbom: shapes },
  shapes: {
    OutputFormat: { type: 'string', enum: FORMATS },
    Sbom: { type: 'document' },
    ScanSbomRequest: { type: 'structure', required: ['sbom'], members: { sbom: 'Sbom', outputFormat: 'OutputFormat' } },
    ScanSbomResponse: { type: 'structure', members: { sbom: 'Sbom' } },
  },
};

interface ScanSbomInput {
  readonly sbom: Readonly<Record<string, unknown>>;
  readonly outputFormat?: (typeof FORMATS)[number];
}

/** What is signed as `inspector-scan`. */
export const INSPECTOR_SCAN: Service = {
  signingName: 'inspector-scan',
  model,
  internalMembers: { reason: 'OTHER' },
  bodyLimit: 64 * 2 ** 20,
  operations: [
    {
      name: 'ScanSbom',
      method: 'POST',
      path: '/scan/sbom',
      status: 200,
      shapes,
      bindings: { labels: [], query: {} },
      decode: (document) => document,
      encode: (output) => Buffer.from(JSON.stringify(output)),
    },
  ],
};

/** What is nested deeper cannot be written again: JSON is written recursively. */
const MOST_LEVELS = 500;

/** Looks level by level, so that no depth is too deep for looking. */
function isTooDeep(document: object): boolean {
  let level: readonly object[] = [document];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MOST_LEVELS) return true;
    level = level.flatMap((one) => Object.values(one).filter((value) => typeof value === 'object' && value !== null));
  }
  return false;
}

/** Answers ScanSbom; the service that assesses is given by the program. */
export async function callScan(input: unknown, { services }: RequestContext): Promise<unknown> {
  const { sbom, outputFormat = 'CYCLONE_DX_1_5' } = input as ScanSbomInput;
  if (sbom.bomFormat !== 'CycloneDX') {
    throw new ApiError('ValidationException', 'The SBOM is not a CycloneDX document: its bomFormat is not CycloneDX', {
      reason: 'UNSUPPORTED_SBOM_TYPE',
    });
  }
  if (isTooDeep(sbom)) throw invalidField('sbom', `The SBOM is nested deeper than ${MOST_LEVELS} levels`);
  return { sbom: await services.scanSbom(sbom, outputFormat) };
}
