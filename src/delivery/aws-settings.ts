/** What all targets in AWS are told: where, and with whose credentials. */
import { type Client, type Connection, openClient, type SendingService } from '../aws/clients.ts';
import { assume } from '../aws/collect/session.ts';
import { type Fields, text } from '../inventory/values.ts';
import { type Delivery, type Outcome, type Sender, type Setting, wrongAddress } from './target.ts';

/** The settings; `region` may follow from others. */
export function awsSettings(regionRequired: boolean): readonly Setting[] {
  const arn = (value: string) => (/^arn:[\w-]+:iam::\d{12}:role\/\S+$/.test(value) ? undefined : 'must be the ARN of a role');
  return [
    { name: 'region', type: 'text', required: regionRequired, meaning: 'AWS region' },
    { name: 'endpoint', type: 'text', meaning: 'address instead of the services’ own', wrong: wrongAddress },
    { name: 'roleArn', type: 'text', meaning: 'role that is assumed', wrong: arn },
    { name: 'externalId', type: 'text', meaning: 'external id for the role' },
    {
      name: 'accessKeyId',
      type: 'text',
      secret: true,
      meaning: 'access key; without it the credentials of the environment are used',
    },
    { name: 'secretAccessKey', type: 'text', secret: true, meaning: 'its secret' },
    { name: 'sessionToken', type: 'text', secret: true, meaning: 'its session token, of temporary credentials' },
  ];
}

/** The region in an ARN. */
function regionIn(arn: string | undefined): string | undefined {
  return arn?.split(':')[3] || undefined;
}

function connectionOf(configuration: Fields, secrets: Fields, arn: string | undefined): Connection {
  const [region, endpoint] = [text(configuration.region) ?? regionIn(arn), text(configuration.endpoint)];
  const [accessKeyId, secretAccessKey] = [text(secrets.accessKeyId), text(secrets.secretAccessKey)];
  const sessionToken = text(secrets.sessionToken);
  const given = accessKeyId !== undefined && secretAccessKey !== undefined;
  const connection: Connection = {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(given && { credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) } }),
    // The outbox tries again.
    attempts: 1,
  };
  const role = text(configuration.roleArn);
  return role === undefined ? connection : assume(connection, role, text(configuration.externalId));
}

/** A sender with a client of a service, which is loaded when it is first needed. `arn` may tell the region. */
export function awsSender(
  service: SendingService,
  configuration: Fields,
  secrets: Fields,
  send: (client: Client, batch: readonly Delivery[], signal: AbortSignal) => Promise<readonly Outcome[]>,
  arn?: string,
): Sender {
  let client: Promise<Client> | undefined;
  return {
    async send(batch, signal) {
      if (batch.length === 0) return [];
      client ??= openClient(service, connectionOf(configuration, secrets, arn));
      return await send(await client, batch, signal);
    },
    async close() {
      const opened = client;
      client = undefined;
      await opened?.then(
        (one) => one.destroy(),
        () => undefined,
      );
    },
  };
}
