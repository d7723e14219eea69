/** Options that several commands have. */
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Told the exit status of the action that ran. */
export type Done = (status: number) => void;

/** Values of an option that may be repeated. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

/** A number of up to nine digits. */
export function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Give a whole number.');
  return Number(value);
}

/** A day. */
export function isoDate(value: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(value) || Number.isNaN(Date.parse(value)))
    throw new InvalidArgumentError('Give a date as YYYY-MM-DD.');
  return value;
}

/** Where advisory data come from; on every command that matches. */
export function withDatabase(command: Command): Command {
  return command
    .option('--db <file>', 'use this compiled database')
    .option('--mirror <dir|url>', 'make the database from this mirror when there is none yet')
    .option('--offline', 'never use the network for advisory data');
}

/** Where the service keeps its state. */
export function withService(command: Command): Command {
  return command
    .option('--data <dir>', 'directory of the store (default: ~/.local/state/vedette/data)')
    .option('--store <url>', 'postgres://USER@HOST/DATABASE: shared by any number of processes')
    .option('--account <id>', 'AWS account id that resources belong to (default: 000000000000)')
    .option('--region <name>', 'AWS region that is answered for (default: AWS_REGION or us-east-1)')
    .option('--keep-closed <days>', 'how long closed findings are kept (default: for ever)', wholeNumber)
    .option('--estate <dir>', 'snapshot of the network (vedette network collect), analysed twice a day')
    .addOption(new Option('--log-level <level>', 'least important log lines').choices(['error', 'warn', 'info', 'debug']));
}

/** Which server, and with which key. */
export function withServer(command: Command): Command {
  return command
    .option('--server <url>', 'address of the server, e.g. https://vedette.example:8042')
    .option('--credentials <file>', 'file with the key (default: VEDETTE_ACCESS_KEY_ID and VEDETTE_SECRET_ACCESS_KEY)')
    .option('--allow-http', 'send the key to another machine without encryption')
    .option('--ca <file>', "trust the server that these certificates (PEM) vouch for (default: Node's own list)");
}

/** Which target. */
export function withKind(command: Command): Command {
  return command
    .argument('<kind>', 'image, host, rootfs, project, lambda or sbom')
    .argument('[target...]', 'reference, file or directory; none for host');
}

/** How a target is read; on every command that takes one. */
export function withTarget(command: Command): Command {
  return command
    .option('--platform <os/arch>', "which image of a multi-platform index (default: this machine's)")
    .option('--insecure', 'allow plain http and unverified certificates for the registry')
    .option('--declared', 'also read lock files in images, hosts, root file systems and functions')
    .option('--exclude <glob>', 'host, rootfs and project: leave paths out (repeatable)', collect)
    .option('--one-file-system', "host, rootfs and project: stay on the root's file system")
    .option('--runtime <name>', 'lambda: the runtime, e.g. nodejs22.x')
    .option('--no-cache', 'neither read nor write the layer cache')
    .option('--max-file-size <MiB>', 'largest file looked into', wholeNumber)
    .option('--max-total-size <MiB>', 'most bytes read from one target, uncompressed', wholeNumber)
    .option('--timeout <seconds>', 'give up on a target after this long', wholeNumber)
    .option('-q, --quiet', 'no progress on stderr');
}
