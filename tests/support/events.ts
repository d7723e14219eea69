/** Events for tests of delivery, and targets that do what a test says. */
import type { FindingEvent, MetricsEvent } from '../../src/delivery/event.ts';
import type { Delivery, Outcome, TargetKind } from '../../src/delivery/target.ts';
import { DELIVERED } from '../../src/delivery/target.ts';
import type { Store } from '../../src/store/index.ts';

export const ACCOUNT = '123456789012';

/** A finding of a package, as a store of events holds it: times are ISO 8601 texts there. */
export function findingEvent(number: number, change: FindingEvent['change'] = 'created'): FindingEvent {
  const finding = {
    findingArn: `arn:aws:inspector2:eu-west-1:${ACCOUNT}:finding/${String(number).padStart(32, '0')}`,
    awsAccountId: ACCOUNT,
    type: 'PACKAGE_VULNERABILITY',
    title: `CVE-2024-${1000 + number} - openssl`,
    description: 'A flaw.',
    severity: 'HIGH',
    status: change === 'closed' ? 'CLOSED' : change === 'suppressed' ? 'SUPPRESSED' : 'ACTIVE',
    firstObservedAt: '2024-09-04T16:59:44.356Z',
    lastObservedAt: '2024-09-04T16:59:44.356Z',
    updatedAt: '2024-09-05T01:02:03.004Z',
    remediation: { recommendation: { text: 'None Provided' } },
    fixAvailable: 'YES',
    exploitAvailable: 'NO',
    inspectorScore: 7.5,
    inspectorScoreDetails: {
      adjustedCvss: {
        scoreSource: 'NVD',
        cvssSource: 'NVD',
        version: '3.1',
        score: 7.5,
        scoringVector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H',
        adjustments: [{ metric: 'Attack Vector', reason: 'Nothing on the internet reaches it.' }],
      },
    },
    epss: { score: 0.12 },
    packageVulnerabilityDetails: {
      vulnerabilityId: `CVE-2024-${1000 + number}`,
      source: 'DEBIAN_CVE',
      sourceUrl: 'https://security-tracker.debian.org/tracker/CVE-2024-1000',
      vendorSeverity: 'medium',
      vendorCreatedAt: '2024-09-01T00:00:00.000Z',
      cvss: [{ baseScore: 9.8, scoringVector: 'CVSS:3.1/AV:N', version: '3.1', source: 'NVD' }],
      referenceUrls: ['https://example.org/a'],
      relatedVulnerabilities: ['CVE-2024-1'],
      vulnerablePackages: [
        {
          name: 'openssl',
          version: '3.0.11',
          epoch: 0,
          release: '1',
          arch: 'X86_64',
          packageManager: 'OS',
          fixedInVersion: '0:3.0.13-1',
        },
      ],
    },
    resources: [
      {
        id: 'i-12345678901234567',
        type: 'AWS_EC2_INSTANCE',
        partition: 'aws',
        region: 'eu-west-1',
        tags: { updatedAt: '2020-01-01T00:00:00Z' },
        details: { awsEc2Instance: { type: 't2.small', platform: 'DEBIAN_12', launchedAt: '2024-09-04T17:41:24.000Z' } },
      },
    ],
  };
  return {
    kind: 'finding',
    account: ACCOUNT,
    region: 'eu-west-1',
    time: '2024-09-05T13:06:56.123Z',
    resources: ['i-12345678901234567'],
    // What JSON made of the API's object.
    finding: finding as unknown as FindingEvent['finding'],
    change,
  };
}

/** Counts of one account and region. */
export function metricsEvent(
  findingCounts: Readonly<Record<string, number>>,
  resourceCounts: Readonly<Record<string, number>>,
  time: number,
): MetricsEvent {
  const place = { account: ACCOUNT, region: 'eu-west-1', resources: ['eu-west-1'] };
  return { kind: 'metrics', ...place, time: new Date(time).toISOString(), findingCounts, resourceCounts };
}

/** A kind of target that asks the test what becomes of each batch. */
export function scripted(
  answer: (batch: readonly Delivery[], signal: AbortSignal) => readonly Outcome[] | Promise<readonly Outcome[]>,
  id = 'scripted',
): TargetKind {
  return {
    id,
    title: id,
    specification: [],
    takes: ['finding', 'scan', 'coverage'],
    batch: 10,
    concurrency: 1,
    settings: [],
    open: () => ({ send: async (batch, signal) => await answer(batch, signal), close: async () => undefined }),
  };
}

export function allDelivered(batch: readonly Delivery[]): readonly Outcome[] {
  return batch.map(() => DELIVERED);
}

/** Puts a target into a store; its id. */
export async function putTarget(
  store: Store,
  kind: string,
  configuration: object = {},
  name = kind,
  account = ACCOUNT,
): Promise<number> {
  const row = { account, name, kind, configuration: JSON.stringify(configuration), secrets: null, enabled: 1, created_at: 0 };
  return (await store.write((tx) => tx.insertInto('target').values(row).returning('id').executeTakeFirstOrThrow())).id;
}
