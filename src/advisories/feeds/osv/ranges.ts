/** OSV events as intervals. https://ossf.github.io/osv-schema/#affectedrangesevents-fields */
import type { VersionRange } from '../../../model/advisory.ts';
import type { VersionScheme } from '../../../versions/scheme.ts';
import { isObject, listAt, textAt } from '../json.ts';
import { Malformed } from '../reading.ts';

type Limit = 'introduced' | 'fixed' | 'last_affected';

interface Event {
  readonly type: Limit;
  readonly version: string;
}

/** What a range of a record says. */
export interface OsvRange {
  readonly ranges: readonly VersionRange[];
  /** `fixed: 0`: no version is affected. */
  readonly none: boolean;
}

function eventsOf(range: unknown): Event[] {
  const events: Event[] = [];
  for (const event of listAt(range, 'events')) {
    for (const type of ['introduced', 'fixed', 'last_affected'] as const) {
      const version = textAt(event, type);
      if (version !== undefined) events.push({ type, version });
      else if (isObject(event) && event[type] !== undefined && event[type] !== '')
        throw new Malformed(`its ${type} event is not a version`);
    }
  }
  return events;
}

/**
 * Events by version; `0` comes first, and at one version the order is introduced, fixed, last affected. In the order given when
 * a version cannot be compared: sources write them in order, and the bound itself becomes visible as not comparable later.
 */
function ordered(events: readonly Event[], scheme: VersionScheme | undefined): readonly Event[] {
  if (events.length < 3 && events[0]?.type === 'introduced') return events;
  const keyed: { readonly event: Event; readonly key: string }[] = [];
  for (const event of events) {
    if (event.version === '0') {
      keyed.push({ event, key: '' });
      continue;
    }
    const key = scheme?.key(event.version);
    if (key === undefined || !key.ok) return events;
    keyed.push({ event, key: key.value });
  }
  const rank: Readonly<Record<Limit, number>> = { introduced: 0, fixed: 1, last_affected: 2 };
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : rank[a.event.type] - rank[b.event.type]));
  return keyed.map(({ event }) => event);
}

/**
 * Walks the events as the schema prescribes: affected from `introduced` up to the first `fixed` after it. Where several
 * `last_affected` follow each other the last one counts, because sources use them to list affected releases.
 */
function walk(events: readonly Event[]): VersionRange[] {
  const ranges: VersionRange[] = [];
  let introduced: string | undefined;
  let lastAffected: string | undefined;
  const close = () => {
    if (introduced !== undefined && lastAffected !== undefined) ranges.push({ introduced, lastAffected });
    if (lastAffected !== undefined) introduced = undefined;
    lastAffected = undefined;
  };
  for (const { type, version } of events) {
    if (type === 'introduced') {
      close();
      introduced ??= version;
    } else if (introduced !== undefined) {
      if (type === 'last_affected') lastAffected = version;
      else if (lastAffected !== undefined) close();
      else {
        ranges.push({ introduced, fixed: version });
        introduced = undefined;
      }
    }
  }
  close();
  if (introduced !== undefined) ranges.push({ introduced });
  return ranges;
}

/** The bound of GHSA's `last_known_affected_version_range`, e.g. `<= 1.2.3`. */
function knownUpTo(text: string | undefined): VersionRange {
  const found = /^(<=?)\s*(\S{1,200})$/.exec(text?.trim() ?? '');
  if (found?.[2] === undefined) return {};
  return found[1] === '<' ? { fixed: found[2] } : { lastAffected: found[2] };
}

/** One range; undefined for GIT ranges, which are about commits. `lastKnown` closes a range that the events leave open. */
export function readRange(
  range: unknown,
  scheme: VersionScheme | undefined,
  lastKnown: string | undefined,
): OsvRange | undefined {
  if (textAt(range, 'type') === 'GIT') return undefined;
  const events = eventsOf(range);
  if (events.length === 0) throw new Malformed('a range has no events');
  const ranges: VersionRange[] = [];
  let none = false;
  for (const found of walk(ordered(events, scheme))) {
    if (found.fixed === '0') none = true;
    else if (found.fixed === undefined && found.lastAffected === undefined) ranges.push({ ...found, ...knownUpTo(lastKnown) });
    else ranges.push(found);
  }
  return { ranges, none: none && ranges.length === 0 };
}
