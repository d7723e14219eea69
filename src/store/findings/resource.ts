/** Resources as findings and lists see them: the API's object, and the values they are filtered and sorted by. */
import type { Resource, ResourceDetails, ResourceType } from '@aws-sdk/client-inspector2';
import type { Insertable, Selectable } from 'kysely';
import type { FindingTable, ResourceAttributeTable, ResourceTable } from '../schema.ts';

/** `resource.details`: the AWS member of ResourceDetails; times are ISO 8601. */
export type StoredDetails = Stored<
  Pick<ResourceDetails, 'awsEc2Instance' | 'awsEcrContainerImage' | 'awsLambdaFunction' | 'codeRepository'>
>;

type Stored<T> = T extends Date ? string : T extends object ? { readonly [K in keyof T]: Stored<T[K]> } : T;

const TIMES = new Set(['launchedAt', 'pushedAt', 'lastModifiedAt', 'lastInUseAt']);

/** Reads `resource.details`. */
export function readDetails(text: string): ResourceDetails {
  return JSON.parse(text, (key, value: unknown) => {
    if (!TIMES.has(key) || (typeof value !== 'string' && typeof value !== 'number')) return value;
    const time = new Date(value);
    return Number.isNaN(time.getTime()) ? undefined : time;
  });
}

/** The provider-neutral twin that is sent beside the AWS member. */
function twinOf({ awsEc2Instance: ec2, awsEcrContainerImage: ecr, awsLambdaFunction: lambda }: ResourceDetails): ResourceDetails {
  if (ec2 !== undefined) {
    const { type, imageId, ipV4Addresses, ipV6Addresses, keyName, iamInstanceProfileArn, vpcId, subnetId, launchedAt, platform } =
      ec2;
    return {
      vm: compact({
        type,
        vmImageReference: imageId,
        ipV4Addresses,
        ipV6Addresses,
        networkId: vpcId,
        subnetIds: subnetId === undefined ? undefined : [subnetId],
        launchedAt,
        platform,
        executionRole: iamInstanceProfileArn,
        keyName,
      }),
    };
  }
  if (ecr !== undefined) {
    const { imageHash, ...same } = ecr;
    return { image: compact({ ...same, imageDigest: imageHash }) };
  }
  if (lambda !== undefined) {
    const {
      functionName,
      runtime,
      version,
      codeSha256,
      lastModifiedAt,
      vpcConfig,
      executionRoleArn,
      packageType,
      architectures,
      layers,
    } = lambda;
    return {
      serverlessFunction: compact({
        serverlessFunctionName: functionName,
        runtime,
        version,
        codeDigest: codeSha256,
        lastModifiedAt,
        networkId: vpcConfig?.vpcId,
        subnetIds: vpcConfig?.subnetIds,
        securityGroupIds: vpcConfig?.securityGroupIds,
        executionRole: executionRoleArn,
        packageType,
        architectures,
        layers,
      }),
    };
  }
  return {};
}

function compact<T extends object>(object: T): T {
  for (const key of Object.keys(object)) if (object[key as keyof T] === undefined) delete object[key as keyof T];
  return object;
}

export type ResourceFacts = Pick<Selectable<ResourceTable>, 'uid' | 'account' | 'region' | 'type' | 'tags' | 'details'>;

