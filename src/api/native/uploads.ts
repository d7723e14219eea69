/** Bodies that are too large for memory: written to a temporary file, counted as they come. */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance } from 'fastify';
import type { Problem } from '../../model/problem.ts';
import { ApiError, invalid, throttled } from '../protocol/errors.ts';

/** Uploads that are taken at the same time: each takes a file and a reader. */
const AT_ONCE = 2;
const TRY_AGAIN_SECONDS = 15;

export interface Uploads {
  /** Runs work over the file that a body was written to; the file is gone when it ends. */
  receive<T>(body: unknown, most: number, work: (file: string, directory: string) => Promise<T>): Promise<T>;
}

/** A problem as its sender understands it: the directory of the upload means nothing to anybody. */
export function toldOf<T extends Pick<Problem, 'message' | 'path'>>(problem: T, directory: string): T {
  const plain = (text: string) => text.replaceAll(`${directory}/`, '');
  const { path } = problem;
  return { ...problem, message: plain(problem.message), ...(path !== undefined && { path: plain(path) }) };
}

/** Makes a scope of routes whose bodies are streams, and what receives them. */
export function uploadsIn(app: FastifyInstance, directory: string = tmpdir()): Uploads {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, streamed: true };
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  let running = 0;
  return {
    async receive(body, most, work) {
      if (!(body instanceof Readable)) throw invalid('The request has no body: send the file as it is.');
      if (running >= AT_ONCE) throw throttled(TRY_AGAIN_SECONDS);
      running += 1;
      const place = mkdtempSync(join(directory, 'vedette-upload-'));
      try {
        const file = join(place, 'body');
        let size = 0;
        const counted = new Transform({
          transform(piece: Buffer, _encoding, done) {
            size += piece.length;
            if (size <= most) return done(null, piece);
            done(new ApiError('RequestEntityTooLargeException', `The body has more than ${most >> 20} MiB`));
          },
        });
        await pipeline(body, counted, createWriteStream(file, { mode: 0o600 }));
        if (size === 0) throw invalid('The body is empty: send the file as it is.');
        return await work(file, place);
      } finally {
        running -= 1;
        rmSync(place, { recursive: true, force: true });
      }
    },
  };
}
