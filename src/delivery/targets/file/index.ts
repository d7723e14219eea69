/** A file with one event per line. */
import { type FileHandle, open as openFile, rename, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { type Fields, text } from '../../../inventory/values.ts';
import { envelope, envelopeOptions, envelopeSettings } from '../../formats/eventbridge.ts';
import { DELIVERED, type Outcome, type Sender, type TargetKind } from '../../target.ts';

const MAX_BYTES = 100 * 1024 * 1024;
const KEEP = 5;
const NEWLINE = 10;

function open(configuration: Fields): Sender {
  const path = text(configuration.path) ?? '';
  const { maxBytes = MAX_BYTES, keep = KEEP } = configuration;
  const [most, kept] = [Number(maxBytes), Number(keep)];
  const options = envelopeOptions(configuration, 'iso8601');
  let file: FileHandle | undefined;

  /** Opens the file that has the name now; whatever rotates files from outside may have moved the one that was open. */
  async function current(): Promise<FileHandle> {
    if (file !== undefined) {
      const [own, named] = [await file.stat(), await stat(path).catch(() => undefined)];
      if (named?.ino === own.ino && named.dev === own.dev) return file;
      await file.close();
    }
    file = await openFile(path, 'a+', 0o600);
    const { size } = await file.stat();
    // A process that was killed while it wrote left half a line: it stays a line of its own.
    if (size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== NEWLINE) await file.write('\n');
    return file;
  }

  async function rotate(): Promise<void> {
    await file?.close();
    file = undefined;
    for (let number = kept; number > 0; number--) {
      const from = number === 1 ? path : `${path}.${number - 1}`;
      await rename(from, `${path}.${number}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
  }

  async function close(): Promise<void> {
    await file?.close();
    file = undefined;
  }

  return {
    async send(batch) {
      const lines: string[] = [];
      const outcomes = batch.map(({ id, event }): Outcome => {
        if (event.kind === 'metrics') return { kind: 'refused', error: 'metrics are not for files' };
        lines.push(`${JSON.stringify(envelope(id, event, options))}\n`);
        return DELIVERED;
      });
      if (lines.length === 0) return outcomes;
      try {
        const bytes = Buffer.from(lines.join(''));
        const { size } = await (await current()).stat();
        if (size > 0 && size + bytes.length > most) await rotate();
        const handle = await current();
        await handle.appendFile(bytes);
        await handle.datasync();
      } catch (error) {
        await close().catch(() => undefined);
        throw error;
      }
      return outcomes;
    },
    close,
  };
}

export const file: TargetKind = {
  id: 'file',
  title: 'File (NDJSON)',
  specification: ['https://github.com/ndjson/ndjson-spec'],
  takes: ['finding', 'scan', 'coverage'],
  batch: 500,
  concurrency: 1,
  settings: [
    {
      name: 'path',
      type: 'text',
      required: true,
      meaning: 'absolute path of the file (made with mode 0600; its directory must be there)',
      wrong: (value) => (isAbsolute(value) ? undefined : 'must be an absolute path'),
    },
    {
      name: 'maxBytes',
      type: 'number',
      meaning: `size at which the file becomes \`PATH.1\` and a new one is begun; default ${MAX_BYTES}`,
    },
    { name: 'keep', type: 'number', meaning: `how many older files are kept; default ${KEEP}` },
    ...envelopeSettings('iso8601'),
  ],
  open,
};
