/** AWS clients, loaded when they are first asked: the SDK takes a quarter of a second to load. */
import type { Service } from '../estate/calls.ts';
import { type Fields, fields, text } from '../inventory/values.ts';
import { messageOf } from '../model/problem.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** A hook for tests: the SDK's own waits are long. */
interface RetryStrategy {
  acquireInitialRetryToken(scope: string): Promise<RetryToken>;
  refreshRetryTokenForRetry(token: RetryToken, error: { readonly errorType: string }): Promise<RetryToken>;
  recordSuccess(token: RetryToken): void;
}

interface RetryToken {
  getRetryCount(): number;
  getRetryDelay(): number;
}

/** Who asks, and where. What is not told comes from the environment and the configuration files, as everywhere. */
export interface Connection {
  readonly profile?: string;
  readonly region?: string;
  /** Instead of the services' own endpoints, for all of them. */
  readonly endpoint?: string;
  readonly credentials?: Credentials | (() => Promise<Credentials>);
  /** Attempts for one request; default 10, or `AWS_MAX_ATTEMPTS`. */
  readonly attempts?: number;
  readonly retryStrategy?: RetryStrategy;
}

type Configuration = Omit<Connection, 'attempts'> & {
  readonly maxAttempts?: number;
  readonly retryMode: string;
  readonly requestHandler: object;
};

/** Services that something is sent to. */
export type SendingService = 'cloudwatch' | 'eventbridge' | 's3' | 'securityhub' | 'sns';

type AwsService = Service | SendingService | 'sts';

const LOADERS = {
  ec2: async (configuration: Configuration) => new (await import('@aws-sdk/client-ec2')).EC2(configuration),
  elb: async (configuration: Configuration) =>
    new (await import('@aws-sdk/client-elastic-load-balancing')).ElasticLoadBalancing(configuration),
  elbv2: async (configuration: Configuration) =>
    new (await import('@aws-sdk/client-elastic-load-balancing-v2')).ElasticLoadBalancingV2(configuration),
  cloudwatch: async (configuration: Configuration) => new (await import('@aws-sdk/client-cloudwatch')).CloudWatch(configuration),
  eventbridge: async (configuration: Configuration) =>
    new (await import('@aws-sdk/client-eventbridge')).EventBridge(configuration),
  // Servers that stand in for S3 have no host for each bucket.
  s3: async (configuration: Configuration) =>
    new (await import('@aws-sdk/client-s3')).S3({ ...configuration, forcePathStyle: configuration.endpoint !== undefined }),
  securityhub: async (configuration: Configuration) =>
    new (await import('@aws-sdk/client-securityhub')).SecurityHub(configuration),
  sns: async (configuration: Configuration) => new (await import('@aws-sdk/client-sns')).SNS(configuration),
  sts: async (configuration: Configuration) => new (await import('@aws-sdk/client-sts')).STS(configuration),
} satisfies Record<AwsService, (configuration: Configuration) => Promise<object>>;

const ATTEMPTS = 10;
const CONNECT_MILLISECONDS = 10_000;
const ANSWER_MILLISECONDS = 120_000;

function configurationOf({ attempts, ...connection }: Connection): Configuration {
  const told = Object.entries(connection).filter(([, value]) => value !== undefined);
  // What is not set here, the SDK reads from the environment.
  const maxAttempts = attempts ?? (process.env.AWS_MAX_ATTEMPTS === undefined ? ATTEMPTS : undefined);
  return {
    ...Object.fromEntries(told),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    retryMode: 'adaptive',
    requestHandler: {
      connectionTimeout: CONNECT_MILLISECONDS,
      requestTimeout: ANSWER_MILLISECONDS,
      socketTimeout: ANSWER_MILLISECONDS,
      throwOnRequestTimeout: true,
    },
  };
}

/** A client of one service: requests by the API's name. */
export interface Client {
  send(name: string, input: Fields, signal?: AbortSignal): Promise<Fields>;
  /** The region that requests go to. Rejects when neither the connection nor the configuration names one. */
  region(): Promise<string>;
  /** Closes idle connections. */
  destroy(): void;
}

/** Opens a client. `send` rejects with what `awsError` understands. */
export async function openClient(service: AwsService, connection: Connection): Promise<Client> {
  const client = await LOADERS[service](configurationOf(connection));
  return {
    async send(name, input, signal) {
      const method: unknown = Reflect.get(client, `${name.charAt(0).toLowerCase()}${name.slice(1)}`);
      if (typeof method !== 'function') throw new Error(`the SDK knows no ${service} ${name}`);
      return fields(await Reflect.apply(method, client, [input, signal === undefined ? {} : { abortSignal: signal }])) ?? {};
    },
    region: () => client.config.region(),
    destroy: () => client.destroy(),
  };
}

/** Access keys that some messages repeat. */
const ACCESS_KEY = /\b(A[KS]IA)[A-Z0-9]{12,}/g;

/** Messages are printed on terminals. */
const CONTROL = /\p{Cc}+/gu;

/** What the SDK says of an answer that is no XML: its advice is for programmers. */
const DESERIALIZATION = /\n {2}Deserialization error:.*/s;

/** Code and message of an error that AWS answered with, or of a request that got no answer. Credentials are taken out. */
export function awsError(error: unknown): { readonly code: string; readonly message: string } {
  const facts = fields(error);
  const said = messageOf(error);
  const unreadable = DESERIALIZATION.test(said) ? 'InvalidAnswer' : undefined;
  const code = unreadable ?? text(facts?.Code) ?? text(facts?.code) ?? text(facts?.name) ?? 'Unknown';
  const message = said.replace(DESERIALIZATION, '').replace(ACCESS_KEY, '$1…').replace(CONTROL, ' ');
  return { code: code.replace(CONTROL, ' '), message };
}
