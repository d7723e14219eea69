/** The fifteen aggregations of the API, as data: what is one row, what it can be narrowed to, what it shows. */
import type { AggregationType } from '@aws-sdk/client-inspector2';
import { FINDING_FIELDS, type Place } from './fields.ts';
import type { Details, PackageText } from './index/details.ts';
import type { ResourceEntry } from './index/resources.ts';
import { partitionOf } from './resource.ts';

/** Findings of one row: how many, by position in SEVERITY_ORDER, and of what. */
export interface Group {
  /** Any resource of the row. */
  readonly resource: ResourceEntry;
  /** The package, title, layer; empty for rows about resources. */
  readonly value: string;
  readonly counts: readonly number[];
  readonly exploitable: number;
  readonly fixable: number;
  readonly network: number;
  /** Different resources. */
  readonly resources: number;
}

type ResourceValue = (resource: ResourceEntry) => string | undefined;

export interface Aggregation {
  /** The member of AggregationRequest and AggregationResponse. */
  readonly member: string;
  /** Only findings of these resources. */
  readonly resourceType?: string;
  /** What resources of one row have in common; undefined: not counted. */
  readonly of: ResourceValue;
  /** Rows are about values of details: each value of a detail counts once. */
  readonly values?: (details: Details, position: number) => Iterable<string>;
  /** Filters of the request by what they test: a place, a value of the resource, or (`value`) the row's own value. */
  readonly filters: Readonly<Record<string, Place | ResourceValue | 'value'>>;
  readonly show: (group: Group) => object;
}

const uid = ({ uid: text }: ResourceEntry): string => text;
const account = ({ account: text }: ResourceEntry): string => text;
const platform = ({ platform: text }: ResourceEntry): string | undefined => text;
const attribute = (name: string) => (resource: ResourceEntry) => resource.texts(name)[0];
/** Of one account. */
const own =
  (read: ResourceValue): ResourceValue =>
  (resource) => {
    const value = read(resource);
    return value === undefined ? undefined : `${resource.account}\n${value}`;
  };

const ami = attribute('ec2InstanceImageId');
const repository = attribute('ecrImageRepositoryName');
const functionName = attribute('lambdaFunctionName');

const TYPES = { findingType: FINDING_FIELDS.findingType, resourceType: FINDING_FIELDS.resourceType };
const CLOUD: Aggregation['filters'] = {
  cloudProviders: FINDING_FIELDS.cloudProvider,
  cloudAccountIds: FINDING_FIELDS.cloudProviderAccountId,
  cloudOrgIds: FINDING_FIELDS.cloudProviderOrgId,
  cloudRegions: FINDING_FIELDS.cloudProviderRegion,
  cloudPartitions: ({ region }) => partitionOf(region),
};
const IMAGES = {
  resourceIds: FINDING_FIELDS.resourceId,
  repositories: FINDING_FIELDS.ecrImageRepositoryName,
  architectures: FINDING_FIELDS.ecrImageArchitecture,
  imageTags: FINDING_FIELDS.ecrImageTags,
  lastInUseAt: FINDING_FIELDS.ecrImageLastInUseAt,
  inUseCount: FINDING_FIELDS.ecrImageInUseCount,
};
const FUNCTIONS = {
  resourceIds: FINDING_FIELDS.resourceId,
  functionNames: FINDING_FIELDS.lambdaFunctionName,
  runtimes: FINDING_FIELDS.lambdaFunctionRuntime,
  functionTags: FINDING_FIELDS.resourceTags,
};

/** Severity counts; `low`, `informational` and `untriaged` are of the newest model. */
function severityCounts({ counts }: Group) {
  const [untriaged = 0, informational = 0, low = 0, medium = 0, high = 0, critical = 0] = counts;
  const all = untriaged + informational + low + medium + high + critical;
  return { all, critical, high, medium, low, informational, untriaged };
}

function counted(group: Group) {
  return { accountId: group.resource.account, severityCounts: severityCounts(group) };
}

function cloud({ resource: { account: cloudAccountId, region } }: Group) {
  return { cloudProvider: 'AWS', cloudAccountId, cloudRegion: region, cloudPartition: partitionOf(region) };
}

