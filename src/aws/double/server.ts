/**
 * An AWS of one's own: an HTTP server that answers the calls of `CALLS` (and of STS, and DescribeRegions) from an estate, with
 * honest pages and, on demand, the faults that AWS and networks have. For tests and for trying things out; it checks no signatures.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CALLS, type Call, type CallId } from '../../estate/calls.ts';
import type { Estate, EstateRegion, Table } from '../../estate/estate.ts';
import { everyCall } from '../../estate/names.ts';
import { messageOf } from '../../model/problem.ts';
import { serve } from './http.ts';
import { type Operation, operationOf } from './shape.ts';
import { escapeXml, membersXml } from './xml.ts';

/**
 * What goes wrong with one request: an AWS error, a page of a proxy between instead of an answer, a connection that breaks in the
 * middle of the answer, or time that passes before it.
 */
export type Fault =
  | { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message: string }
  | { readonly kind: 'page'; readonly status: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'slow'; readonly milliseconds: number };

/** One request as the server understood it. */
export interface Asked {
  readonly account: string;
  readonly region: string;
  /** `ec2.DescribeVpcs`, `sts.GetCallerIdentity` … */
  readonly call: string;
  /** Of calls that are asked for each thing. */
  readonly thing?: string;
  /** Row that the page starts at. */
  readonly from: number;
}

export interface DoubleOptions {
  /** Rows in one page at most, whatever the request allows. */
  readonly pageSize?: number;
  /** Asked for each request before it is answered. */
  readonly fault?: (asked: Asked) => Fault | undefined;
}

export interface AwsDouble {
  readonly url: string;
  /** Requests so far. */
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

const EC2_NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const VERSIONS: Readonly<Record<string, string>> = {
  '2016-11-15': 'ec2',
  '2012-06-01': 'elb',
  '2015-12-01': 'elbv2',
  '2011-06-15': 'sts',
};
const REQUEST_ID = '00000000-0000-0000-0000-000000000000';
const PAGING = new Set(['Action', 'Version', 'NextToken', 'Marker', 'MaxResults', 'PageSize']);
const MAX_REQUEST_BYTES = 1024 * 1024;

class AwsFailure extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const OPERATIONS = new Map<string, Operation>();

async function operation(id: CallId): Promise<Operation> {
  let known = OPERATIONS.get(id);
  if (known !== undefined) return known;
  const { service, name } = CALLS[id];
  const modules = {
    ec2: () => import('@aws-sdk/client-ec2'),
    elb: () => import('@aws-sdk/client-elastic-load-balancing'),
    elbv2: () => import('@aws-sdk/client-elastic-load-balancing-v2'),
  };
  known = operationOf(await modules[service](), name);
  OPERATIONS.set(id, known);
  return known;
}

/** Names of a request's parameters without what follows the first dot. */
function parameterNames(body: URLSearchParams): Set<string> {
  return new Set([...body.keys()].map((key) => key.split('.', 1)[0] ?? ''));
}

/** The region of the signature, and the account: like others that stand in for AWS, an access key with twelve digits names it. */
function signer(request: IncomingMessage, estate: Estate): { readonly account: string; readonly region: string } {
  const scope = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\//.exec(request.headers.authorization ?? '');
  if (scope === null) throw new AwsFailure('MissingAuthenticationToken', 'The request has no signature.', 403);
  const account = /\d{12}/.exec(scope[1] ?? '')?.[0] ?? estate.regions[0]?.account ?? '000000000000';
  return { account, region: scope[2] ?? '' };
}

function envelope(service: string, action: string, content: string): string {
  if (service === 'ec2') {
    return `<${action}Response xmlns="${EC2_NAMESPACE}"><requestId>${REQUEST_ID}</requestId>${content}</${action}Response>`;
  }
  const metadata = `<ResponseMetadata><RequestId>${REQUEST_ID}</RequestId></ResponseMetadata>`;
  return `<${action}Response><${action}Result>${content}</${action}Result>${metadata}</${action}Response>`;
}

function errorXml(service: string, code: string, message: string): string {
  const said = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
  if (service === 'ec2') {
    return `<Response><Errors><Error>${said}</Error></Errors><RequestID>${REQUEST_ID}</RequestID></Response>`;
  }
  return `<ErrorResponse><Error><Type>Sender</Type>${said}</Error><RequestId>${REQUEST_ID}</RequestId></ErrorResponse>`;
}

function identityXml(action: string, account: string, body: URLSearchParams): string {
  if (action === 'GetCallerIdentity') {
    return `<Arn>arn:aws:iam::${account}:user/reader</Arn><UserId>AIDAEXAMPLE</UserId><Account>${account}</Account>`;
  }
  if (action === 'AssumeRole') {
    const role = body.get('RoleArn') ?? '';
    const owner = /^arn:[\w-]+:iam::(\d{12}):role\/.+$/.exec(role)?.[1];
    if (owner === undefined) throw new AwsFailure('ValidationError', `${role} is no role.`);
    const key = `<AccessKeyId>ASIA${owner}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>`;
    return `<Credentials>${key}<SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>`;
  }
  throw new AwsFailure('InvalidAction', `The double does not know ${action}.`);
}

function regionsXml(estate: Estate, account: string): string {
  const items = estate.regions
    .filter((one) => one.account === account)
    .map(({ region }) => {
      const host = `<regionEndpoint>ec2.${region}.amazonaws.com</regionEndpoint>`;
      return `<item><regionName>${region}</regionName>${host}<optInStatus>opt-in-not-required</optInStatus></item>`;
    });
  return `<regionInfo>${items.join('')}</regionInfo>`;
}

/** Which row a page starts at. */
function startOf(body: URLSearchParams): number {
  const token = body.get('NextToken') ?? body.get('Marker');
  if (token === null) return 0;
  const at = /^row-(\d{1,9})$/.exec(token)?.[1];
  if (at === undefined) throw new AwsFailure('InvalidNextToken', `The token ${token} is not one of this server.`);
  return Number(at);
}

function tableXml(table: Table, call: Call, shape: Operation, from: number, body: URLSearchParams, most: number): string {
  if (table.kind === 'failed') throw new AwsFailure(table.code, table.message);
  if (table.kind === 'absent') throw new AwsFailure('InvalidAction', 'The snapshot holds no answer to this call.');
  if (call.single === true) return membersXml(shape.output, { [call.rows]: table.rows[0] });
  const tokenName = shape.output.find(({ name }) => name === 'NextToken' || name === 'NextMarker')?.name;
  const asked = Number(body.get('MaxResults') ?? body.get('PageSize') ?? Number.POSITIVE_INFINITY);
  const size = tokenName === undefined ? table.rows.length : Math.min(asked, most);
  const rows = table.rows.slice(from, from + size);
  const next = from + size < table.rows.length ? `row-${from + size}` : undefined;
  return membersXml(shape.output, { [call.rows]: rows, ...(next === undefined ? {} : { [tokenName ?? '']: next }) });
}

class Double {
  readonly #estate: Estate;
  readonly #options: DoubleOptions;
  readonly #regions: ReadonlyMap<string, EstateRegion>;
  readonly asked: Asked[] = [];

