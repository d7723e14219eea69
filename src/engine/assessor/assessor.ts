/** Assessing: the engine's work that takes processor time. In a server it is done in a thread of its own (thread.ts). */
import { readFileSync } from 'node:fs';
import { readSbomJson } from '../../inventory/sbom/read-json.ts';
import { fields } from '../../inventory/values.ts';
import { fail, incomplete, messageOf, ok, type Problem, type Result } from '../../model/problem.ts';
import type { WorkStore } from '../../store/index.ts';
import { type Arrival, type Ingested, ingest, rescan } from '../ingest.ts';
import type { Matcher } from '../matcher.ts';
import { type Rematched, rematchSome } from '../rematch.ts';
import { refreshTexts } from '../texts.ts';

/** An arrival whose inventory is still in a document. */
export type Announced = Omit<Arrival, 'inventory'>;

/** What is said beside a document that was handed in, looked at by whoever took the request. */
export interface Admitted extends Announced {
  /** What the sender could not read. */
  readonly problems: readonly Problem[];
}

/** Looks at what a request says beside its document (`sbom` is empty in it); throws to refuse it. */
export type Admit = (envelope: unknown) => Admitted | Promise<Admitted>;

export interface Assessor {
  /**
   * Assesses an inventory and writes its findings. Problems: `advisories-not-ready`, `advisories-changing`, `assessment-ended` when the
   * thread that did it ended.
   */
  ingest(arrival: Arrival): Promise<Result<Ingested>>;
  /** The same for an SBOM in a file. More problems: `sbom-…`. */
  document(file: string, announced: Announced): Promise<Result<Ingested>>;
  /**
   * The same for the body of a request: JSON with the document as its member `sbom`. It is used up. More problems: `sbom-…`, `body-not-json`;
   * rejects as `admit` throws.
   */
  receive(body: Uint8Array<ArrayBuffer>, admit: Admit): Promise<Result<Ingested>>;
  /** Matches what the store has of a resource again; undefined: there is nothing to match. */
  rescan(resource: number): Promise<Result<Ingested | undefined>>;
  /** Matches some of the units that wait; when none does, brings the texts on vulnerabilities up to date. */
  rematch(): Promise<Result<Rematched>>;
  close(): Promise<void>;
}

export interface AssessorParts {
  readonly store: WorkStore;
  /** The matcher of the advisory database in use. */
  readonly matcher: () => Promise<Result<Matcher>>;
  readonly clock: () => number;
}

/** Attempts to write what was matched when the advisory database changes meanwhile. */
const TRIES = 5;

const SHA256 = /^sha256:[0-9a-f]{64}$/;

/**
 * Values of the largest document that is read. They are what a parsed document takes memory for, 250 bytes each at most; V8 ends the
 * process, not the thread, when there is no memory while it parses.
 */
const MOST_VALUES = 4_000_000;
const TOO_MUCH = incomplete('sbom-too-large', `The SBOM has more than ${MOST_VALUES} values; nothing was assessed.`);

/** Counted by what stands before values in JSON; in texts, too, which makes it no less than what there is. */
function isTooMuch(bytes: Uint8Array): boolean {
  if (bytes.length <= MOST_VALUES) return false;
  let values = 0;
  for (const byte of bytes) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) values++;
  return values > MOST_VALUES;
}

/** An assessor that works in this thread, on a store that its caller closes. */
export function assessor({ store, matcher, clock }: AssessorParts): Assessor {
  async function assess(arrival: Arrival): Promise<Result<Ingested>> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const current = await matcher();
      if (!current.ok) return current;
      const done = await ingest(store, current.value, arrival, clock);
      if (done !== undefined) return ok(done);
    }
    return fail(incomplete('advisories-changing', 'The advisory database changes all the time: try again.'));
  }

  return {
    ingest: assess,
    async document(file, { description, ...announced }) {
      const { kind, name } = description;
      const bytes = readFileSync(file);
      // What reads the other formats is a quarter of all that this thread loads, and few documents come so.
      const { readSbom } = await import('../../inventory/sbom/read.ts');
      const read = isTooMuch(bytes) ? fail(TOO_MUCH) : readSbom(bytes, name);
      if (!read.ok) return read;
      const inventory = { ...read.value, target: { ...read.value.target, kind, name } };
      const { digest = '' } = inventory.target;
      const image = kind === 'image' && SHA256.test(digest) ? { image: { digest, ...description.image } } : {};
      return assess({ ...announced, description: { ...description, ...image }, inventory });
    },
    async receive(body, admit) {
      const told = parse(body);
      if (!told.ok) return told;
      const { sbom, ...envelope } = fields(told.value) ?? {};
      const document = fields(sbom);
      const { problems, ...announced } = await admit({ ...envelope, ...(document === undefined ? { sbom } : { sbom: {} }) });
      const { kind, name } = announced.description;
      const read = readSbomJson(document, name);
      if (!read.ok) return read;
      const { target } = read.value;
      const inventory = { ...read.value, problems: [...problems, ...read.value.problems], target: { ...target, kind, name } };
      return assess({ ...announced, inventory });
    },
    async rescan(resource) {
      const current = await matcher();
      return current.ok ? ok(await rescan(store, current.value, resource, clock)) : current;
    },
    async rematch() {
      const current = await matcher();
      if (!current.ok) return current;
      const matched = await rematchSome(store, current.value, clock);
      if (matched.units === 0) await refreshTexts(store, current.value.database);
      return ok(matched);
    },
    close: async () => undefined,
  };
}

function parse(body: Uint8Array): Result<unknown> {
  if (isTooMuch(body)) return fail(TOO_MUCH);
  try {
    return ok(JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()));
  } catch (error) {
    return fail(incomplete('body-not-json', `The request body is not JSON (${messageOf(error).slice(0, 200)})`));
  }
}
