/** What filter criteria mean, said a second time: plain predicates on Findings as the API shows them. */
import type { FilterCriteria, Finding, PackageFilter, VulnerablePackage } from '@aws-sdk/client-inspector2';

type Values = readonly (string | number | Date | undefined)[];

function resource(finding: Finding) {
  const found = finding.resources?.[0];
  if (found === undefined) throw new Error('a finding without a resource');
  return found;
}

const ec2 = (finding: Finding) => resource(finding).details?.awsEc2Instance;
const ecr = (finding: Finding) => resource(finding).details?.awsEcrContainerImage;
const lambda = (finding: Finding) => resource(finding).details?.awsLambdaFunction;
const vm = (finding: Finding) => resource(finding).details?.vm;
const image = (finding: Finding) => resource(finding).details?.image;
const serverless = (finding: Finding) => resource(finding).details?.serverlessFunction;
const repository = (finding: Finding) => resource(finding).details?.codeRepository;
const known = (finding: Finding) => finding.packageVulnerabilityDetails;
const code = (finding: Finding) => finding.codeVulnerabilityDetails;
const steps = (finding: Finding) => finding.networkReachabilityDetails?.networkPath?.steps ?? [];

type Plain = Exclude<keyof FilterCriteria, 'portRange' | 'resourceTags' | 'vulnerablePackages'>;

/** The values of a finding that a field asks about. */
const VALUES: Readonly<Record<Plain, (finding: Finding) => Values>> = {
  findingArn: (f) => [f.findingArn],
  awsAccountId: (f) => [f.awsAccountId],
  findingType: (f) => [f.type],
  severity: (f) => [f.severity],
  firstObservedAt: (f) => [f.firstObservedAt],
  lastObservedAt: (f) => [f.lastObservedAt],
  updatedAt: (f) => [f.updatedAt],
  findingStatus: (f) => [f.status],
  title: (f) => [f.title],
  inspectorScore: (f) => [f.inspectorScore],
  resourceType: (f) => [resource(f).type],
  resourceId: (f) => [resource(f).id],
  ec2InstanceImageId: (f) => [ec2(f)?.imageId],
  ec2InstanceVpcId: (f) => [ec2(f)?.vpcId],
  ec2InstanceSubnetId: (f) => [ec2(f)?.subnetId],
  ecrImagePushedAt: (f) => [ecr(f)?.pushedAt],
  ecrImageArchitecture: (f) => [ecr(f)?.architecture],
  ecrImageRegistry: (f) => [ecr(f)?.registry],
  ecrImageRepositoryName: (f) => [ecr(f)?.repositoryName],
  ecrImageTags: (f) => ecr(f)?.imageTags ?? [],
  ecrImageHash: (f) => [ecr(f)?.imageHash],
  ecrImageLastInUseAt: (f) => [ecr(f)?.lastInUseAt],
  ecrImageInUseCount: (f) => [ecr(f)?.inUseCount],
  networkProtocol: (f) => [f.networkReachabilityDetails?.protocol],
  componentId: (f) => steps(f).map(({ componentId }) => componentId),
  componentType: (f) => steps(f).map(({ componentType }) => componentType),
  vulnerabilityId: (f) => [known(f)?.vulnerabilityId],
  vulnerabilitySource: (f) => [known(f)?.source],
  vendorSeverity: (f) => [known(f)?.vendorSeverity],
  relatedVulnerabilities: (f) => known(f)?.relatedVulnerabilities ?? [],
  fixAvailable: (f) => [f.fixAvailable],
  lambdaFunctionName: (f) => [lambda(f)?.functionName],
  lambdaFunctionLayers: (f) => lambda(f)?.layers ?? [],
  lambdaFunctionRuntime: (f) => [lambda(f)?.runtime],
  lambdaFunctionLastModifiedAt: (f) => [lambda(f)?.lastModifiedAt],
  lambdaFunctionExecutionRoleArn: (f) => [lambda(f)?.executionRoleArn],
  exploitAvailable: (f) => [f.exploitAvailable],
  codeVulnerabilityDetectorName: (f) => [code(f)?.detectorName],
  codeVulnerabilityDetectorTags: (f) => code(f)?.detectorTags ?? [],
  codeVulnerabilityFilePath: (f) => [code(f)?.filePath?.filePath],
  epssScore: (f) => [f.epss?.score],
  codeRepositoryProjectName: (f) => [repository(f)?.projectName],
  codeRepositoryProviderType: (f) => [repository(f)?.providerType],
  cloudProvider: (f) => [resource(f).provider],
  cloudProviderRegion: (f) => [resource(f).region],
  cloudProviderAccountId: (f) => [resource(f).providerAccountId],
  cloudProviderOrgId: (f) => [resource(f).providerOrgId],
  cloudVmImageReference: (f) => [vm(f)?.vmImageReference],
  cloudVmNetworkId: (f) => [vm(f)?.networkId],
  cloudVmSubnetIds: (f) => vm(f)?.subnetIds ?? [],
  cloudImageRepositoryName: (f) => [image(f)?.repositoryName],
  cloudImageRegistry: (f) => [image(f)?.registry],
  cloudImageDigest: (f) => [image(f)?.imageDigest],
  cloudImageTags: (f) => image(f)?.imageTags ?? [],
  cloudImagePushedAt: (f) => [image(f)?.pushedAt],
  cloudImageArchitecture: (f) => [image(f)?.architecture],
  cloudImageLastInUseAt: (f) => [image(f)?.lastInUseAt],
  cloudImageInUseCount: (f) => [image(f)?.inUseCount],
  cloudServerlessFunctionName: (f) => [serverless(f)?.serverlessFunctionName],
  cloudServerlessFunctionRuntime: (f) => [serverless(f)?.runtime],
  cloudServerlessFunctionLastModifiedAt: (f) => [serverless(f)?.lastModifiedAt],
  cloudServerlessFunctionExecutionRole: (f) => [serverless(f)?.executionRole],
};

