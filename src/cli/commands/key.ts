/** `vedette key create`: an access key for an agent, for CI, for somebody who reads. */
import { existsSync, writeFileSync } from 'node:fs';
import { fields, text } from '../../inventory/values.ts';
import { orThrow } from '../advisories.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { type ClientOptions, clientFor } from '../service/client.ts';
import { progressOn } from '../terminal.ts';

export interface KeyOptions extends Partial<ClientOptions> {
  readonly role: string;
  /** Whose data it is for; default: those of the account of the key that asks. */
  readonly account?: string;
  /** File to write it to. */
  readonly out?: string;
}

/** Writes the key in the form of AWS's credentials files, to a file of its owner only or to stdout: it cannot be had again. */
export async function createKey(name: string, options: KeyOptions): Promise<ExitStatus> {
  const { server, role, account, out } = options;
  if (server === undefined) throw new CommandError('Give the address of the server: --server https://….', EXIT.usage);
  if (out !== undefined && existsSync(out)) throw new CommandError(`${out} is there already: take another name.`, EXIT.usage);
  const client = clientFor({ ...options, server });
  const made = fields(orThrow(await client.post('/api/v1/keys', JSON.stringify({ name, role, account }))));
  const [id, secret] = [text(made?.accessKeyId), text(made?.secretAccessKey)];
  if (id === undefined || secret === undefined)
    throw new CommandError(`${client.url} answers, but not as a Vedette server does.`);
  const lines = `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
  if (out === undefined) process.stdout.write(lines);
  else writeFileSync(out, lines, { mode: 0o600, flag: 'wx' });
  progressOn(process.stderr, false).say(
    `${id} may be used as ${role} by ${name}${account === undefined ? '' : ` in account ${account}`}${out === undefined ? '' : `; it is in ${out}`}`,
  );
  return EXIT.done;
}
