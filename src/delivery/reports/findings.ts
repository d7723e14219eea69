/** Findings reports: CSV in Inspector's 55 columns, and JSON. */
import type { Finding } from '@aws-sdk/client-inspector2';
import ipaddr from 'ipaddr.js';
import { type Fields, fields, items, texts } from '../../inventory/values.ts';
import { cell } from '../../reports/csv/cell.ts';

const DAY = 86_400_000;

/** What the columns are made of. */
interface Row {
  readonly finding: Fields;
  readonly now: number;
  readonly resource: Fields;
  readonly ec2: Fields;
  readonly image: Fields;
  readonly lambda: Fields;
  readonly details: Fields;
  readonly network: Fields;
  readonly packages: readonly Fields[];
}

function object(value: unknown): Fields {
  return fields(value) ?? {};
}

function rowOf(api: Finding, now: number): Row {
  // Times become ISO 8601, whether they were dates or came from storage.
  const finding = object(JSON.parse(JSON.stringify(api)));
  const resource = object(items(finding.resources)[0]);
  const about = object(resource.details);
  const details = object(finding.packageVulnerabilityDetails);
  return {
    finding,
    now,
    resource,
    ec2: object(about.awsEc2Instance),
    image: object(about.awsEcrContainerImage),
    lambda: object(about.awsLambdaFunction),
    details,
    network: object(finding.networkReachabilityDetails),
    packages: items(details.vulnerablePackages).map(object),
  };
}

function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function list(values: readonly unknown[]): string {
  return values
    .map(plain)
    .filter((value) => value !== '')
    .join(', ');
}

/** epoch:version-release, as `fixedInVersion` is written. */
function installed({ epoch, version, release }: Fields): string {
  const main = release === undefined ? plain(version) : `${plain(version)}-${plain(release)}`;
  return epoch === undefined ? main : `${plain(epoch)}:${main}`;
}

/** A member of the first score of a generation of CVSS, of NVD or of the others. */
function cvss(generation: string, nvd: boolean, member: string): (row: Row) => string {
  return ({ details }) => {
    const scores = items(details.cvss).map(object);
    return plain(
      scores.find(({ version, source }) => plain(version).startsWith(generation) && (source === 'NVD') === nvd)?.[member],
    );
  };
}

function addresses(kind: 'public' | 'private'): (row: Row) => string {
  const isPrivate = (address: string) => ipaddr.isValid(address) && ipaddr.parse(address).range() !== 'unicast';
  return ({ ec2 }) => list(texts(ec2.ipV4Addresses).filter((address) => isPrivate(address) === (kind === 'private')));
}

function age({ finding, now }: Row): string {
  const first = Date.parse(plain(finding.firstObservedAt));
  return Number.isNaN(first) ? '' : String(Math.max(0, Math.floor((now - first) / DAY)));
}

function tags({ resource }: Row): string {
  return list(Object.entries(object(resource.tags)).map(([key, value]) => `${key}:${plain(value)}`));
}

function networkPath({ network }: Row): string {
  const steps = items(object(network.networkPath).steps).map(object);
  return steps.map(({ componentId, componentType }) => `${plain(componentId)} (${plain(componentType)})`).join(' -> ');
}

function portRange({ network }: Row): string {
  const { begin, end } = object(network.openPortRange);
  return begin === undefined ? '' : `${plain(begin)}-${plain(end)}`;
}