interface Asked {
  readonly comparison?: string;
  readonly value?: string;
  readonly startInclusive?: Date;
  readonly endInclusive?: Date;
  readonly lowerInclusive?: number;
  readonly upperInclusive?: number;
}

function holds(value: string | number | Date, asked: Asked): boolean {
  if (asked.comparison === 'EQUALS') return value === asked.value;
  if (asked.comparison === 'PREFIX') return typeof value === 'string' && value.startsWith(asked.value ?? '');
  if (typeof value === 'string') return false;
  const low = asked.startInclusive ?? asked.lowerInclusive ?? Number.NEGATIVE_INFINITY;
  const high = asked.endInclusive ?? asked.upperInclusive ?? Number.POSITIVE_INFINITY;
  return Number(value) >= Number(low) && Number(value) <= Number(high);
}

function fieldHolds(values: Values, filters: readonly Asked[]): boolean {
  const there = values.filter((value) => value !== undefined);
  const negative = filters.filter(({ comparison }) => comparison === 'NOT_EQUALS');
  const positive = filters.filter(({ comparison }) => comparison !== 'NOT_EQUALS');
  if (negative.some(({ value }) => there.some((one) => one === value))) return false;
  return positive.length === 0 || there.some((value) => positive.some((one) => holds(value, one)));
}

function packageHolds(one: VulnerablePackage, filter: PackageFilter): boolean {
  const check = (value: string | number | undefined, asked: unknown) =>
    asked === undefined || fieldHolds([value], [asked as Asked]);
  return (
    check(one.name, filter.name) &&
    check(one.version, filter.version) &&
    check(one.epoch, filter.epoch) &&
    check(one.release, filter.release) &&
    check(one.arch, filter.architecture) &&
    check(one.sourceLayerHash, filter.sourceLayerHash) &&
    check(one.sourceLambdaLayerArn, filter.sourceLambdaLayerArn) &&
    check(one.filePath, filter.filePath)
  );
}

/** Whether a finding passes criteria. */
export function referencePasses(finding: Finding, criteria: FilterCriteria): boolean {
  const { portRange = [], resourceTags = [], vulnerablePackages = [], ...plain } = criteria;
  const ports = finding.networkReachabilityDetails?.openPortRange;
  const { tags = {} } = resource(finding);
  const [begin, end] = [ports?.begin, ports?.end];
  return (
    Object.entries(plain).every(
      ([field, filters]) => filters.length === 0 || fieldHolds(VALUES[field as Plain](finding), filters as readonly Asked[]),
    ) &&
    (portRange.length === 0 ||
      (begin !== undefined &&
        end !== undefined &&
        portRange.some(({ beginInclusive = 0, endInclusive = 65_535 }) => begin >= beginInclusive && end <= endInclusive))) &&
    (resourceTags.length === 0 ||
      resourceTags.some(({ key = '', value }) => Object.hasOwn(tags, key) && (value === undefined || tags[key] === value))) &&
    (vulnerablePackages.length === 0 ||
      vulnerablePackages.some((filter) => known(finding)?.vulnerablePackages?.some((one) => packageHolds(one, filter)) === true))
  );
}

/** The values of a field that findings have, as filters would ask for them. */
export function valuesOf(findings: readonly Finding[], field: Plain): (string | number | Date)[] {
  const values = findings.flatMap((finding) => VALUES[field](finding)).filter((value) => value !== undefined);
  return [...new Map(values.map((value) => [value instanceof Date ? value.getTime() : value, value])).values()];
}

export const PLAIN_FIELDS = Object.keys(VALUES) as readonly Plain[];
