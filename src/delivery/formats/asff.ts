/** Findings in the AWS Security Finding Format (Security Hub user guide), as Inspector writes them. docs/delivery.md has the table. */
import { type Fields, fields, items, text, texts } from '../../inventory/values.ts';
import type { FindingEvent } from '../event.ts';

/** Severity → label and Normalized. */
const SEVERITIES: Readonly<Record<string, readonly [string, number]>> = {
  CRITICAL: ['CRITICAL', 90],
  HIGH: ['HIGH', 70],
  MEDIUM: ['MEDIUM', 40],
  LOW: ['LOW', 1],
  INFORMATIONAL: ['INFORMATIONAL', 0],
  UNTRIAGED: ['INFORMATIONAL', 0],
};

const TYPES: Readonly<Record<string, string>> = {
  PACKAGE_VULNERABILITY: 'Software and Configuration Checks/Vulnerabilities/CVE',
  NETWORK_REACHABILITY: 'Software and Configuration Checks/AWS Security Best Practices/Network Reachability',
  CODE_VULNERABILITY: 'Software and Configuration Checks/Vulnerabilities',
};

const RESOURCE_TYPES: Readonly<Record<string, string>> = {
  AWS_EC2_INSTANCE: 'AwsEc2Instance',
  AWS_ECR_CONTAINER_IMAGE: 'AwsEcrContainerImage',
  AWS_LAMBDA_FUNCTION: 'AwsLambdaFunction',
};

const PACKAGE_ADVICE =
  'Remediation is available. Please refer to the Fixed version in the vulnerability details section above. For detailed remediation guidance for each of the affected packages, refer to the vulnerabilities section of the detailed finding JSON.';
const NO_FIX = 'No fixed version is known yet.';

const TITLE_LENGTH = 256;
const DESCRIPTION_LENGTH = 1024;
const ADVICE_LENGTH = 512;

