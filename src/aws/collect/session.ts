/** Accounts: who asks, in which account that is, and which regions it has. */
import { fields, items, text } from '../../inventory/values.ts';
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';
import { awsError, type Connection, openClient } from '../clients.ts';

/** An account that can be asked. */
export interface Session {
  /** Twelve digits. */
  readonly account: string;
  readonly connection: Connection;
}

/** Where requests go that belong to no region, and where regions are listed, when nothing names one. */
const HOME_REGION = 'us-east-1';

/** The region that the configuration names, if any. */
export async function configuredRegion(connection: Connection): Promise<string | undefined> {
  const client = await openClient('sts', connection);
  try {
    return await client.region();
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
}

async function withHome(connection: Connection): Promise<Connection> {
  return { ...connection, region: (await configuredRegion(connection)) ?? HOME_REGION };
}

/** The same connection with the credentials of a role, which are fetched again before they expire. */
export function assume(connection: Connection, roleArn: string, externalId: string | undefined): Connection {
  const credentials = async () => {
    const client = await openClient('sts', await withHome(connection));
    try {
      const input = {
        RoleArn: roleArn,
        RoleSessionName: 'vedette',
        ...(externalId === undefined ? {} : { ExternalId: externalId }),
      };
      const answer = fields((await client.send('AssumeRole', input)).Credentials);
      const accessKeyId = text(answer?.AccessKeyId);
      const secretAccessKey = text(answer?.SecretAccessKey);
      if (accessKeyId === undefined || secretAccessKey === undefined) throw new Error('AssumeRole gave no credentials');
      const expiration = answer?.Expiration;
      return {
        accessKeyId,
        secretAccessKey,
        sessionToken: text(answer?.SessionToken),
        ...(expiration instanceof Date ? { expiration } : {}),
      };
    } finally {
      client.destroy();
    }
  };
  return { ...connection, credentials };
}

/** Asks in which account a connection is. */
export async function openSession(connection: Connection, name: string): Promise<Result<Session>> {
  const client = await openClient('sts', await withHome(connection));
  try {
    const account = text((await client.send('GetCallerIdentity', {})).Account);
    if (account !== undefined && /^\d{12}$/.test(account)) return ok({ account, connection });
    return fail(incomplete('aws-no-account', `AWS names no account for ${name}.`));
  } catch (error) {
    const { code, message } = awsError(error);
    const advice = 'Check the credentials with "aws sts get-caller-identity"';
    return fail(incomplete('aws-no-session', `Nothing was collected with ${name}: ${code}: ${message}. ${advice}.`));
  } finally {
    client.destroy();
  }
}

/** The regions that are enabled in the account. */
export async function enabledRegions({ account, connection }: Session): Promise<Result<readonly string[]>> {
  const client = await openClient('ec2', await withHome(connection));
  try {
    const { Regions } = await client.send('DescribeRegions', {});
    return ok(items(Regions).flatMap((region) => text(fields(region)?.RegionName) ?? []));
  } catch (error) {
    const { code, message } = awsError(error);
    const advice = 'Allow ec2:DescribeRegions, or name the regions with --region';
    return fail(incomplete('aws-regions-unknown', `The regions of ${account} are not known: ${code}: ${message}. ${advice}.`));
  } finally {
    client.destroy();
  }
}
