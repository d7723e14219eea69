/** Asking one region of one account everything, into a snapshot. */
import { CALLS, type Call, type CallId, type Service } from '../../estate/calls.ts';
import type { Row } from '../../estate/estate.ts';
import { everyCall, pathOf, type TablePlace } from '../../estate/names.ts';
import { openTable } from '../../estate/write.ts';
import { fields, items, text } from '../../inventory/values.ts';
import { awsError, type Client, openClient } from '../clients.ts';
import { eachOf, type Pace, paceOf } from './pace.ts';
import type { Session } from './session.ts';

/** Answers that are there already, by `pathOf`, with the identifiers of the things they list. */
export type Kept = ReadonlyMap<string, readonly string[]>;

/** What is told while asking. */
export interface RegionEvents {
  /** An answer is complete, or was there already. */
  done(place: TablePlace): void;
  failed(place: TablePlace, code: string, message: string): void;
}

export interface RegionOptions {
  readonly directory: string;
  readonly session: Session;
  readonly region: string;
  readonly kept: Kept;
  readonly events: RegionEvents;
  /** Requests per second of one API; default 10, with bursts of 20. */
  readonly perSecond?: number;
}

/** As the API references give them; calls that take less say so. */
const PAGE_SIZES: Readonly<Record<Service, number>> = { ec2: 1000, elb: 400, elbv2: 400 };
const REQUESTS_PER_SECOND = 10;
const BURST = 20;
const CALLS_AT_ONCE = 6;
/** A table of more pages is not one: a server that repeats its token would never end. */
const MAX_PAGES = 100_000;

class IncompleteAnswer extends Error {
  readonly code = 'IncompleteAnswer';
}

/** The member that identifies the things a call lists, for calls whose things are asked about. */
const LISTED: ReadonlyMap<CallId, string> = new Map(
  everyCall().flatMap(([, { per }]) => (per === undefined ? [] : [[per.call, per.member] as const])),
);

/** The things that rows list and that other calls are asked about. */
export function thingsOf(call: CallId, rows: readonly Row[]): readonly string[] {
  const member = LISTED.get(call);
  return member === undefined ? [] : rows.flatMap((row) => text(row[member]) ?? []);
}

class RegionCollector {
  readonly #options: RegionOptions;
  readonly #clients = new Map<Service, Promise<Client>>();
  readonly #paces = new Map<CallId, Pace>();
  /** Identifiers of things, by the call that lists them. */
  readonly #things = new Map<CallId, Set<string>>();

  constructor(options: RegionOptions) {
    this.#options = options;
  }

  #client(service: Service): Promise<Client> {
    const { session, region } = this.#options;
    let client = this.#clients.get(service);
    if (client === undefined) {
      client = openClient(service, { ...session.connection, region });
      this.#clients.set(service, client);
    }
    return client;
  }

  #pace(call: CallId): Pace {
    let pace = this.#paces.get(call);
    if (pace === undefined) {
      pace = paceOf(this.#options.perSecond ?? REQUESTS_PER_SECOND, BURST);
      this.#paces.set(call, pace);
    }
    return pace;
  }

  /** Pages of an answer. Rejects when a request fails for good. */
  async *#pages(id: CallId, thing: string | undefined): AsyncGenerator<readonly Row[]> {
    const { service, name, rows, single, per, parameters, pageSize }: Call = CALLS[id];
    const client = await this.#client(service);
    const pace = this.#pace(id);
    const size = pageSize ?? PAGE_SIZES[service];
    const about = per === undefined || thing === undefined ? {} : { [per.parameter]: thing };
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      await pace();
      // The SDK leaves out what a request does not have.
      const paging = token === undefined ? {} : { NextToken: token, Marker: token };
      const answer = await client.send(name, { MaxResults: size, PageSize: size, ...parameters, ...about, ...paging });
      const member = answer[rows];
      yield (single === true ? [member] : items(member)).map(fields).filter((row) => row !== undefined);
      const next = text(answer.NextToken) ?? text(answer.NextMarker);
      if (next === undefined) {
        if (answer.AdditionalRoutesAvailable === true)
          throw new IncompleteAnswer('AWS says that there are more routes and does not give them');
        return;
      }
      if (next === token) throw new IncompleteAnswer('AWS repeats a page');
      token = next;
    }
    throw new IncompleteAnswer(`there are more than ${MAX_PAGES} pages`);
  }

  /** Asks for one answer, unless it is there; what it lists is asked about later. */
  async #table(place: TablePlace): Promise<void> {
    const { kept, events, directory } = this.#options;
    const there = kept.get(pathOf(place));
    if (there !== undefined) {
      this.#remember(place.call, there);
      events.done(place);
      return;
    }
    const sink = openTable(directory, place);
    const listed: string[] = [];
    try {
      for await (const rows of this.#pages(place.call, place.thing)) {
        sink.add(rows);
        for (const thing of thingsOf(place.call, rows)) listed.push(thing);
      }
    } catch (error) {
      const { code, message } = awsError(error);
      sink.fail(code, message);
      events.failed(place, code, message);
      return;
    }
    sink.complete();
    this.#remember(place.call, listed);
    events.done(place);
  }

  #remember(call: CallId, listed: readonly string[]): void {
    const known = this.#things.get(call) ?? new Set();
    for (const thing of listed) known.add(thing);
    this.#things.set(call, known);
  }

  async run(): Promise<void> {
    const { session, region } = this.#options;
    const { account } = session;
    const calls = everyCall();
    const once = calls.filter(([, { per }]) => per === undefined);
    try {
      await eachOf(once, CALLS_AT_ONCE, ([call]) => this.#table({ account, region, call }));
      let level: readonly CallId[] = once.map(([call]) => call);
      while (level.length > 0) {
        const next = calls.filter(([, { per }]) => per !== undefined && level.includes(per.call));
        await eachOf(next, next.length, async ([call, { per }]) => {
          const things = per === undefined ? [] : [...(this.#things.get(per.call) ?? [])];
          await eachOf(things, CALLS_AT_ONCE, (thing) => this.#table({ account, region, call, thing }));
        });
        level = next.map(([call]) => call);
      }
    } finally {
      for (const client of this.#clients.values()) await client.then((one) => one.destroy());
    }
  }
}

/** Collects a region. What AWS refuses is recorded and told; rejects only for errors of the file system. */
export function collectRegion(options: RegionOptions): Promise<void> {
  return new RegionCollector(options).run();
}
