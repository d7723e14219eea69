/** The contract of a kind of target. One folder per kind, listed in `registry.ts`, checked by `registry.test.ts`. docs/delivery.md. */
import { type Fields, fields } from '../inventory/values.ts';
import { fail, incomplete, ok, type Result } from '../model/problem.ts';
import { EVENT_KINDS, type Event } from './event.ts';

/** One event on its way to one target. */
export interface Delivery {
  /** A UUID that stays the same when the event is sent again. */
  readonly id: string;
  readonly ordering: string;
  readonly event: Event;
}

/** What became of one delivery. `failed` is tried again; `refused` never can arrive, so it is not. */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'refused'; readonly error: string };

export const DELIVERED: Outcome = { kind: 'delivered' };

/** Sends to one target. */
export interface Sender {
  /**
   * One outcome for each delivery, in their order. Rejects when the target cannot be used at all now: then the whole batch is sent again
   * after a pause of the target.
   */
  send(batch: readonly Delivery[], signal: AbortSignal): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

/** What may be told about a target. */
export interface Setting {
  readonly name: string;
  readonly type: 'text' | 'number' | 'list';
  readonly required?: boolean;
  /** Kept sealed and never shown. */
  readonly secret?: boolean;
  /** One phrase for people, Markdown. */
  readonly meaning: string;
  /** What is wrong with a value, as the end of a sentence. */
  readonly wrong?: (value: string) => string | undefined;
}

export interface TargetKind {
  /** Folder name. */
  readonly id: string;
  readonly title: string;
  /** Addresses of what it implements. */
  readonly specification: readonly string[];
  /** What it can be told; the rest is not sent to it. */
  readonly takes: readonly Event['kind'][];
  /** Deliveries in one call of `send` at most. */
  readonly batch: number;
  /** Calls of `send` at the same time at most, in one process. */
  readonly concurrency: number;
  readonly settings: readonly Setting[];
  /** Opens a target whose settings `validate` accepted. */
  open(configuration: Fields, secrets: Fields): Sender;
}

/** Settings of every kind. */
export const COMMON: readonly Setting[] = [
  {
    name: 'events',
    type: 'list',
    meaning: `which events: a list of ${EVENT_KINDS.map((kind) => `\`${kind}\``).join(', ')}; all that the kind takes when absent`,
    wrong: (value) => (EVENT_KINDS.some((kind) => kind === value) ? undefined : `is none of ${EVENT_KINDS.join(', ')}`),
  },
];

function problemOf({ name, type, wrong }: Setting, value: unknown): string | undefined {
  if (type === 'number')
    return Number.isSafeInteger(value) && Number(value) > 0 ? undefined : `${name} must be a positive whole number`;
  const texts = type === 'list' ? value : [value];
  if (!Array.isArray(texts)) return `${name} must be a list`;
  for (const text of texts) {
    if (typeof text !== 'string' || text === '') return `${name} must be text`;
    const why = wrong?.(text);
    if (why !== undefined) return `${name} ${why}`;
  }
  return undefined;
}

/** Checks what is told about a target of a kind. Problem: `target-invalid`, with everything that is wrong. Secrets are not repeated in it. */
export function validate(kind: TargetKind, configuration: unknown, secrets: unknown = {}): Result<void> {
  const wrong: string[] = [];
  for (const [told, secret] of [
    [configuration, false],
    [secrets, true],
  ] as const) {
    const values = fields(told);
    if (values === undefined) {
      wrong.push(`the ${secret ? 'secrets' : 'configuration'} must be an object`);
      continue;
    }
    const known = [...kind.settings, ...COMMON].filter((setting) => (setting.secret ?? false) === secret);
    for (const name of Object.keys(values)) {
      if (!known.some((setting) => setting.name === name))
        wrong.push(`${name} is no ${secret ? 'secret' : 'setting'} of ${kind.id}`);
    }
    for (const setting of known) {
      const value = values[setting.name];
      if (value === undefined && setting.required === true) wrong.push(`${setting.name} is missing`);
      const problem = value === undefined ? undefined : problemOf(setting, value);
      if (problem !== undefined) wrong.push(problem);
    }
  }
  if (wrong.length === 0) return ok(undefined);
  return fail(incomplete('target-invalid', `The target cannot be used: ${wrong.join('; ')}.`));
}

/** The address of a server. */
export function wrongAddress(value: string): string | undefined {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an http or https address';
  return url.username !== '' || url.password !== '' ? 'must not hold a user or password' : undefined;
}
