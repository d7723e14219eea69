/** Where the value of each filter field of the API lives: a new field is one row. */
import type {
  CoverageFilterCriteria,
  FilterCriteria,
  PackageFilter,
  ResourceFilterCriteria,
  SortField,
} from '@aws-sdk/client-inspector2';
import type { DetailPackageTable, FindingTable, ResourceTable } from '../schema.ts';

/** Where a value is. All but `ports`, `packages` and `tags` are texts or numbers, by the filter that asks. */
export type Place =
  | { readonly at: 'finding'; readonly column: FindingColumn }
  /** Stored as its position in SEVERITY_ORDER. */
  | { readonly at: 'severity' }
  /** The port range of the detail. */
  | { readonly at: 'ports' }
  /** `detail_package`. */
  | { readonly at: 'packages' }
  /** `detail_value`. */
  | { readonly at: 'value'; readonly name: string }
  | { readonly at: 'resource'; readonly column: ResourceColumn }
  /** The type of scan of a row of coverage (coverage.ts). */
  | { readonly at: 'scan' }
  /** `resource_attribute`. */
  | { readonly at: 'attribute'; readonly name: string }
  /** `resource_attribute` named `tag:…`, of resources of one type or all. */
  | { readonly at: 'tags'; readonly type?: string }
  /** The same for all; undefined: nothing has it. */
  | { readonly at: 'constant'; readonly value: string | undefined };

export type FindingColumn = keyof Pick<
  FindingTable,
  | 'arn'
  | 'account'
  | 'region'
  | 'type'
  | 'status'
  | 'title'
  | 'score'
  | 'epss'
  | 'fix'
  | 'exploit'
  | 'source'
  | 'vendor_severity'
  | 'vulnerability'
  | 'protocol'
  | 'resource_type'
  | 'first_observed_at'
  | 'last_observed_at'
  | 'updated_at'
>;
export type ResourceColumn = keyof Pick<
  ResourceTable,
  'uid' | 'account' | 'region' | 'type' | 'scan_mode' | 'status_code' | 'status_reason' | 'scanned_at'
>;

export type Fields = Readonly<Record<string, Place>>;

function finding(column: FindingColumn): Place {
  return { at: 'finding', column };
}

function attribute(name: string): Place {
  return { at: 'attribute', name };
}

function value(name: string): Place {
  return { at: 'value', name };
}

function resource(column: ResourceColumn): Place {
  return { at: 'resource', column };
}

const AWS: Place = { at: 'constant', value: 'AWS' };
/** Organizations of providers are not known. */
const NOBODY: Place = { at: 'constant', value: undefined };

/** FilterCriteria. */
export const FINDING_FIELDS = {
  findingArn: finding('arn'),
  awsAccountId: finding('account'),
  findingType: finding('type'),
  severity: { at: 'severity' },
  firstObservedAt: finding('first_observed_at'),
  lastObservedAt: finding('last_observed_at'),
  updatedAt: finding('updated_at'),
  findingStatus: finding('status'),
  title: finding('title'),
  inspectorScore: finding('score'),
  resourceType: finding('resource_type'),
  resourceId: resource('uid'),
  resourceTags: { at: 'tags' },
  ec2InstanceImageId: attribute('ec2InstanceImageId'),
  ec2InstanceVpcId: attribute('ec2InstanceVpcId'),
  ec2InstanceSubnetId: attribute('ec2InstanceSubnetId'),
  ecrImagePushedAt: attribute('ecrImagePushedAt'),
  ecrImageArchitecture: attribute('ecrImageArchitecture'),
  ecrImageRegistry: attribute('ecrImageRegistry'),
  ecrImageRepositoryName: attribute('ecrImageRepositoryName'),
  ecrImageTags: attribute('ecrImageTags'),
  ecrImageHash: attribute('ecrImageHash'),
  ecrImageLastInUseAt: attribute('ecrImageLastInUseAt'),
  ecrImageInUseCount: attribute('ecrImageInUseCount'),
  portRange: { at: 'ports' },
  networkProtocol: finding('protocol'),
  componentId: value('componentId'),
  componentType: value('componentType'),
  vulnerabilityId: finding('vulnerability'),
  vulnerabilitySource: finding('source'),
  vendorSeverity: finding('vendor_severity'),
  vulnerablePackages: { at: 'packages' },
  relatedVulnerabilities: value('relatedVulnerabilities'),
  fixAvailable: finding('fix'),
  lambdaFunctionName: attribute('lambdaFunctionName'),
  lambdaFunctionLayers: attribute('lambdaFunctionLayers'),
  lambdaFunctionRuntime: attribute('lambdaFunctionRuntime'),
  lambdaFunctionLastModifiedAt: attribute('lambdaFunctionLastModifiedAt'),
  lambdaFunctionExecutionRoleArn: attribute('lambdaFunctionExecutionRoleArn'),
  exploitAvailable: finding('exploit'),
  codeVulnerabilityDetectorName: value('codeVulnerabilityDetectorName'),
  codeVulnerabilityDetectorTags: value('codeVulnerabilityDetectorTags'),
  codeVulnerabilityFilePath: value('codeVulnerabilityFilePath'),
  epssScore: finding('epss'),
  codeRepositoryProjectName: attribute('codeRepositoryProjectName'),
  codeRepositoryProviderType: attribute('codeRepositoryProviderType'),
  cloudProvider: AWS,
  cloudProviderRegion: finding('region'),
  cloudProviderAccountId: finding('account'),
  cloudProviderOrgId: NOBODY,
  cloudVmImageReference: attribute('ec2InstanceImageId'),
  cloudVmNetworkId: attribute('ec2InstanceVpcId'),
  cloudVmSubnetIds: attribute('ec2InstanceSubnetId'),
  cloudImageRepositoryName: attribute('ecrImageRepositoryName'),
  cloudImageRegistry: attribute('ecrImageRegistry'),
  cloudImageDigest: attribute('ecrImageHash'),
  cloudImageTags: attribute('ecrImageTags'),
  cloudImagePushedAt: attribute('ecrImagePushedAt'),
  cloudImageArchitecture: attribute('ecrImageArchitecture'),
  cloudImageLastInUseAt: attribute('ecrImageLastInUseAt'),
  cloudImageInUseCount: attribute('ecrImageInUseCount'),
  cloudServerlessFunctionName: attribute('lambdaFunctionName'),
  cloudServerlessFunctionRuntime: attribute('lambdaFunctionRuntime'),
  cloudServerlessFunctionLastModifiedAt: attribute('lambdaFunctionLastModifiedAt'),
  cloudServerlessFunctionExecutionRole: attribute('lambdaFunctionExecutionRoleArn'),
} as const satisfies Readonly<Record<keyof FilterCriteria, Place>>;

