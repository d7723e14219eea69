/** Sending to APIs that take a few entries at a time, of a limited size, and accept some of them. */
import { awsError } from '../aws/clients.ts';
import type { Delivery, Outcome } from './target.ts';

/** One delivery in the form of the API. */
export interface Entry<T> {
  readonly body: T;
  /** As the API counts them. */
  readonly bytes: number;
}

export interface Limits {
  /** Entries in one request. */
  readonly entries: number;
  /** Bytes of one entry, and of all in one request. */
  readonly entryBytes: number;
  readonly bytes: number;
}

/** Errors that say that the request is wrong, not that the service cannot be used. */
const WRONG_INPUT =
  /^(?:Validation|Invalid(?:Input|Parameter|Batch|Message)|Serialization|Malformed|BatchRequestTooLong|RequestEntityTooLarge|MissingParameter)/;

interface Placed<T> extends Entry<T> {
  readonly index: number;
}

function* packs<T>(entries: readonly Placed<T>[], limits: Limits): Generator<readonly Placed<T>[]> {
  let pack: Placed<T>[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (pack.length === limits.entries || (pack.length > 0 && bytes + entry.bytes > limits.bytes)) {
      yield pack;
      pack = [];
      bytes = 0;
    }
    pack.push(entry);
    bytes += entry.bytes;
  }
  if (pack.length > 0) yield pack;
}

/**
 * Sends deliveries in requests within the limits; `call` gives one outcome for each entry of a request. A request that is refused as wrong
 * is sent again entry by entry, so that one bad event spoils no other. Rejects when the first request says that the service cannot be used.
 */
export async function sendPacks<T>(
  batch: readonly Delivery[],
  entryOf: (delivery: Delivery) => Entry<T> | { readonly refused: string },
  limits: Limits,
  call: (entries: readonly T[]) => Promise<readonly Outcome[]>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = batch.map(() => ({ kind: 'failed', error: 'the service did not mention it' }));
  const entries: Placed<T>[] = [];
  let answered = false;
  for (const [index, delivery] of batch.entries()) {
    const entry = entryOf(delivery);
    if ('refused' in entry) outcomes[index] = { kind: 'refused', error: entry.refused };
    else if (entry.bytes <= limits.entryBytes) entries.push({ ...entry, index });
    else outcomes[index] = { kind: 'refused', error: `the event has ${entry.bytes} bytes; ${limits.entryBytes} are allowed` };
  }
  const one = async (pack: readonly Placed<T>[]): Promise<void> => {
    try {
      const results = await call(pack.map(({ body }) => body));
      for (const [at, { index }] of pack.entries())
        outcomes[index] = results[at] ?? { kind: 'failed', error: 'no answer for it' };
      answered = true;
    } catch (thrown) {
      const { code, message } = awsError(thrown);
      const error = `${code}: ${message}`;
      const wrong = WRONG_INPUT.test(code);
      if (wrong && pack.length > 1) {
        for (const entry of pack) await one([entry]);
        return;
      }
      // After a request that was answered, only this one's entries are sent again.
      if (!wrong && !answered) throw new Error(error);
      for (const { index } of pack) outcomes[index] = { kind: 'failed', error };
    }
  };
  for (const pack of packs(entries, limits)) await one(pack);
  return outcomes;
}
