/**
 * Resources as the API knows them: ids in AWS's form, details and what they are filtered by, from an inventory and what its sender
 * says of itself. What is not known is left out, never invented.
 */
import { releaseOf } from '../advisories/streams/index.ts';
import { canonicalJson, digestOf } from '../model/canonical.ts';
import type { Inventory, OperatingSystem } from '../model/package.ts';

/** What a sender says of what it has an inventory of. */
export interface Description {
  readonly kind: 'host' | 'image' | 'lambda' | 'project';
  /** Host name, repository, function or project name. */
  readonly name: string;
  /** Instance id; default: one made from `machine`. */
  readonly instance?: string;
  /** Something that stays the same for a host: machine-id. */
  readonly machine?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly host?: {
    readonly type?: string;
    readonly image?: string;
    readonly vpc?: string;
    readonly subnet?: string;
    readonly addresses?: readonly string[];
    readonly launchedAt?: number;
    readonly keyName?: string;
    readonly profileArn?: string;
  };
  readonly image?: {
    readonly digest?: string;
    readonly tags?: readonly string[];
    readonly registry?: string;
    readonly pushedAt?: number;
    readonly pulledAt?: number;
    /** When a task or pod ran it last, and how many do. */
    readonly lastInUseAt?: number;
    readonly inUseCount?: number;
    readonly author?: string;
  };
  readonly lambda?: {
    readonly runtime?: string;
    readonly codeSha256?: string;
    readonly roleArn?: string;
    readonly layers?: readonly string[];
    readonly modifiedAt?: number;
    readonly packageType?: 'IMAGE' | 'ZIP';
  };
}

export interface Place {
  readonly account: string;
  readonly region: string;
}

export interface Resource extends Place {
  readonly uid: string;
  readonly type: string;
  readonly name: string;
  readonly platform: string | null;
  /** `ResourceDetails` of the API, with one member; times are written as ISO 8601. */
  readonly details: object;
  readonly tags: Readonly<Record<string, string>>;
  /** What it is filtered by and the details have no place for. */
  readonly attributes?: Readonly<Record<string, Date>>;
}

function hex(text: string, length: number): string {
  return digestOf(text).slice(0, length);
}

/** A UUID that is always the same for the text (RFC 9562, version 8). */
function uuid(text: string): string {
  const digits = hex(text, 32);
  return [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, `8${digits.slice(17, 20)}`, digits.slice(20)].join(
    '-',
  );
}

/**
 * A name as a part of an ARN that clients take: without `others`, the characters that its pattern does not have. A name that had some gets a
 * digest behind it, so that different names stay different resources.
 */
function arnPart(name: string, others: RegExp): string {
  const part = name.replace(others, '-');
  return part === name ? name : `${part}-${hex(`name ${name}`, 8)}`;
}

const PLATFORM_NAMES: Readonly<Record<string, string>> = {
  amzn: 'AMAZON_LINUX',
  alpine: 'ALPINE_LINUX',
  ol: 'ORACLE_LINUX',
  rhel: 'RHEL',
  almalinux: 'ALMALINUX',
  rocky: 'ROCKY_LINUX',
  sles: 'SUSE_SERVER',
  debian: 'DEBIAN',
  ubuntu: 'UBUNTU',
};

/** `UBUNTU_22_04`, `AMAZON_LINUX_2023`, `DEBIAN_12`: upper snake case, as Inspector writes platforms. */
function platformOf(os: OperatingSystem | undefined): string | undefined {
  if (os === undefined || os.id === '') return undefined;
  const version = releaseOf(os)?.release ?? os.versionId;
  const name = PLATFORM_NAMES[os.id] ?? os.id;
  return `${name}_${version}`
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replace(/_$/, '');
}

const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'X86_64', x86_64: 'X86_64', arm64: 'ARM64', aarch64: 'ARM64' };

function architecture(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (ARCHITECTURES[text] ?? text.toUpperCase());
}

/** Runtimes that the API has a word for (inspector2 model, enum Runtime). */
const RUNTIMES: readonly string[] = [
  'NODEJS',
  'NODEJS_12_X',
  'NODEJS_14_X',
  'NODEJS_16_X',
  'NODEJS_18_X',
  'NODEJS_20_X',
  'NODEJS_22_X',
  'NODEJS_24_X',
  'JAVA_8',
  'JAVA_8_AL2',
  'JAVA_11',
  'JAVA_17',
  'JAVA_21',
  'JAVA_25',
  'PYTHON_3_7',
  'PYTHON_3_8',
  'PYTHON_3_9',
  'PYTHON_3_10',
  'PYTHON_3_11',
  'PYTHON_3_12',
  'PYTHON_3_13',
  'PYTHON_3_14',
  'GO_1_X',
  'DOTNETCORE_3_1',
  'DOTNET_6',
  'DOTNET_7',
  'DOTNET_8',
  'DOTNET_10',
  'RUBY_2_7',
  'RUBY_3_2',
  'RUBY_3_3',
];

