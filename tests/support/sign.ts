/** Requests signed by the SDK's own signer, for tests that need what its clients never send. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../../src/api/auth/keys.ts';
import { REGION } from './service.ts';

class Sha256 {
  #data: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  readonly #key: string | Uint8Array | undefined;

  constructor(key?: unknown) {
    this.#key = typeof key === 'string' || key instanceof Uint8Array ? key : undefined;
    this.#data = this.#fresh();
  }

  #fresh() {
    return this.#key === undefined ? createHash('sha256') : createHmac('sha256', this.#key);
  }

  update(data: string | Uint8Array | ArrayBuffer | ArrayBufferView): void {
    this.#data.update(typeof data === 'string' ? data : Buffer.from(data as Uint8Array));
  }

  async digest(): Promise<Uint8Array> {
    return this.#data.digest();
  }

  reset(): void {
    this.#data = this.#fresh();
  }
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Encoded, as it goes over the wire. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Signing {
  readonly credentials: Credentials;
  readonly at?: number;
  readonly region?: string;
  readonly service?: string;
  /** Presigned for so many seconds. */
  readonly expires?: number;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A request as `inject` takes it. */
export async function sign(
  request: Request,
  { credentials, at = Date.now(), region = REGION, service = 'inspector2', expires }: Signing,
) {
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false });
  const unsigned = {
    method: request.method,
    protocol: 'http:',
    hostname: 'vedette.test',
    path: request.path,
    query: { ...request.query },
    headers: { host: 'vedette.test', ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
  };
  const options = { signingDate: new Date(at) };
  const signed =
    expires === undefined
      ? await signer.sign(unsigned, options)
      : await signer.presign(unsigned, { ...options, expiresIn: expires });
  const query = Object.entries(signed.query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? '']).map((one) => `${encode(name)}=${encode(one)}`),
  );
  return {
    method: request.method,
    url: query.length > 0 ? `${request.path}?${query.join('&')}` : request.path,
    headers: { ...signed.headers },
    ...(request.body === undefined ? {} : { payload: request.body }),
  };
}
