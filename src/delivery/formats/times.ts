/** How times of findings are written in events. */
import { fields, text } from '../../inventory/values.ts';

/** `inspector`: as Inspector does today (`Wed Sep 04 16:59:44.356 UTC 2024`); `iso8601`: `2024-09-04T16:59:44.356Z`. */
export type Dates = 'inspector' | 'iso8601';

/** Members of a Finding that are times. What is stored has them in ISO 8601; the test compares with the SDK's model. */
export const TIMES: ReadonlySet<string> = new Set([
  'firstObservedAt',
  'lastObservedAt',
  'updatedAt',
  'launchedAt',
  'pushedAt',
  'lastInUseAt',
  'lastModifiedAt',
  'vendorCreatedAt',
  'vendorUpdatedAt',
  'lastKnownExploitAt',
]);

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A time as Inspector's events have it. */
export function inspectorDate(date: Date): string {
  const [day, month] = [DAYS[date.getUTCDay()], MONTHS[date.getUTCMonth()]];
  const iso = date.toISOString();
  return `${day} ${month} ${iso.slice(8, 10)} ${iso.slice(11, 23)} UTC ${date.getUTCFullYear()}`;
}

/** A copy of a finding as stored in an event, with its times written another way. Tags may have any name and are left as they are. */
export function withTimes(value: unknown, write: (date: Date) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withTimes(item, write));
  const members = fields(value);
  if (members === undefined) return value;
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => {
      if (name === 'tags') return [name, member];
      const time = TIMES.has(name) ? new Date(text(member) ?? Number.NaN) : undefined;
      return [name, time === undefined || Number.isNaN(time.getTime()) ? withTimes(member, write) : write(time)];
    }),
  );
}