  constructor(estate: Estate, options: DoubleOptions) {
    this.#estate = estate;
    this.#options = options;
    this.#regions = new Map(estate.regions.map((one) => [`${one.account}/${one.region}`, one]));
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = new URLSearchParams(await bodyOf(request));
    const service = VERSIONS[body.get('Version') ?? ''] ?? 'ec2';
    const action = body.get('Action') ?? '';
    try {
      const { account, region } = signer(request, this.#estate);
      const call = everyCall().find(([, one]) => one.service === service && one.name === action);
      const thing = call?.[1].per === undefined ? undefined : (body.get(call[1].per.parameter) ?? undefined);
      const asked: Asked = { account, region, call: `${service}.${action}`, thing, from: startOf(body) };
      this.asked.push(asked);
      const fault = this.#options.fault?.(asked);
      if (fault?.kind === 'error') throw new AwsFailure(fault.code, fault.message, fault.status);
      if (fault?.kind === 'page') {
        send(response, fault.status, '<!doctype html><html><head><title>Bad gateway</title></head><body><p>Sorry</body></html>');
        return;
      }
      const content =
        call !== undefined
          ? await this.#answer(call[0], asked, body)
          : asked.call === 'ec2.DescribeRegions'
            ? regionsXml(this.#estate, account)
            : identityXml(action, account, body);
      const xml = envelope(service, action, content);
      if (fault?.kind === 'slow') await new Promise((done) => setTimeout(done, fault.milliseconds));
      if (fault?.kind === 'cut') cut(response, xml);
      else send(response, 200, xml);
    } catch (error) {
      const { code, status } = error instanceof AwsFailure ? error : { code: 'DoubleFailure', status: 400 };
      send(response, status, errorXml(service, code, messageOf(error)));
    }
  }

  async #answer(id: CallId, { account, region, thing, from }: Asked, body: URLSearchParams): Promise<string> {
    const call: Call = CALLS[id];
    const shape = await operation(id);
    // Answering although something was asked that is not understood would be wrong silently.
    const known = new Set(PAGING);
    for (const name of [call.per?.parameter, ...Object.keys(call.parameters ?? {})]) {
      const member = shape.input.find((one) => one.name === name);
      if (member !== undefined) known.add(member.ec2Name).add(member.xmlName);
    }
    for (const name of parameterNames(body)) {
      if (!known.has(name)) throw new AwsFailure('InvalidParameter', `The double does not understand ${name}.`);
    }
    const one = this.#regions.get(`${account}/${region}`);
    if (one === undefined) throw new AwsFailure('AuthFailure', `The snapshot holds no ${region} of ${account}.`, 401);
    const table = call.per === undefined ? one.table(id) : (one.tables(id).get(thing ?? '') ?? { kind: 'absent' });
    return tableXml(table, call, shape, from, body, this.#options.pageSize ?? Number.POSITIVE_INFINITY);
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(xml) });
  response.end(xml);
}

function cut(response: ServerResponse, xml: string): void {
  response.writeHead(200, { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(xml) });
  response.write(xml.slice(0, xml.length >> 1), () => response.destroy());
}

/** Starts the server on a free port of the loopback interface. */
export async function serveEstate(estate: Estate, options: DoubleOptions = {}): Promise<AwsDouble> {
  const double = new Double(estate, options);
  const served = await serve((request, response) => double.handle(request, response));
  return { ...served, asked: double.asked };
}