function findings({ exploitable, fixable }: Group) {
  return { exploitAvailableActiveFindingsCount: exploitable, fixAvailableActiveFindingsCount: fixable };
}

function date(resource: ResourceEntry, name: string): Date | undefined {
  const time = resource.number(name);
  return time === undefined ? undefined : new Date(time);
}

function image({ resource }: Group) {
  const tags = resource.texts('ecrImageTags');
  return {
    resourceId: resource.uid,
    repository: repository(resource),
    architecture: resource.texts('ecrImageArchitecture')[0],
    ...(tags.length > 0 && { imageTags: tags }),
    lastInUseAt: date(resource, 'ecrImageLastInUseAt'),
    inUseCount: resource.number('ecrImageInUseCount'),
  };
}

function lambda({ resource }: Group) {
  return {
    resourceId: resource.uid,
    functionName: functionName(resource),
    runtime: resource.texts('lambdaFunctionRuntime')[0],
    lastModifiedAt: date(resource, 'lambdaFunctionLastModifiedAt'),
  };
}

function accounts(group: Group) {
  return { ...counted(group), exploitAvailableCount: group.exploitable, fixAvailableCount: group.fixable };
}

function named(column: PackageText): Aggregation['values'] {
  return (details, position) => details.packageTexts(column, position);
}

const INSTANCE = 'AWS_EC2_INSTANCE';
const IMAGE = 'AWS_ECR_CONTAINER_IMAGE';
const FUNCTION = 'AWS_LAMBDA_FUNCTION';

