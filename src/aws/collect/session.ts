/** Accounts: who asks, in which account that is, and which regions it has. */
import { type Fields, fields, items, text } from '../../inventory/values.ts';
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';
import { awsError, type Connection, type Credentials, openClient } from '../clients.ts';
import { adviceOn } from './advice.ts';

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

/** Credentials are renewed this long before they expire. */
const MARGIN_MILLISECONDS = 5 * 60_000;

async function assumeRole(connection: Connection, input: Fields): Promise<Credentials> {
  const client = await openClient('sts', await withHome(connection));
  try {
    const answer = fields((await client.send('AssumeRole', input)).Credentials);
    const accessKeyId = text(answer?.AccessKeyId);
    const secretAccessKey = text(answer?.SecretAccessKey);
    const expiration = answer?.Expiration;
    if (accessKeyId === undefined || secretAccessKey === undefined || !(expiration instanceof Date)) {
      throw new Error('AssumeRole gave no credentials');
    }
    return { accessKeyId, secretAccessKey, sessionToken: text(answer?.SessionToken), expiration };
  } finally {
    client.destroy();
  }
}

/** The same connection with the credentials of a role, which its clients share and which are renewed before they expire. */
export function assume(connection: Connection, roleArn: string, externalId: string | undefined): Connection {
  const input = { RoleArn: roleArn, RoleSessionName: 'vedette', ...(externalId === undefined ? {} : { ExternalId: externalId }) };
  let known: { readonly answer: Promise<Credentials>; until: number } | undefined;
  const credentials = (): Promise<Credentials> => {
    if (known !== undefined && Date.now() < known.until) return known.answer;
    const asked = { answer: assumeRole(connection, input), until: Number.POSITIVE_INFINITY };
    known = asked;
    asked.answer.then(
      ({ expiration }) => {
        asked.until = (expiration?.getTime() ?? 0) - MARGIN_MILLISECONDS;
      },
      () => {
        asked.until = 0;
      },
    );
    return asked.answer;
  };
  return { ...connection, credentials };
}

const CHECK = 'Check the credentials with "aws sts get-caller-identity"';

/** Asks in which account a connection is. */
export async function openSession(connection: Connection, name: string): Promise<Result<Session>> {
  const client = await openClient('sts', await withHome(connection));
  try {
    const account = text((await client.send('GetCallerIdentity', {})).Account);
    if (account !== undefined && /^\d{12}$/.test(account)) return ok({ account, connection });
    return fail(incomplete('aws-no-account', `AWS names no account for ${name}.`));
  } catch (error) {
    const { code, message } = awsError(error);
    const denied = 'The role must trust who asks, and who asks needs sts:AssumeRole of it';
    const other = connection.credentials !== undefined && /AccessDenied/.test(code) ? denied : CHECK;
    const advice = adviceOn(code, message, connection.profile) ?? other;
    const said = message.replace(/\.+$/, '');
    return fail(incomplete('aws-no-session', `Nothing was collected with ${name}: ${code}: ${said}. ${advice}.`));
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
