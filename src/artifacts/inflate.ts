/** Inflating part of a file with Node's own zlib and zstd, in the thread that reads it. */
import { createReadStream, readSync } from 'node:fs';
import type { Transform } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import type { Compression } from './compression.ts';
import { pacer } from './pace.ts';

export type Compressed = Exclude<Compression, 'none'>;
export type InflatedChunks = AsyncGenerator<Buffer, void, void>;

export interface InflateRange {
  readonly file: string;
  /** The same file, open for reading. */
  readonly fd: number;
  readonly offset: number;
  readonly size: number;
  readonly signal?: AbortSignal;
  /** Shown the bytes as they are in the file. */
  readonly tap?: (chunk: Buffer) => void;
}

/** Larger chunks make inflating about three times as fast as Node's default of 16 KiB. */
const CHUNK = 1024 * 1024;
const INPUT_CHUNK = 256 * 1024;

/**
 * What Node's streams inflate with. Driven directly it fills one buffer again and again: a large image then makes no gigabytes
 * of garbage. It is not documented: where it is not found the streams themselves are used.
 */
interface Engine {
  writeSync(flush: number, input: Buffer, inputAt: number, inputLength: number, output: Buffer, at: number, length: number): void;
}

interface Inflater {
  readonly engine: Engine;
  /** After a write: output bytes that were left empty, input bytes that were not taken. */
  readonly state: Uint32Array;
  /** The first error that the engine told. */
  error: Error | undefined;
  close(): void;
}

function isEngine(value: unknown): value is Engine {
  return typeof value === 'object' && value !== null && 'writeSync' in value && typeof value.writeSync === 'function';
}

function openInflater(stream: Transform): Inflater | undefined {
  const engine: unknown = Reflect.get(stream, '_handle');
  const state: unknown = Reflect.get(stream, '_writeState');
  if (!isEngine(engine) || !(state instanceof Uint32Array)) return undefined;
  const inflater: Inflater = { engine, state, error: undefined, close: () => stream.destroy() };
  const tell = (message: string, errno: number, code: string): void => {
    inflater.error ??= Object.assign(new Error(message), { errno, code });
  };
  return Reflect.set(engine, 'onerror', tell) ? inflater : undefined;
}

async function* pump(inflater: Inflater, range: InflateRange, compression: Compressed): InflatedChunks {
  const { fd, offset, size, signal, tap } = range;
  const input = Buffer.allocUnsafeSlow(INPUT_CHUNK);
  const output = Buffer.allocUnsafeSlow(CHUNK);
  const { engine, state } = inflater;
  // With the finishing flag an end inside a member is an error.
  const [finish, more] =
    compression === 'gzip' ? [constants.Z_FINISH, constants.Z_NO_FLUSH] : [constants.ZSTD_e_end, constants.ZSTD_e_continue];
  const pace = pacer();
  let position = 0;
  const fill = (): number => {
    const length = readSync(fd, input, 0, Math.min(INPUT_CHUNK, size - position), offset + position);
    position += length;
    if (length > 0) tap?.(input.subarray(0, length));
    return length;
  };
  try {
    for (let length = -1, ended = false; length !== 0 && !ended; ) {
      length = fill();
      for (let at = 0, again = true; again; ) {
        engine.writeSync(length === 0 ? finish : more, input, at, length - at, output, 0, CHUNK);
        if (inflater.error !== undefined) throw inflater.error;
        const [empty = CHUNK, untaken = 0] = state;
        const taken = length - at - untaken;
        at += taken;
        if (empty < CHUNK) yield output.subarray(0, CHUNK - empty);
        const pause = pace();
        if (pause !== undefined) await pause;
        signal?.throwIfAborted();
        // zstd stops after every frame, gzip only after the last member: what follows that is nobody's business.
        ended = empty > 0 && untaken > 0 && (compression === 'gzip' || (taken === 0 && empty === CHUNK));
        again = !ended && (empty === 0 || untaken > 0);
      }
    }
    while (tap !== undefined && fill() > 0);
  } finally {
    inflater.close();
  }
}

/** Inflates by Node's streams, which know one zstd frame only: more of them are an error here. */
export async function* streamedChunks(range: InflateRange, compression: Compressed): InflatedChunks {
  const { file, offset, size, signal, tap } = range;
  const input = createReadStream(file, {
    start: offset,
    end: offset + Math.max(0, size - 1),
    highWaterMark: INPUT_CHUNK,
    signal,
  });
  const inflater = compression === 'gzip' ? createGunzip({ chunkSize: CHUNK }) : createZstdDecompress({ chunkSize: CHUNK });
  if (tap !== undefined) input.on('data', (chunk) => tap(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
  input.on('error', (error) => inflater.destroy(error));
  inflater.on('close', () => input.destroy());
  // What comes after the end that was seen has no other listener.
  inflater.on('error', () => {});
  yield* input.pipe(inflater);
  if (compression === 'zstd' && inflater.bytesWritten < size) {
    throw Object.assign(new Error('it has several frames, which this version of Node does not read'), { code: 'ZSTD_FRAMES' });
  }
}

/** The inflated bytes. A chunk is valid until the next one is asked for; errors are as `inflateProblem` explains them. */
export function inflatedChunks(range: InflateRange, compression: Compressed): InflatedChunks {
  const stream = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  const inflater = openInflater(stream);
  if (inflater !== undefined) return pump(inflater, range, compression);
  stream.destroy();
  return streamedChunks(range, compression);
}