/** Inspector's columns, in its order and spelling. */
const COLUMNS: readonly (readonly [string, (row: Row) => string])[] = [
  ['AWS Account Id', ({ finding }) => plain(finding.awsAccountId)],
  ['Severity', ({ finding }) => plain(finding.severity)],
  ['Fix Available', ({ finding }) => plain(finding.fixAvailable)],
  ['Finding Type', ({ finding }) => plain(finding.type)],
  ['Title', ({ finding }) => plain(finding.title)],
  ['Description', ({ finding }) => plain(finding.description)],
  ['Finding ARN', ({ finding }) => plain(finding.findingArn)],
  ['First Seen', ({ finding }) => plain(finding.firstObservedAt)],
  ['Last Seen', ({ finding }) => plain(finding.lastObservedAt)],
  ['Last Updated', ({ finding }) => plain(finding.updatedAt)],
  ['Resource ID', ({ resource }) => plain(resource.id)],
  ['Container Image Tags', ({ image }) => list(items(image.imageTags))],
  ['Region', ({ resource }) => plain(resource.region)],
  ['Platform', ({ ec2, image, lambda }) => plain(ec2.platform ?? image.platform ?? lambda.runtime)],
  ['Resource Tags', tags],
  ['Affected Packages', ({ packages }) => list(packages.map(({ name }) => name))],
  ['Package Installed Version', ({ packages }) => list(packages.map(installed))],
  ['Fixed in Version', ({ packages }) => list(packages.map(({ fixedInVersion }) => fixedInVersion))],
  ['Package Remediation', ({ packages }) => list([...new Set(packages.map(({ remediation }) => remediation))])],
  ['File Path', ({ packages }) => list(packages.map(({ filePath }) => filePath))],
  ['Network Paths', networkPath],
  ['Age (Days)', age],
  ['Remediation', ({ finding }) => plain(object(object(finding.remediation).recommendation).text)],
  ['Inspector Score', ({ finding }) => plain(finding.inspectorScore)],
  ['Inspector Score Vector', ({ finding }) => plain(object(object(finding.inspectorScoreDetails).adjustedCvss).scoringVector)],
  ['Status', ({ finding }) => plain(finding.status)],
  ['Vulnerability Id', ({ details }) => plain(details.vulnerabilityId)],
  ['Vendor', ({ details }) => plain(details.source)],
  ['Vendor Severity', ({ details }) => plain(details.vendorSeverity)],
  ['Vendor Advisory', ({ details }) => plain(details.sourceUrl)],
  ['Vendor Advisory Published', ({ details }) => plain(details.vendorCreatedAt)],
  ['NVD CVSS3 Score', cvss('3', true, 'baseScore')],
  ['NVD CVSS3 Vector', cvss('3', true, 'scoringVector')],
  ['NVD CVSS2 Score', cvss('2', true, 'baseScore')],
  ['NVD CVSS2 Vector', cvss('2', true, 'scoringVector')],
  ['Vendor CVSS3 Score', cvss('3', false, 'baseScore')],
  ['Vendor CVSS3 Vector', cvss('3', false, 'scoringVector')],
  ['Vendor CVSS2 Score', cvss('2', false, 'baseScore')],
  ['Vendor CVSS2 Vector', cvss('2', false, 'scoringVector')],
  ['Resource Type', ({ resource }) => plain(resource.type)],
  ['Ami', ({ ec2 }) => plain(ec2.imageId)],
  ['Resource Public Ipv4', addresses('public')],
  ['Resource Private Ipv4', addresses('private')],
  ['Resource Ipv6', ({ ec2 }) => list(items(ec2.ipV6Addresses))],
  ['Resource Vpc', ({ ec2, lambda }) => plain(ec2.vpcId ?? object(lambda.vpcConfig).vpcId)],
  ['Port Range', portRange],
  ['Epss Score', ({ finding }) => plain(object(finding.epss).score)],
  ['Exploit Available', ({ finding }) => plain(finding.exploitAvailable)],
  ['Last Exploited At', ({ finding }) => plain(object(finding.exploitabilityDetails).lastKnownExploitAt)],
  ['Lambda Layers', ({ lambda }) => list(items(lambda.layers))],
  ['Lambda Package Type', ({ lambda }) => plain(lambda.packageType)],
  ['Lambda Last Updated At', ({ lambda }) => plain(lambda.lastModifiedAt)],
  ['Reference Urls', ({ details }) => list(items(details.referenceUrls))],
  ['Detector Name', ({ finding }) => plain(object(finding.codeVulnerabilityDetails).detectorName)],
  ['Package Manager', ({ packages }) => list([...new Set(packages.map(({ packageManager }) => packageManager))])],
];

/** Rows of findings, after a header. `now`: what ages are counted to. */
export async function* findingsCsv(findings: AsyncIterable<Finding>, now: number): AsyncGenerator<string> {
  yield `${COLUMNS.map(([name]) => cell(name)).join(',')}\r\n`;
  for await (const finding of findings) {
    const row = rowOf(finding, now);
    yield `${COLUMNS.map(([, value]) => cell(value(row))).join(',')}\r\n`;
  }
}

/** One object with all findings as the API shows them, times in ISO 8601. */
export async function* findingsJson(findings: AsyncIterable<Finding>): AsyncGenerator<string> {
  let separator = '\n';
  yield '{"findings":[';
  for await (const finding of findings) {
    yield `${separator}${JSON.stringify(finding)}`;
    separator = ',\n';
  }
  yield '\n]}\n';
}
