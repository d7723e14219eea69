/**
 * EventBridge, SNS, Security Hub and CloudWatch of one's own: what is sent to them is checked against their limits and kept, with the
 * faults that AWS and networks have on demand. For tests and for trying things out; no signatures are checked.
 */
import type { IncomingMessage } from 'node:http';
import { type Fields, fields, items, text } from '../../inventory/values.ts';
import { type Answer, answer, bodyOf, ServiceError, type SinkFault, serve } from './http.ts';
import { escapeXml } from './xml.ts';

export type SinkCall = 'PutEvents' | 'PublishBatch' | 'BatchImportFindings' | 'PutMetricData';

export interface SinkOptions {
  /** Asked for each request before it is answered. */
  readonly fault?: (call: SinkCall, entries: readonly Fields[]) => SinkFault | undefined;
}

export interface Sinks {
  readonly url: string;
  readonly calls: readonly SinkCall[];
  /** Entries that were taken, as they were sent. */
  readonly events: readonly Fields[];
  readonly messages: readonly Fields[];
  readonly metrics: readonly Fields[];
  /** Findings as they are now, by Id. */
  readonly findings: ReadonlyMap<string, Fields>;
  close(): Promise<void>;
}

const KIB = 1024;
const ID = '00000000-0000-0000-0000-000000000000';

interface Request {
  readonly call: SinkCall;
  readonly entries: readonly Fields[];
}

/** Members of a list in the query protocol: `List.member.1.Name=…`. */
function queryEntries(body: URLSearchParams, list: string): readonly Fields[] {
  const found = new Map<string, Record<string, unknown>>();
  for (const [key, value] of body) {
    const [, number, path] = new RegExp(`^${list}\\.member\\.(\\d+)\\.(.+)$`).exec(key) ?? [];
    if (number === undefined || path === undefined) continue;
    found.set(number, { ...found.get(number), [path]: value });
  }
  return [...found.values()];
}

async function read(request: IncomingMessage): Promise<Request> {
  const body = (await bodyOf(request)).toString('utf8');
  const target = String(request.headers['x-amz-target'] ?? '');
  const json = (): Fields => fields(JSON.parse(body)) ?? {};
  const list = (value: unknown) => items(value).map((item) => fields(item) ?? {});
  if (target === 'AWSEvents.PutEvents') return { call: 'PutEvents', entries: list(json().Entries) };
  if (target.endsWith('.PutMetricData')) return { call: 'PutMetricData', entries: list(json().MetricData) };
  if (request.url === '/findings/import') return { call: 'BatchImportFindings', entries: list(json().Findings) };
  const query = new URLSearchParams(body);
  if (query.get('Action') === 'PublishBatch')
    return { call: 'PublishBatch', entries: queryEntries(query, 'PublishBatchRequestEntries') };
  throw new ServiceError(400, 'UnknownOperationException');
}

function sizeOf(entry: Fields, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + Buffer.byteLength(text(entry[name]) ?? ''), 0);
}