/** The partition of a region. */
export function partitionOf(region: string): string {
  return region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** A resource as the API shows it. */
export function apiResource({ uid, account, region, type, tags, details }: ResourceFacts): Resource {
  const own = readDetails(details);
  const read: Record<string, string> = JSON.parse(tags);
  return {
    type: type as ResourceType,
    id: uid,
    partition: partitionOf(region),
    region,
    ...(Object.keys(read).length > 0 && { tags: read }),
    details: { ...own, ...twinOf(own) },
    provider: 'AWS',
    providerAccountId: account,
  };
}

type Attribute = Omit<Insertable<ResourceAttributeTable>, 'resource_id'>;
type Values = string | number | Date | readonly string[] | undefined;

/** Attributes by the name of the filter field; fields of the neutral twins are the same values. */
function attributeValues({ awsEc2Instance, awsEcrContainerImage, awsLambdaFunction, codeRepository }: ResourceDetails) {
  const ec2 = awsEc2Instance;
  const ecr = awsEcrContainerImage;
  const lambda = awsLambdaFunction;
  return {
    ec2InstanceImageId: ec2?.imageId,
    ec2InstanceVpcId: ec2?.vpcId,
    ec2InstanceSubnetId: ec2?.subnetId,
    ecrImageArchitecture: ecr?.architecture,
    ecrImageHash: ecr?.imageHash,
    ecrImageInUseCount: ecr?.inUseCount,
    ecrImageLastInUseAt: ecr?.lastInUseAt,
    ecrImagePushedAt: ecr?.pushedAt,
    ecrImageRegistry: ecr?.registry,
    ecrImageRepositoryName: ecr?.repositoryName,
    ecrImageTags: ecr?.imageTags,
    lambdaFunctionExecutionRoleArn: lambda?.executionRoleArn,
    lambdaFunctionLastModifiedAt: lambda?.lastModifiedAt,
    lambdaFunctionLayers: lambda?.layers,
    lambdaFunctionName: lambda?.functionName,
    lambdaFunctionRuntime: lambda?.runtime,
    codeRepositoryProjectName: codeRepository?.projectName,
    codeRepositoryProviderType: codeRepository?.providerType,
  } satisfies Readonly<Record<string, Values>>;
}

/** A row of `resource_attribute`; times are compared as milliseconds, numbers as they are. */
function attribute(name: string, value: string | number | Date): Attribute {
  if (typeof value === 'string') return { name, value, number: null };
  const number = value instanceof Date ? value.getTime() : value;
  return { name, value: String(number), number };
}

/**
 * The rows of `resource_attribute` for what a resource says of itself. `more`: attributes that are not in the details
 * (`imagePulledAt`, `lastScannedCommitId`, `codeRepositoryProviderTypeVisibility`). They are replaced together with an update of the
 * resource's row.
 */
export function resourceAttributes(
  { details, tags }: Pick<ResourceFacts, 'details' | 'tags'>,
  more: Readonly<Record<string, Values>> = {},
): Attribute[] {
  const read: Record<string, string> = JSON.parse(tags);
  const values: Values extends infer V ? [string, V][] : never = Object.entries({
    ...attributeValues(readDetails(details)),
    ...more,
  });
  const rows = [
    ...Object.entries(read).map(([key, value]) => attribute(`tag:${key}`, value)),
    ...values.flatMap(([name, value]) => {
      if (value === undefined) return [];
      return Array.isArray(value)
        ? value.map((each: string) => attribute(name, each))
        : [attribute(name, value as string | number | Date)];
    }),
  ];
  return [...new Map(rows.map((row) => [`${row.name}\n${row.value}`, row])).values()];
}

/** Columns of a finding that repeat its resource's: lists are sorted by them. To be written again when the resource changes. */
export function resourceColumns(
  resource: ResourceFacts & Pick<Selectable<ResourceTable>, 'platform'>,
): Pick<
  Insertable<FindingTable>,
  'account' | 'region' | 'resource_type' | 'component' | 'repository' | 'registry' | 'pushed_at'
> {
  const { awsEcrContainerImage: ecr, awsLambdaFunction: lambda } = readDetails(resource.details);
  return {
    account: resource.account,
    region: resource.region,
    resource_type: resource.type,
    component: resource.platform ?? lambda?.runtime ?? null,
    repository: ecr?.repositoryName ?? null,
    registry: ecr?.registry ?? null,
    pushed_at: ecr?.pushedAt?.getTime() ?? null,
  };
}
