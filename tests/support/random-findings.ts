/** Stores of findings made up from a seed: few different values, so that every filter meets some and misses some. */
import type { PackageDetail } from '../../src/store/findings/detail.ts';
import type { Store } from '../../src/store/store.ts';
import { insertDetail, insertFinding, insertResource, type SampleResource, samplePart } from './findings.ts';

/** Numbers from 0 up to 1 that depend on the seed only (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = () => number;

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

function some<T>(random: Random, values: readonly T[]): T[] {
  return values.filter(() => random() < 0.4);
}

/** Times that filters and findings share. */
export const TIMES = [1_700_000_000_000, 1_700_000_000_500, 1_700_000_001_000, 1_700_000_002_000];
export const ACCOUNTS = ['111111111111', '111111111112', '222222222222'];
const hash = (letter: string) => `sha256:${letter.repeat(64)}`;
const iso = (time: number) => new Date(time).toISOString() as unknown as never;
const layerArn = (name: string) => `arn:aws:lambda:us-east-1:111111111111:layer:${name}:1`;
const KEYS = ['Name', 'env', 'team'];
const WORDS = ['a', 'ab', 'b', 'ÿ😀', ''];

function tags(random: Random): Record<string, string> {
  return Object.fromEntries(some(random, KEYS).map((key) => [key, pick(random, WORDS)]));
}

function resourceOf(random: Random, index: number): SampleResource {
  const account = pick(random, ACCOUNTS);
  const base = { account, tags: tags(random) };
  const kind = index % 4;
  if (kind === 0) {
    const platform = pick(random, ['UBUNTU_22_04', 'UBUNTU_24_04', 'AMAZON_LINUX_2']);
    const details = {
      imageId: pick(random, ['ami-1', 'ami-12', 'ami-2']),
      ...(random() < 0.7 && { vpcId: pick(random, ['vpc-1', 'vpc-2']), subnetId: pick(random, ['subnet-1', 'subnet-12']) }),
      platform,
    };
    return { ...base, uid: `i-${index}`, type: 'AWS_EC2_INSTANCE', platform, details: { awsEc2Instance: details } };
  }
  if (kind === 1) {
    const repositoryName = pick(random, ['app', 'app/web', 'base']);
    const details = {
      repositoryName,
      registry: pick(random, ACCOUNTS),
      imageHash: hash(pick(random, ['a', 'b'])),
      imageTags: some(random, ['latest', 'v1', 'v1.1']),
      ...(random() < 0.7 && { architecture: pick(random, ['amd64', 'arm64']) }),
      ...(random() < 0.7 && { pushedAt: iso(pick(random, TIMES)) }),
      ...(random() < 0.7 && { lastInUseAt: iso(pick(random, TIMES)), inUseCount: Math.floor(random() * 4) }),
    };
    const uid = `arn:aws:ecr:us-east-1:${account}:repository/${repositoryName}/${hash('c')}-${index}`;
    return { ...base, tags: {}, uid, type: 'AWS_ECR_CONTAINER_IMAGE', details: { awsEcrContainerImage: details } };
  }
  if (kind === 2) {
    const functionName = pick(random, ['orders', 'orders-2', 'mail']);
    const details = {
      functionName,
      runtime: pick(random, ['PYTHON_3_11', 'PYTHON_3_10', 'NODEJS_18_X'] as const),
      codeSha256: 'x',
      version: '$LATEST',
      executionRoleArn: `arn:aws:iam::${account}:role/${pick(random, ['r1', 'r12'])}`,
      layers: some(random, ['one', 'two']).map(layerArn),
      ...(random() < 0.7 && { lastModifiedAt: iso(pick(random, TIMES)) }),
    };
    const uid = `arn:aws:lambda:us-east-1:${account}:function:${functionName}-${index}:$LATEST`;
    return { ...base, uid, type: 'AWS_LAMBDA_FUNCTION', details: { awsLambdaFunction: details } };
  }
  const details = {
    projectName: pick(random, ['shop', 'shop-ui']),
    providerType: pick(random, ['GITHUB', 'GITLAB_SELF_MANAGED'] as const),
  };
  return { ...base, tags: {}, uid: `project-${index}`, type: 'CODE_REPOSITORY', details: { codeRepository: details } };
}