const INSTANCE_TAGS: Place = { at: 'tags', type: 'AWS_EC2_INSTANCE' };
const FUNCTION_TAGS: Place = { at: 'tags', type: 'AWS_LAMBDA_FUNCTION' };

/** ResourceFilterCriteria: the fields of the newest model, which the SDK's types do not all have yet. */
export const RESOURCE_FIELDS = {
  accountId: resource('account'),
  resourceId: resource('uid'),
  resourceType: resource('type'),
  ecrRepositoryName: attribute('ecrImageRepositoryName'),
  lambdaFunctionName: attribute('lambdaFunctionName'),
  ecrImageTags: attribute('ecrImageTags'),
  ec2InstanceTags: INSTANCE_TAGS,
  lambdaFunctionTags: FUNCTION_TAGS,
  cloudProvider: AWS,
  cloudProviderAccountId: resource('account'),
  cloudProviderOrgId: NOBODY,
  cloudProviderRegion: resource('region'),
  cloudVmInstanceTags: INSTANCE_TAGS,
  cloudContainerImageTags: attribute('ecrImageTags'),
  cloudContainerRepositoryName: attribute('ecrImageRepositoryName'),
  cloudContainerRegistryName: attribute('ecrImageRegistry'),
  cloudServerlessFunctionName: attribute('lambdaFunctionName'),
  cloudServerlessFunctionRuntime: attribute('lambdaFunctionRuntime'),
  cloudServerlessFunctionTags: FUNCTION_TAGS,
} as const satisfies Fields & Readonly<Record<keyof ResourceFilterCriteria, Place>>;

/** CoverageFilterCriteria. */
export const COVERAGE_FIELDS = {
  ...RESOURCE_FIELDS,
  scanStatusCode: resource('status_code'),
  scanStatusReason: resource('status_reason'),
  scanType: { at: 'scan' },
  lambdaFunctionRuntime: attribute('lambdaFunctionRuntime'),
  lastScannedAt: resource('scanned_at'),
  scanMode: resource('scan_mode'),
  imagePulledAt: attribute('imagePulledAt'),
  ecrImageLastInUseAt: attribute('ecrImageLastInUseAt'),
  ecrImageInUseCount: attribute('ecrImageInUseCount'),
  codeRepositoryProjectName: attribute('codeRepositoryProjectName'),
  codeRepositoryProviderType: attribute('codeRepositoryProviderType'),
  codeRepositoryProviderTypeVisibility: attribute('codeRepositoryProviderTypeVisibility'),
  lastScannedCommitId: attribute('lastScannedCommitId'),
} as const satisfies Readonly<Record<keyof CoverageFilterCriteria, Place>>;

/** PackageFilter. */
export const PACKAGE_FIELDS = {
  name: 'name',
  version: 'version',
  epoch: 'epoch',
  release: 'release',
  architecture: 'architecture',
  sourceLayerHash: 'layer',
  sourceLambdaLayerArn: 'lambda_layer',
  filePath: 'path',
} as const satisfies Readonly<Record<keyof PackageFilter, keyof DetailPackageTable>>;

export type PackageColumn = (typeof PACKAGE_FIELDS)[keyof PackageFilter];

export type SortColumn = keyof Pick<
  FindingTable,
  | 'account'
  | 'type'
  | 'severity'
  | 'first_observed_at'
  | 'last_observed_at'
  | 'status'
  | 'resource_type'
  | 'pushed_at'
  | 'repository'
  | 'registry'
  | 'protocol'
  | 'component'
  | 'vulnerability'
  | 'source'
  | 'score'
  | 'vendor_severity'
  | 'epss'
>;

/** SortField → the column of a finding; each has an index with the id behind it. */
export const SORT_COLUMNS = {
  AWS_ACCOUNT_ID: 'account',
  FINDING_TYPE: 'type',
  SEVERITY: 'severity',
  FIRST_OBSERVED_AT: 'first_observed_at',
  LAST_OBSERVED_AT: 'last_observed_at',
  FINDING_STATUS: 'status',
  RESOURCE_TYPE: 'resource_type',
  ECR_IMAGE_PUSHED_AT: 'pushed_at',
  ECR_IMAGE_REPOSITORY_NAME: 'repository',
  ECR_IMAGE_REGISTRY: 'registry',
  NETWORK_PROTOCOL: 'protocol',
  COMPONENT_TYPE: 'component',
  VULNERABILITY_ID: 'vulnerability',
  VULNERABILITY_SOURCE: 'source',
  INSPECTOR_SCORE: 'score',
  VENDOR_SEVERITY: 'vendor_severity',
  EPSS_SCORE: 'epss',
} as const satisfies Readonly<Record<SortField, SortColumn>>;
