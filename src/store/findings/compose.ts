/** From what a detail says to what the API shows of it: pure, so that the engine that stores and the list that shows agree. */
import type { CvssScore, VulnerablePackage } from '@aws-sdk/client-inspector2';
import type { Insertable } from 'kysely';
import { canonicalJson, digestOf } from '../../model/canonical.ts';
import { type Score, SEVERITIES, type Vulnerability } from '../../model/finding.ts';
import {
  type DetailPackageTable,
  type DetailTable,
  type DetailValueTable,
  type FindingTable,
  SEVERITY_ORDER,
} from '../schema.ts';
import type { Detail, DetailPart, NetworkDetail, PackageDetail } from './detail.ts';
import {
  architectureWord,
  fixedInVersion,
  isSystemPackage,
  packageManager,
  splitVersion,
  updateCommand,
} from './package-words.ts';
import { sourceName, vendorOf } from './sources.ts';

/** Limits of the model. */
const TEXT = 1024;
const VERY_SHORT = 64;
const STEPS = 30;
const LAYER = /^sha256:[a-z0-9]{64}$/;

/** A detail as rows: the tables `detail`, `detail_package` and `detail_value`, without the id that they get. */
export interface DetailRows {
  readonly detail: Insertable<DetailTable>;
  readonly packages: readonly Omit<Insertable<DetailPackageTable>, 'detail_id'>[];
  readonly values: readonly Omit<Insertable<DetailValueTable>, 'detail_id'>[];
  /** The score that a resource's surroundings adjust. */
  readonly base: Score | undefined;
}

/** What a package finding says of its vulnerability as a whole. */
export interface PackageSummary {
  /** The most severe part: it speaks for all. */
  readonly leading: DetailPart;
  readonly title: string;
  readonly description: string;
  readonly source: string;
  readonly sourceUrl: string | undefined;
  readonly vendorSeverity: string | undefined;
  readonly fix: 'YES' | 'NO' | 'PARTIAL';
  readonly exploit: 'YES' | 'NO';
  readonly cvss: readonly CvssScore[];
  readonly related: readonly string[];
  readonly references: readonly string[];
  readonly cwes: readonly string[];
}

/** Cuts at a limit of characters, showing that something is missing, and not inside of a pair of surrogates. */
export function cut(text: string, limit = TEXT): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit - 3);
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}...`;
}

function unique(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}

function leadingPart(parts: PackageDetail['parts']): DetailPart {
  const rank = ({ vulnerability }: DetailPart): number =>
    SEVERITIES.indexOf(vulnerability.severity) - (vulnerability.score?.value ?? 0) / 100;
  return parts.reduce<DetailPart>((best, part) => (rank(part) < rank(best) ? part : best), parts[0]);
}

/** The whole text where it is known, else the first sentence. */
function describe({ title, kind, id, evidence }: Vulnerability, names: readonly string[], text: string | undefined): string {
  const of = cut(names.join(', '), 512);
  if (kind === 'end-of-life') return cut(evidence.find(({ note }) => note !== undefined)?.note ?? `${of} is out of support.`);
  return cut(text ?? title ?? `${id} affects ${of}.`);
}

/** The facts of a package finding that its vulnerable packages have in common. `text`: what is said of the vulnerability at length. */
export function summarizePackages({ id, parts }: PackageDetail, text?: string): PackageSummary {
  const leading = leadingPart(parts);
  const { vulnerability } = leading;
  const all = parts.map((part) => part.vulnerability);
  const names = [...new Set(all.map(({ packageName }) => packageName))];
  const vendor = vendorOf(vulnerability, leading.package.namespace);
  const fixed = all.filter(({ status }) => status === 'fix-available').length;
  const scores = new Map(
    all.flatMap(({ scores }) =>
      scores.flatMap(({ value, vector, version, source }): [string, CvssScore][] =>
        vector === undefined
          ? []
          : [[`${source} ${vector}`, { baseScore: value, scoringVector: vector, version, source: sourceName(source) }]],
      ),
    ),
  );
  const urls = all.flatMap(({ evidence }) => evidence.map(({ url }) => url)).filter((url) => url !== '');
  const nvd = id.startsWith('CVE-') ? [`https://nvd.nist.gov/vuln/detail/${id}`] : [];
  return {
    leading,
    title: cut(`${id} - ${names.join(', ')}`),
    description: describe(vulnerability, names, text),
    source: vendor.source,
    sourceUrl: vendor.url,
    vendorSeverity: vendor.severity,
    fix: fixed === 0 ? 'NO' : fixed === all.length ? 'YES' : 'PARTIAL',
    exploit: all.some(({ kev, exploits }) => kev !== undefined || exploits.length > 0) ? 'YES' : 'NO',
    cvss: [...scores.values()],
    related: unique(all.flatMap(({ aliases }) => aliases)).filter((alias) => alias !== id && alias.length <= 128),
    references: [...new Set([...(vendor.url === undefined ? [] : [vendor.url]), ...urls, ...nvd])],
    cwes: unique(all.flatMap(({ cwes }) => cwes)),
  };
}

interface Place {
  readonly path: string;
  readonly layer: string | undefined;
}

/** Where a part is: a system package once for each layer, others at each of their files. */
function placesOf({ vulnerability: { locations }, package: { type } }: DetailPart): readonly Place[] {
  const places = locations.map(({ path, layer }) => ({
    path,
    layer: layer !== undefined && LAYER.test(layer) ? layer : undefined,
  }));
  if (places.length === 0) return [{ path: '', layer: undefined }];
  if (!isSystemPackage(type)) return places;
  return [...new Set(places.map(({ layer }) => layer))].map((layer) => ({ path: '', layer }));
}

