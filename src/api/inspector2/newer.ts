/**
 * What Inspector has and AWS's SDK for JavaScript does not know yet: the scans of machine images on demand, and counts of low, informational
 * and untriaged findings. Facts from botocore 1.44.5. Once the SDK has them, npm run constraints brings them, and this file goes.
 */
import type { RequestContext } from '../context.ts';
import { page } from '../paging.ts';
import { notFound } from '../protocol/errors.ts';
import type { Model, Operation, OperationShapes, Shape } from '../protocol/model.ts';
import type { NotEnabled } from './handler.ts';

const ERRORS = ['AccessDeniedException', 'InternalServerException', 'ThrottlingException', 'ValidationException'];

/** Path, status, shapes of each operation. */
const FACTS = {
  GetOnDemandScanStatus: ['/ondemand/scan/status', 200, 'ResourceNotFoundException'],
  ListOnDemandScans: ['/ondemand/scans', 200],
  StartOnDemandScan: ['/ondemand/scan', 202, 'ConflictException'],
} as const;

export type NewerName = keyof typeof FACTS;

const resource = { resourceId: 'OnDemandResourceId', resourceType: 'OnDemandResourceType' };
const scan = {
  scanId: 'ScanId',
  ...resource,
  scanStatus: 'String',
  scanStatusReason: 'String',
  startedAt: 'DateTimeTimestamp',
  completedAt: 'DateTimeTimestamp',
};

/** Shapes that the SDK lacks. */
const shapes: Readonly<Record<string, Shape>> = {
  // The model's pattern of resource ids has no machine images.
  OnDemandResourceId: { type: 'string', min: 10, max: 1024 },
  OnDemandResourceType: { type: 'string', enum: ['AMI'] },
  ScanId: { type: 'string', min: 1, max: 64, pattern: '[a-z0-9]+' },
  OnDemandScanMaxResults: { type: 'integer', min: 1, max: 100 },
  OnDemandScan: { type: 'structure', members: scan },
  OnDemandScanList: { type: 'list', member: 'OnDemandScan' },
  StartOnDemandScanRequest: {
    type: 'structure',
    required: ['resourceId', 'resourceType'],
    members: { ...resource, clientToken: 'String' },
  },
  StartOnDemandScanResponse: { type: 'structure', required: ['scanId'], members: { scanId: 'ScanId' } },
  GetOnDemandScanStatusRequest: {
    type: 'structure',
    required: ['resourceId', 'scanId', 'resourceType'],
    members: { ...resource, scanId: 'ScanId' },
  },
  GetOnDemandScanStatusResponse: { type: 'structure', members: scan },
  ListOnDemandScansRequest: {
    type: 'structure',
    required: ['resourceId', 'resourceType'],
    members: { ...resource, maxResults: 'OnDemandScanMaxResults', nextToken: 'NextToken' },
  },
  ListOnDemandScansResponse: {
    type: 'structure',
    required: ['items'],
    members: { items: 'OnDemandScanList', nextToken: 'NextToken' },
  },
};

function operationOf([name, [path, status, ...errors]]: readonly [string, (typeof FACTS)[NewerName]]): Operation {
  const told: OperationShapes = { input: `${name}Request`, output: `${name}Response`, errors: [...ERRORS, ...errors].sort() };
  return {
    name,
    method: 'POST',
    path,
    status,
    shapes: told,
    bindings: { labels: [], query: {} },
    decode: (document) => document,
    encode: (output) => Buffer.from(JSON.stringify(output)),
  };
}

export const NEWER_OPERATIONS: readonly Operation[] = Object.entries(FACTS).map(operationOf);

const COUNTS = ['low', 'informational', 'untriaged'];

/** The SDK's model with what is newer. */
export function withNewer(model: Model): Model {
  const counts = model.shapes.SeverityCounts;
  if (counts === undefined) throw new Error('the model has no SeverityCounts');
  const more = Object.fromEntries(COUNTS.map((name) => [name, counts.members?.all ?? 'Long']));
  return {
    operations: { ...model.operations, ...Object.fromEntries(NEWER_OPERATIONS.map((one) => [one.name, one.shapes])) },
    shapes: { ...model.shapes, ...shapes, SeverityCounts: { ...counts, members: { ...counts.members, ...more } } },
  };
}

interface Asked {
  readonly resourceId: string;
  readonly scanId: string;
  readonly nextToken?: string;
}

type NewerHandler = (input: Asked, context: RequestContext) => Promise<object>;

const MACHINE_IMAGES: NotEnabled = { notEnabled: 'Machine images are not scanned on this installation of Vedette' };

export const newer: Readonly<Record<NewerName, NewerHandler | NotEnabled>> = {
  GetOnDemandScanStatus: async ({ resourceId, scanId }) => {
    throw notFound(`There is no scan ${scanId} of ${resourceId}`);
  },
  ListOnDemandScans: async (input, context) => ({ items: page('ListOnDemandScans', input, context, [], 1).items }),
  StartOnDemandScan: MACHINE_IMAGES,
};