/** The object without members that are undefined. */
function told(members: Fields): Fields {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function numberText(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : undefined;
}

function vulnerablePackage(value: unknown): Fields {
  const one = fields(value) ?? {};
  return told({
    Name: one.name,
    Version: one.version,
    Epoch: numberText(one.epoch),
    Release: one.release,
    Architecture: one.arch,
    PackageManager: one.packageManager,
    FilePath: one.filePath,
    FixedInVersion: one.fixedInVersion,
    Remediation: one.remediation,
    SourceLayerHash: one.sourceLayerHash,
    SourceLayerArn: one.sourceLambdaLayerArn,
  });
}

/** The scores of the sources; Inspector's own comes last, with its adjustments. */
function cvssOf(finding: Fields, details: Fields): readonly Fields[] {
  const list = items(details.cvss).map((value) => {
    const { version, baseScore, scoringVector, source } = fields(value) ?? {};
    return told({ Version: version, BaseScore: baseScore, BaseVector: scoringVector, Source: source });
  });
  const adjusted = fields(fields(finding.inspectorScoreDetails)?.adjustedCvss);
  if (adjusted === undefined) return list;
  const adjustments = items(adjusted.adjustments).map((value) => {
    const { metric, reason } = fields(value) ?? {};
    return { Metric: metric, Reason: reason };
  });
  const { version, score, scoringVector, scoreSource } = adjusted;
  return [
    ...list,
    told({ Version: version, BaseScore: score, BaseVector: scoringVector, Source: scoreSource, Adjustments: adjustments }),
  ];
}

function vulnerabilityOf(finding: Fields, details: Fields): Fields {
  const vendor = told({
    Name: details.source,
    Url: details.sourceUrl,
    VendorSeverity: details.vendorSeverity,
    VendorCreatedAt: details.vendorCreatedAt,
    VendorUpdatedAt: details.vendorUpdatedAt,
  });
  return told({
    Id: details.vulnerabilityId,
    VulnerablePackages: items(details.vulnerablePackages).map(vulnerablePackage),
    Cvss: cvssOf(finding, details),
    // Security Hub takes no vendor without a name.
    Vendor: vendor.Name === undefined ? undefined : vendor,
    ReferenceUrls: details.referenceUrls,
    RelatedVulnerabilities: details.relatedVulnerabilities,
    FixAvailable: finding.fixAvailable,
    ExploitAvailable: finding.exploitAvailable,
    EpssScore: fields(finding.epss)?.score,
  });
}

function detailsOf(type: string, details: Fields): Fields | undefined {
  const ec2 = fields(details.awsEc2Instance);
  if (ec2 !== undefined) {
    return {
      [type]: told({
        Type: ec2.type,
        ImageId: ec2.imageId,
        IpV4Addresses: ec2.ipV4Addresses,
        IpV6Addresses: ec2.ipV6Addresses,
        KeyName: ec2.keyName,
        IamInstanceProfileArn: ec2.iamInstanceProfileArn,
        VpcId: ec2.vpcId,
        SubnetId: ec2.subnetId,
        LaunchedAt: ec2.launchedAt,
      }),
    };
  }
  const image = fields(details.awsEcrContainerImage);
  if (image !== undefined) {
    return {
      [type]: told({
        RegistryId: image.registry,
        RepositoryName: image.repositoryName,
        Architecture: image.architecture,
        ImageDigest: image.imageHash,
        ImageTags: image.imageTags,
        ImagePublishedAt: image.pushedAt,
      }),
    };
  }
  const lambda = fields(details.awsLambdaFunction);
  if (lambda === undefined) return undefined;
  const { functionName, runtime, version, codeSha256, executionRoleArn, lastModifiedAt } = lambda;
  return {
    [type]: told({
      FunctionName: functionName,
      Runtime: runtime,
      Version: version,
      CodeSha256: codeSha256,
      Role: executionRoleArn,
      LastModified: lastModifiedAt,
    }),
  };
}

function resourceOf(value: unknown, account: string): Fields {
  const { type, id = '', partition = 'aws', region, tags, details } = fields(value) ?? {};
  const asff = RESOURCE_TYPES[text(type) ?? ''] ?? 'Other';
  const name = text(id) ?? '';
  return told({
    Type: asff,
    // Instances are told apart in Security Hub by their ARN.
    Id:
      asff === 'AwsEc2Instance' && !name.startsWith('arn:') ? `arn:${partition}:ec2:${region}:${account}:instance/${name}` : name,
    Partition: partition,
    Region: region,
    Tags: tags,
    Details: detailsOf(asff, fields(details) ?? {}),
  });
}

function productFields(finding: Fields): Fields {
  const [resource] = items(finding.resources).map(fields);
  const details = fields(resource?.details);
  const instance = fields(details?.awsEc2Instance);
  return told({
    'aws/inspector/ProductVersion': '2',
    'aws/inspector/FindingStatus': finding.status,
    'aws/inspector/inspectorScore': numberText(finding.inspectorScore),
    'aws/inspector/instanceId': instance === undefined ? undefined : resource?.id,
    'aws/inspector/resources/1/resourceDetails/awsEc2InstanceDetails/platform': instance?.platform,
  });
}

/** The product that an account may send findings of: everybody's default one. */
function defaultProduct(partition: string, region: string, account: string): string {
  return `arn:${partition}:securityhub:${region}:${account}:product/${account}/default`;
}

/** One finding for BatchImportFindings. Its Id is the finding's ARN, so sending it again updates it. */
export function asff({ finding: api, account, region }: FindingEvent, productArn?: string): Fields {
  const finding: Fields = fields(JSON.parse(JSON.stringify(api))) ?? {};
  const arn = text(finding.findingArn) ?? '';
  const [label, normalized] = SEVERITIES[text(finding.severity) ?? ''] ?? ['INFORMATIONAL', 0];
  const types = [TYPES[text(finding.type) ?? ''] ?? 'Software and Configuration Checks'];
  const vulnerability = fields(finding.packageVulnerabilityDetails);
  const advice = fields(fields(finding.remediation)?.recommendation);
  const fixable = finding.fixAvailable === 'YES' || finding.fixAvailable === 'PARTIAL';
  const recommendation = vulnerability === undefined ? text(advice?.text) : fixable ? PACKAGE_ADVICE : NO_FIX;
  return told({
    SchemaVersion: '2018-10-08',
    Id: arn,
    ProductArn: productArn ?? defaultProduct(arn.split(':')[1] ?? 'aws', region, account),
    ProductName: 'Inspector',
    CompanyName: 'Amazon',
    GeneratorId: 'AWSInspector',
    AwsAccountId: finding.awsAccountId,
    Region: region,
    Types: types,
    FirstObservedAt: finding.firstObservedAt,
    LastObservedAt: finding.lastObservedAt,
    CreatedAt: finding.firstObservedAt,
    UpdatedAt: finding.updatedAt ?? finding.lastObservedAt,
    Severity: { Label: label, Normalized: normalized },
    Title: (text(finding.title) ?? arn).slice(0, TITLE_LENGTH),
    Description: (text(finding.description) ?? '').slice(0, DESCRIPTION_LENGTH),
    Remediation: { Recommendation: told({ Text: (recommendation ?? NO_FIX).slice(0, ADVICE_LENGTH), Url: advice?.Url }) },
    ProductFields: productFields(finding),
    Resources: items(finding.resources).map((resource) => resourceOf(resource, account)),
    Vulnerabilities: vulnerability === undefined ? undefined : [vulnerabilityOf(finding, vulnerability)],
    WorkflowState: 'NEW',
    Workflow: { Status: 'NEW' },
    RecordState: finding.status === 'ACTIVE' ? 'ACTIVE' : 'ARCHIVED',
    FindingProviderFields: { Severity: { Label: label }, Types: texts(types) },
  });
}