/** Throws what the service says to a request outside of its limits. */
function check({ call, entries }: Request): void {
  const refuse = (code: string, message: string) => {
    throw new ServiceError(400, code, message);
  };
  if (entries.length === 0) refuse('ValidationException', 'nothing was sent');
  if (call === 'PutEvents') {
    if (entries.length > 10) refuse('ValidationException', 'more than 10 entries');
    const size = entries.reduce((sum, entry) => sum + sizeOf(entry, ['Source', 'DetailType', 'Detail']) + 14, 0);
    if (size > 256 * KIB) refuse('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
  if (call === 'PublishBatch') {
    if (entries.length > 10) refuse('TooManyEntriesInBatchRequest', 'more than 10 entries');
    const size = entries.reduce((sum, entry) => sum + sizeOf(entry, Object.keys(entry)), 0);
    if (size > 256 * KIB) refuse('BatchRequestTooLong', 'the request is too long');
  }
  if (call === 'BatchImportFindings' && entries.length > 100) refuse('InvalidInputException', 'more than 100 findings');
  if (call === 'PutMetricData' && entries.length > 1000) refuse('InvalidParameterValue', 'more than 1000 metrics');
}

const ASFF_REQUIRED =
  'AwsAccountId CreatedAt Description GeneratorId Id ProductArn Resources SchemaVersion Severity Title UpdatedAt'.split(' ');
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;

/** What Security Hub finds wrong with one finding. */
function wrongFinding(finding: Fields): string | undefined {
  const missing = ASFF_REQUIRED.find((name) => finding[name] === undefined);
  if (missing !== undefined) return `${missing} is missing`;
  if (Buffer.byteLength(JSON.stringify(finding)) > 240 * KIB) return 'the finding is too large';
  const time = ['CreatedAt', 'UpdatedAt', 'FirstObservedAt', 'LastObservedAt'].find((name) => {
    return finding[name] !== undefined && !ISO.test(text(finding[name]) ?? '');
  });
  if (time !== undefined) return `${time} is not a time`;
  if ((text(finding.Title) ?? '').length > 256) return 'Title is too long';
  return undefined;
}

function wrongEvent(entry: Fields): string | undefined {
  if (text(entry.Source) === undefined || text(entry.DetailType) === undefined) return 'InvalidArgument';
  try {
    return fields(JSON.parse(text(entry.Detail) ?? '')) === undefined ? 'MalformedDetail' : undefined;
  } catch {
    return 'MalformedDetail';
  }
}

/** Starts the services on one address. */
export async function serveSinks(options: SinkOptions = {}): Promise<Sinks> {
  const calls: SinkCall[] = [];
  const taken = { PutEvents: [] as Fields[], PublishBatch: [] as Fields[], PutMetricData: [] as Fields[] };
  const findings = new Map<string, Fields>();

  /** The answer, after what was taken is kept; `refused` says which entries are not. */
  function take({ call, entries }: Request, refused: (position: number) => string | undefined): Answer {
    if (call === 'PutMetricData') {
      taken.PutMetricData.push(...entries);
      return { body: '{}' };
    }
    const errors = entries.map((entry, position) => {
      const wrong = call === 'PutEvents' ? wrongEvent(entry) : call === 'BatchImportFindings' ? wrongFinding(entry) : undefined;
      return refused(position) ?? wrong;
    });
    const good = entries.filter((_, position) => errors[position] === undefined);
    const failed = entries.length - good.length;
    if (call === 'PutEvents') {
      taken.PutEvents.push(...good);
      const Entries = errors.map((code) => (code === undefined ? { EventId: ID } : { ErrorCode: code, ErrorMessage: 'no' }));
      return { body: JSON.stringify({ FailedEntryCount: failed, Entries }) };
    }
    if (call === 'BatchImportFindings') {
      for (const finding of good) findings.set(text(finding.Id) ?? '', finding);
      const FailedFindings = errors.flatMap((code, position) =>
        code === undefined ? [] : [{ Id: entries[position]?.Id, ErrorCode: 'InvalidInput', ErrorMessage: code }],
      );
      return { body: JSON.stringify({ FailedCount: failed, SuccessCount: good.length, FailedFindings }) };
    }
    taken.PublishBatch.push(...good);
    const ids = entries.map((entry) => escapeXml(text(entry.Id) ?? ''));
    const successful = ids.filter((_, position) => errors[position] === undefined).map((id) => `<member><Id>${id}</Id></member>`);
    const unsuccessful = ids.flatMap((id, position) => {
      const code = errors[position];
      return code === undefined
        ? []
        : [`<member><Id>${id}</Id><Code>${escapeXml(code)}</Code><SenderFault>false</SenderFault></member>`];
    });
    const lists = `<Successful>${successful.join('')}</Successful><Failed>${unsuccessful.join('')}</Failed>`;
    return { body: `<PublishBatchResponse><PublishBatchResult>${lists}</PublishBatchResult></PublishBatchResponse>` };
  }

  function failure(call: SinkCall | undefined, error: unknown): Answer {
    const { status, code, message } =
      error instanceof ServiceError ? error : new ServiceError(500, 'InternalFailure', String(error));
    if (call !== 'PublishBatch')
      return { status, headers: { 'x-amzn-errortype': code }, body: JSON.stringify({ __type: code, message }) };
    const told = `<Type>Sender</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
    return { status, body: `<ErrorResponse><Error>${told}</Error><RequestId>${ID}</RequestId></ErrorResponse>` };
  }

  const { url, close } = await serve(async (request, response) => {
    let call: SinkCall | undefined;
    try {
      const asked = await read(request);
      call = asked.call;
      calls.push(call);
      const fault = options.fault?.(call, asked.entries);
      if (fault?.kind === 'hang') return;
      if (fault?.kind === 'error') throw new ServiceError(fault.status, fault.code);
      check(asked);
      const partial = fault?.kind === 'partial' ? fault : undefined;
      const done = take(asked, (position) => (partial?.positions.includes(position) ? partial.code : undefined));
      answer(response, done, fault?.kind === 'cut');
    } catch (error) {
      answer(response, failure(call, error), false);
    }
  });
  return { url, calls, events: taken.PutEvents, messages: taken.PublishBatch, metrics: taken.PutMetricData, findings, close };
}