function packageDetail(random: Random, index: number): PackageDetail {
  const id = pick(random, ['CVE-2021-1', 'CVE-2021-12', 'CVE-2024-3', 'GHSA-x']) + (index % 3 === 0 ? '' : `-${index}`);
  const part = (unit: number) => {
    const type = pick(random, ['deb', 'rpm', 'npm']);
    return samplePart(
      unit,
      {
        id,
        aliases: some(random, ['GHSA-1', 'GHSA-12', 'PYSEC-1']),
        severity: pick(random, ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL', 'UNTRIAGED'] as const),
        severitySource: pick(random, ['nvd', 'ghsa', 'none']),
        packageName: pick(random, ['openssl', 'openssl-libs', 'curl', 'ÿ😀']),
        installedVersion: pick(random, ['1.0-1', '2:1.0-1', '1.0-12', '3']),
        status: pick(random, ['fix-available', 'no-fix'] as const),
        locations: some(random, [
          { path: 'a/package-lock.json' },
          { path: 'a/b', layer: hash('d') },
          { path: 'c', layer: hash('e') },
        ]),
        exploits: random() < 0.3 ? ['EDB-1'] : [],
        ...(random() < 0.6 && { epss: { score: pick(random, [0, 0.25, 0.5, 1]), date: '2026-01-01' } }),
        ...(random() < 0.3 && { score: { value: 9.8, vector: 'CVSS:3.1/x', version: '3.1', source: 'nvd' } }),
      },
      {
        type,
        namespace: pick(random, ['debian', 'amzn', '']),
        architecture: pick(random, ['amd64', 'arm64', '']),
        ...(type === 'npm' && random() < 0.5 && { lambdaLayer: layerArn(pick(random, ['one', 'two'])) }),
      },
    );
  };
  return { kind: 'package', id, parts: [part(index * 3 + 1), ...(random() < 0.5 ? [part(index * 3 + 2)] : [])] };
}

function networkDetail(random: Random) {
  const [begin, end] = pick(random, [
    [22, 22],
    [0, 65_535],
    [80, 443],
  ] as const);
  return {
    kind: 'network' as const,
    title: `Port range ${begin} - ${end} is reachable`,
    description: 'reachable',
    severity: pick(random, ['MEDIUM', 'HIGH']),
    protocol: pick(random, ['TCP', 'UDP']),
    begin,
    end,
    steps: [
      { componentId: pick(random, ['igw-1', 'igw-12']), componentType: 'AWS::EC2::InternetGateway' },
      { componentId: pick(random, ['eni-1', 'eni-2']), componentType: 'AWS::EC2::NetworkInterface' },
    ],
    remediation: 'close it',
  };
}

/** Fills a store: `resources` of the four kinds in turn, and findings of them with few details. */
export async function writeRandomFindings(store: Store, seed: number, resources = 16, perResource = 8): Promise<void> {
  const random = randomOf(seed);
  await store.write(async (tx) => {
    const details = [];
    for (let index = 0; index < 20; index++) details.push(await insertDetail(tx, packageDetail(random, index)));
    const network = [];
    for (let index = 0; index < 4; index++) network.push(await insertDetail(tx, networkDetail(random)));
    for (let index = 0; index < resources; index++) {
      const resource = await insertResource(tx, resourceOf(random, index));
      const possible = index % 4 === 0 ? [...details, ...network] : details;
      const chosen = new Map(
        Array.from({ length: perResource }, () => pick(random, possible)).map((detail) => [detail.key, detail]),
      );
      for (const detail of chosen.values()) {
        const score = detail.score === null || detail.score === undefined ? null : pick(random, [detail.score, 5.5, 7]);
        await insertFinding(tx, resource, detail, {
          status: pick(random, ['ACTIVE', 'ACTIVE', 'SUPPRESSED', 'CLOSED']),
          score,
          first_observed_at: pick(random, TIMES),
          last_observed_at: pick(random, TIMES),
          updated_at: pick(random, TIMES),
        });
      }
    }
  });
}