export const AGGREGATIONS: Readonly<Record<AggregationType, Aggregation>> = {
  ACCOUNT: { member: 'accountAggregation', of: account, filters: TYPES, show: accounts },
  FINDING_TYPE: {
    member: 'findingTypeAggregation',
    of: account,
    filters: TYPES,
    show: (group) => ({ ...accounts(group), cloudProvider: 'AWS', cloudAccountId: group.resource.account }),
  },
  PACKAGE: {
    member: 'packageAggregation',
    of: account,
    values: named('name'),
    filters: { packageNames: 'value' },
    show: (group) => ({ packageName: group.value, ...counted(group) }),
  },
  TITLE: {
    member: 'titleAggregation',
    of: account,
    values: (details, position) => [`${details.textOf('vulnerability', position) ?? ''}\n${details.textOf('title', position)}`],
    filters: { ...TYPES, titles: FINDING_FIELDS.title, vulnerabilityIds: FINDING_FIELDS.vulnerabilityId },
    show(group) {
      const end = group.value.indexOf('\n');
      const vulnerabilityId = group.value.slice(0, end);
      return { title: group.value.slice(end + 1), ...(vulnerabilityId !== '' && { vulnerabilityId }), ...counted(group) };
    },
  },
  REPOSITORY: {
    member: 'repositoryAggregation',
    of: own(repository),
    filters: { repositories: FINDING_FIELDS.ecrImageRepositoryName },
    show: (group) => ({
      repository: repository(group.resource),
      ...counted(group),
      ...cloud(group),
      affectedImages: group.resources,
    }),
  },
  AMI: {
    member: 'amiAggregation',
    of: own(ami),
    filters: { amis: FINDING_FIELDS.ec2InstanceImageId },
    show: (group) => ({ ami: ami(group.resource), ...counted(group), ...cloud(group), affectedInstances: group.resources }),
  },
  AWS_EC2_INSTANCE: {
    member: 'ec2InstanceAggregation',
    resourceType: INSTANCE,
    of: own(uid),
    filters: {
      amis: FINDING_FIELDS.ec2InstanceImageId,
      operatingSystems: platform,
      instanceIds: FINDING_FIELDS.resourceId,
      instanceTags: FINDING_FIELDS.resourceTags,
    },
    show: (group) => ({
      instanceId: group.resource.uid,
      ami: ami(group.resource),
      operatingSystem: platform(group.resource),
      instanceTags: group.resource.tags(),
      ...counted(group),
      networkFindings: group.network,
    }),
  },
  VM_INSTANCE: {
    member: 'vmInstanceAggregation',
    resourceType: INSTANCE,
    of: own(uid),
    filters: {
      ...CLOUD,
      resourceIds: FINDING_FIELDS.resourceId,
      operatingSystems: platform,
      instanceTags: FINDING_FIELDS.resourceTags,
      vmImageReferences: FINDING_FIELDS.cloudVmImageReference,
    },
    show: (group) => ({
      resourceId: group.resource.uid,
      ...cloud(group),
      vmImageReference: ami(group.resource),
      operatingSystem: platform(group.resource),
      tags: group.resource.tags(),
      ...counted(group),
      networkFindings: group.network,
      ...findings(group),
    }),
  },
  AWS_ECR_CONTAINER: {
    member: 'awsEcrContainerAggregation',
    resourceType: IMAGE,
    of: own(uid),
    filters: { ...IMAGES, imageShas: FINDING_FIELDS.ecrImageHash },
    show: (group) => ({ ...image(group), imageSha: group.resource.texts('ecrImageHash')[0], ...counted(group) }),
  },
  CONTAINER_IMAGE: {
    member: 'containerImageAggregation',
    resourceType: IMAGE,
    of: own(uid),
    filters: { ...CLOUD, ...IMAGES, imageDigests: FINDING_FIELDS.ecrImageHash, registries: FINDING_FIELDS.ecrImageRegistry },
    show: (group) => ({
      ...image(group),
      ...cloud(group),
      imageDigest: group.resource.texts('ecrImageHash')[0],
      registry: group.resource.texts('ecrImageRegistry')[0],
      ...counted(group),
      ...findings(group),
    }),
  },
  IMAGE_LAYER: {
    member: 'imageLayerAggregation',
    resourceType: IMAGE,
    of: own(uid),
    values: named('layer'),
    filters: {
      ...CLOUD,
      repositories: FINDING_FIELDS.ecrImageRepositoryName,
      resourceIds: FINDING_FIELDS.resourceId,
      layerHashes: 'value',
    },
    show: (group) => ({
      repository: repository(group.resource) ?? '-',
      resourceId: group.resource.uid,
      layerHash: group.value,
      ...counted(group),
      ...cloud(group),
    }),
  },
  AWS_LAMBDA_FUNCTION: {
    member: 'lambdaFunctionAggregation',
    resourceType: FUNCTION,
    of: own(uid),
    filters: FUNCTIONS,
    show: (group) => ({ ...lambda(group), lambdaTags: group.resource.tags(), ...counted(group) }),
  },
  SERVERLESS_FUNCTION: {
    member: 'serverlessFunctionAggregation',
    resourceType: FUNCTION,
    of: own(uid),
    filters: { ...CLOUD, ...FUNCTIONS },
    show: (group) => ({
      ...lambda(group),
      ...cloud(group),
      tags: group.resource.tags(),
      ...counted(group),
      ...findings(group),
    }),
  },
  LAMBDA_LAYER: {
    member: 'lambdaLayerAggregation',
    resourceType: FUNCTION,
    of: own(uid),
    values: named('lambda_layer'),
    filters: {
      functionNames: FINDING_FIELDS.lambdaFunctionName,
      resourceIds: FINDING_FIELDS.resourceId,
      layerArns: 'value',
    },
    show: (group) => ({
      functionName: functionName(group.resource) ?? group.resource.uid,
      resourceId: group.resource.uid,
      layerArn: group.value,
      ...counted(group),
    }),
  },
  CODE_REPOSITORY: {
    member: 'codeRepositoryAggregation',
    resourceType: 'CODE_REPOSITORY',
    of: own(uid),
    filters: {
      projectNames: FINDING_FIELDS.codeRepositoryProjectName,
      providerTypes: FINDING_FIELDS.codeRepositoryProviderType,
      resourceIds: FINDING_FIELDS.resourceId,
    },
    show: (group) => ({
      projectNames: group.resource.texts('codeRepositoryProjectName')[0] ?? group.resource.uid,
      providerType: group.resource.texts('codeRepositoryProviderType')[0],
      resourceId: group.resource.uid,
      ...counted(group),
      ...findings(group),
    }),
  },
};