/** `python3.12` → `PYTHON_3_12`, the API's spelling. */
function runtimeName(text: string): string {
  const name = text
    .replace(/^([a-z]+)(\d)/, '$1_$2')
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_');
  return RUNTIMES.find((one) => one === name) ?? 'UNSUPPORTED';
}

type Part = Pick<Resource, 'uid' | 'type' | 'details'>;

function host(description: Description, inventory: Inventory): Part {
  const { host: facts = {}, name } = description;
  const platform = platformOf(inventory.target.os);
  const addresses = facts.addresses ?? [];
  return {
    uid: description.instance ?? `i-${hex(`host ${description.machine ?? name}`, 17)}`,
    type: 'AWS_EC2_INSTANCE',
    details: {
      awsEc2Instance: {
        ...(facts.type !== undefined && { type: facts.type }),
        ...(facts.image !== undefined && { imageId: facts.image }),
        ...(facts.vpc !== undefined && { vpcId: facts.vpc }),
        ...(facts.subnet !== undefined && { subnetId: facts.subnet }),
        ...(facts.keyName !== undefined && { keyName: facts.keyName }),
        ...(facts.profileArn !== undefined && { iamInstanceProfileArn: facts.profileArn }),
        ...(facts.launchedAt !== undefined && { launchedAt: new Date(facts.launchedAt) }),
        ipV4Addresses: addresses.filter((one) => !one.includes(':')),
        ipV6Addresses: addresses.filter((one) => one.includes(':')),
        ...(platform !== undefined && { platform }),
      },
    },
  };
}

function image(description: Description, inventory: Inventory, place: Place): Part {
  const { image: facts = {}, name } = description;
  const digest = facts.digest ?? inventory.target.digest ?? `sha256:${digestOf(canonicalJson(inventory.packages))}`;
  const platform = platformOf(inventory.target.os);
  const registry = facts.registry ?? place.account;
  const cpu = architecture(inventory.target.architecture);
  const tags = [...(facts.tags ?? [])].sort();
  return {
    uid: `arn:aws:ecr:${place.region}:${place.account}:repository/${arnPart(name, /[^a-zA-Z0-9._/-]/g)}/${digest}`,
    type: 'AWS_ECR_CONTAINER_IMAGE',
    ...(facts.pulledAt !== undefined && { attributes: { imagePulledAt: new Date(facts.pulledAt) } }),
    details: {
      awsEcrContainerImage: {
        repositoryName: name,
        imageTags: tags,
        imageHash: digest,
        registry,
        ...(cpu !== undefined && { architecture: cpu }),
        ...(facts.author !== undefined && { author: facts.author }),
        ...(facts.pushedAt !== undefined && { pushedAt: new Date(facts.pushedAt) }),
        ...(facts.lastInUseAt !== undefined && { lastInUseAt: new Date(facts.lastInUseAt) }),
        ...(facts.inUseCount !== undefined && { inUseCount: facts.inUseCount }),
        ...(platform !== undefined && { platform }),
      },
    },
  };
}

function lambda(description: Description, inventory: Inventory, place: Place): Part {
  const { lambda: facts = {}, name } = description;
  const runtime = facts.runtime === undefined ? undefined : runtimeName(facts.runtime);
  const cpu = architecture(inventory.target.architecture);
  const layers = facts.layers ?? [];
  const functionName = arnPart(name, /[^a-zA-Z0-9._-]/g);
  return {
    uid: `arn:aws:lambda:${place.region}:${place.account}:function:${functionName}:$LATEST`,
    type: 'AWS_LAMBDA_FUNCTION',
    details: {
      awsLambdaFunction: {
        functionName,
        runtime,
        codeSha256: facts.codeSha256 ?? digestOf(canonicalJson(inventory.packages)),
        version: '$LATEST',
        executionRoleArn: facts.roleArn,
        ...(layers.length > 0 && { layers: [...layers] }),
        ...(cpu === 'X86_64' || cpu === 'ARM64' ? { architectures: [cpu] } : {}),
        ...(facts.packageType !== undefined && { packageType: facts.packageType }),
        ...(facts.modifiedAt !== undefined && { lastModifiedAt: new Date(facts.modifiedAt) }),
      },
    },
  };
}

function project(description: Description, _: Inventory, place: Place): Part {
  const { name } = description;
  const integration = `arn:aws:inspector2:${place.region}:${place.account}:codesecurity-integration/${uuid('vedette')}`;
  return {
    uid: `${integration}/project-${uuid(`project ${name}`)}`,
    type: 'CODE_REPOSITORY',
    details: { codeRepository: { projectName: name } },
  };
}

const KINDS = { host, image, lambda, project } as const;

/** The resource of an inventory. */
export function resourceOf(description: Description, inventory: Inventory, place: Place): Resource {
  return {
    ...KINDS[description.kind](description, inventory, place),
    ...place,
    name: description.name,
    platform: platformOf(inventory.target.os) ?? null,
    tags: description.tags ?? {},
  };
}
