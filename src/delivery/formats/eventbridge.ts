/** Events as EventBridge delivers Inspector's (Amazon Inspector user guide, "Amazon EventBridge event schema for Amazon Inspector events"). */
import type { Fields } from '../../inventory/values.ts';
import type { Event, ScanEvent } from '../event.ts';
import type { Setting } from '../target.ts';
import { type Dates, inspectorDate, withTimes } from './times.ts';

/** Events that have a form here. */
export type TellableEvent = Exclude<Event, { kind: 'metrics' }>;

const DETAIL_TYPES = {
  finding: 'Inspector2 Finding',
  scan: 'Inspector2 Scan',
  coverage: 'Inspector2 Coverage',
} as const satisfies Record<TellableEvent['kind'], string>;

/** What Inspector calls itself. */
const INSPECTOR = 'aws.inspector2';

function scanDetail({ counts, image, resourceType, resources }: ScanEvent): Fields {
  return {
    'scan-status': 'INITIAL_SCAN_COMPLETE',
    ...(image !== undefined && { 'repository-name': image.repository }),
    ...(resourceType === 'AWS_EC2_INSTANCE' && { 'instance-id': resources[0] }),
    'finding-severity-counts': { CRITICAL: counts.CRITICAL, HIGH: counts.HIGH, MEDIUM: counts.MEDIUM, TOTAL: counts.TOTAL },
    ...(image !== undefined && { 'image-digest': image.digest, 'image-tags': image.tags }),
    version: '1.0',
  };
}

function detailOf(event: TellableEvent, dates: Dates): unknown {
  if (event.kind === 'finding') {
    return withTimes(event.finding, (date) => (dates === 'inspector' ? inspectorDate(date) : date.toISOString()));
  }
  if (event.kind === 'scan') return scanDetail(event);
  return {
    scanStatus: { reason: event.reason, statusCodeValue: event.statusCode },
    scanType: event.scanType,
    provider: 'AWS',
    providerAccountId: event.account,
    providerRegion: event.region,
    eventTimestamp: event.time,
    version: '1.0',
  };
}

export interface Envelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601 UTC to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** How an event is written. */
export interface EnvelopeOptions {
  readonly dates?: Dates;
  readonly source?: string;
}

/** The event with its envelope, as a rule's target gets it. */
export function envelope(
  id: string,
  event: TellableEvent,
  { dates = 'inspector', source = INSPECTOR }: EnvelopeOptions,
): Envelope {
  return {
    version: '0',
    id,
    'detail-type': DETAIL_TYPES[event.kind],
    source,
    account: event.account,
    time: `${event.time.slice(0, 19)}Z`,
    region: event.region,
    // An image is named by its repository, as Inspector does.
    resources: event.kind === 'scan' && event.image !== undefined ? [event.image.repository] : event.resources,
    detail: detailOf(event, dates),
  };
}

/** Settings of targets that get envelopes. */
export function envelopeSettings(dates: Dates): readonly Setting[] {
  return [
    {
      name: 'dates',
      type: 'text',
      meaning: `times in findings: \`inspector\` (\`Wed Sep 04 16:59:44.356 UTC 2024\`) or \`iso8601\`; default \`${dates}\``,
      wrong: (value) => (value === 'inspector' || value === 'iso8601' ? undefined : 'must be inspector or iso8601'),
    },
    { name: 'source', type: 'text', meaning: `\`source\` of the events; default \`${INSPECTOR}\`` },
  ];
}

/** What these settings say. */
export function envelopeOptions(configuration: Fields, dates: Dates): EnvelopeOptions {
  const { dates: told, source } = configuration;
  return {
    dates: told === 'inspector' || told === 'iso8601' ? told : dates,
    ...(typeof source === 'string' && { source }),
  };
}