function packagesOfPart(part: DetailPart): VulnerablePackage[] {
  const { vulnerability: found, package: known } = part;
  const { version, epoch, release } = splitVersion(known.type, found.installedVersion);
  const fixable = found.status === 'fix-available';
  return placesOf(part).map(({ path, layer }) => {
    const manager = packageManager(known.type, path);
    const remediation = fixable ? updateCommand(known.type, known.namespace, found.packageName, path) : undefined;
    return {
      name: cut(found.packageName),
      version: cut(version),
      ...(layer !== undefined && { sourceLayerHash: layer }),
      ...(epoch !== undefined && { epoch }),
      ...(release !== undefined && { release: cut(release) }),
      ...(known.architecture && { arch: cut(architectureWord(known.architecture), VERY_SHORT) }),
      ...(manager !== undefined && { packageManager: manager }),
      ...(path !== '' && { filePath: cut(path) }),
      fixedInVersion: cut(fixable ? fixedInVersion(known.type, found.fixedVersions) : 'NotAvailable'),
      ...(remediation !== undefined && { remediation: cut(remediation) }),
      ...(known.lambdaLayer !== undefined && { sourceLambdaLayerArn: known.lambdaLayer }),
    };
  });
}

/** `vulnerablePackages` of the API: one entry for each place of each package. */
export function vulnerablePackages({ parts }: PackageDetail): VulnerablePackage[] {
  return parts.flatMap(packagesOfPart);
}

/** The steps the model has room for: both ends of the path are kept. */
export function networkSteps({ steps }: NetworkDetail): NetworkDetail['steps'] {
  return steps.length <= STEPS ? steps : [...steps.slice(0, STEPS / 2), ...steps.slice(-STEPS / 2)];
}

function severityIndex(severity: string): number {
  const words: readonly string[] = SEVERITY_ORDER;
  return Math.max(0, words.indexOf(severity));
}

function packageRows(detail: PackageDetail, digest: string, data: string): DetailRows {
  const summary = summarizePackages(detail);
  const { vulnerability } = summary.leading;
  const values = [
    ...summary.related.map((value) => ({ name: 'relatedVulnerabilities', value })),
    ...summary.cwes.map((value) => ({ name: 'cwe', value })),
  ];
  return {
    detail: {
      digest,
      data,
      type: 'PACKAGE_VULNERABILITY',
      key: detail.id,
      vulnerability: detail.id,
      title: summary.title,
      severity: severityIndex(vulnerability.severity),
      score: vulnerability.score?.value ?? null,
      epss: vulnerability.epss?.score ?? null,
      vendor_severity: summary.vendorSeverity ?? null,
      source: summary.source,
      fix: summary.fix,
      exploit: summary.exploit,
      protocol: null,
      port_begin: null,
      port_end: null,
    },
    base: vulnerability.score,
    packages: detail.parts.flatMap((part) =>
      packagesOfPart(part).map((shown) => ({
        unit_id: part.unit,
        name: shown.name ?? '',
        version: shown.version ?? '',
        epoch: shown.epoch ?? null,
        release: shown.release ?? null,
        architecture: shown.arch ?? null,
        path: shown.filePath ?? null,
        layer: shown.sourceLayerHash ?? null,
        lambda_layer: shown.sourceLambdaLayerArn ?? null,
        manager: shown.packageManager ?? null,
      })),
    ),
    values,
  };
}

function networkRows(detail: NetworkDetail, digest: string, data: string): DetailRows {
  const steps = networkSteps(detail);
  return {
    detail: {
      digest,
      data,
      type: 'NETWORK_REACHABILITY',
      key: networkKey(detail),
      vulnerability: null,
      title: cut(detail.title),
      severity: severityIndex(detail.severity),
      score: null,
      epss: null,
      vendor_severity: null,
      source: null,
      fix: null,
      exploit: null,
      protocol: detail.protocol,
      port_begin: detail.begin,
      port_end: detail.end,
    },
    base: undefined,
    packages: [],
    values: [
      ...unique(steps.map(({ componentId }) => componentId)).map((value) => ({ name: 'componentId', value })),
      ...unique(steps.map(({ componentType }) => componentType)).map((value) => ({ name: 'componentType', value })),
    ],
  };
}

/** What tells the network findings of one resource apart: the ports, and where the way begins and enters the resource. */
function networkKey({ protocol, begin, end, steps }: NetworkDetail): string {
  const first = steps[0]?.componentId ?? '';
  const entry = steps.findLast(({ componentType }) => componentType === 'AWS::EC2::NetworkInterface')?.componentId ?? '';
  return `network/${protocol}/${begin}-${end}/${first}/${entry}`;
}

/** A detail as its rows. The digest is the SHA-256 of the canonical JSON of the detail, which is its `data`. */
export function detailRows(detail: Detail): DetailRows {
  const data = canonicalJson(detail);
  const digest = digestOf(data);
  return detail.kind === 'package' ? packageRows(detail, digest, data) : networkRows(detail, digest, data);
}

type DetailColumns =
  | 'type'
  | 'key'
  | 'vulnerability'
  | 'severity'
  | 'score'
  | 'epss'
  | 'fix'
  | 'exploit'
  | 'title'
  | 'source'
  | 'vendor_severity'
  | 'protocol';

/** Columns of a finding that repeat its detail's: lists are sorted and filtered by them. `score` is the base score until it is adjusted. */
export function detailColumns(detail: Insertable<DetailTable>): Pick<Insertable<FindingTable>, DetailColumns> {
  const { type, key, vulnerability, severity, score, epss, fix, exploit, title, source, vendor_severity, protocol } = detail;
  return { type, key, vulnerability, severity, score, epss, fix, exploit, title, source, vendor_severity, protocol };
}
