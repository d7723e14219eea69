/** What every client of the matrix can do, and the client of the SDK for JavaScript. */
import * as sdk from '@aws-sdk/client-inspector2';
import type { Credentials } from '../../src/api/auth/keys.ts';
import { INSPECTOR2 } from '../../src/api/inspector2/service.ts';
import { REGION } from '../support/service.ts';
import type { Stage } from './stage.ts';

export interface Call {
  readonly service: 'inspector2' | 'inspector-scan';
  readonly operation: string;
  /** As JSON of the wire: times are seconds. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Signs with this instead of the right one. */
  readonly secret?: string;
  /** Every page of this size; 0: of the service's own. */
  readonly pageSize?: number;
}

export type Question = Call | { readonly argv: readonly string[] };

export interface Failure {
  readonly code: string;
  readonly message: string;
  /** The AWS CLI does not tell these. */
  readonly status?: number;
  readonly fields?: readonly string[];
  readonly reason?: string;
}

/** One of these. */
export interface Answer {
  /** As JSON of the wire. */
  readonly output?: unknown;
  readonly pages?: readonly unknown[];
  readonly error?: Failure;
  /** The client has no such operation or member, or refuses by itself. */
  readonly unsayable?: string;
}

export interface Client {
  readonly name: string;
  readonly kind: 'sdk' | 'botocore' | 'awscli';
  /** The operations that it knows. */
  readonly operations: readonly string[];
  ask(question: Question): Promise<Answer>;
}

function failure(error: unknown): Answer {
  if (!(error instanceof sdk.Inspector2ServiceException)) return { unsayable: String(error) };
  const { name, message, $metadata } = error;
  const more = error instanceof sdk.ValidationException ? error : undefined;
  const fields = (more?.fields ?? []).map((field) => field.name ?? '');
  return {
    error: {
      code: name,
      message,
      ...($metadata.httpStatusCode !== undefined && { status: $metadata.httpStatusCode }),
      fields,
      ...(more?.reason !== undefined && { reason: more.reason }),
    },
  };
}

type Command = ConstructorParameters<typeof sdk.ListFindingsCommand>[0];
type Paginate = (settings: { client: sdk.Inspector2Client; pageSize: number }, input: unknown) => AsyncIterable<object>;

/** The client of the SDK; it has no ScanSbom: that is a package of its own. */
export async function sdkClient(stage: Stage): Promise<Client> {
  const { service } = stage;
  const credentials = await service.key();
  const commands = new Map(Object.entries(sdk));
  const known = INSPECTOR2.operations.filter(({ name }) => commands.has(`${name}Command`));
  const clients = new Map<string, sdk.Inspector2Client>();
  const clientOf = async (secret = credentials.secretAccessKey) => {
    const mine: Credentials = { ...credentials, secretAccessKey: secret };
    const client = clients.get(secret) ?? (await service.client({ credentials: mine }));
    clients.set(secret, client);
    return client;
  };
  return {
    name: `@aws-sdk/client-inspector2 in ${REGION}`,
    kind: 'sdk',
    operations: known.map(({ name }) => name),
    async ask(question) {
      if (!('operation' in question)) return { unsayable: 'no command line' };
      const operation = known.find(({ name }) => name === question.operation);
      if (question.service !== 'inspector2' || operation === undefined) return { unsayable: 'no such operation' };
      // Decoding changes what it is given.
      const input = operation.decode(structuredClone(question.input));
      const wire = (output: unknown): unknown => JSON.parse(operation.encode(output).toString());
      const client = await clientOf(question.secret);
      try {
        if (question.pageSize !== undefined) {
          const pages: unknown[] = [];
          const paginate = commands.get(`paginate${operation.name}`) as Paginate;
          for await (const page of paginate({ client, pageSize: question.pageSize }, input)) pages.push(wire(page));
          return { pages };
        }
        const Given = commands.get(`${operation.name}Command`) as new (input: Command) => sdk.ListFindingsCommand;
        return { output: wire(await client.send(new Given(input as Command))) };
      } catch (error) {
        return failure(error);
      }
    },
  };
}
