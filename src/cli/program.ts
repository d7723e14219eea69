/** The command line. Each action loads its implementation when it runs, so that `--help` stays quick. */
import { Command, CommanderError } from 'commander';
import { messageOf } from '../model/problem.ts';
import { CommandError, EXIT } from './exit.ts';
import { addDatabase } from './program/database.ts';
import { addNetwork } from './program/network.ts';
import type { Done } from './program/options.ts';
import { addScanner } from './program/scanner.ts';
import { addService } from './program/service.ts';

const EXAMPLES = `
Examples:
  vedette scan host                               what is vulnerable on this machine
  vedette scan image debian:12                    an image from a registry
  vedette scan image app.tar --format html=app.html
  vedette scan project . --fail-on high           in CI: exit status 1 on high or critical
  vedette explain CVE-2021-44228 --target image:app.tar

Exit status: 0 done · 1 --fail-on found something · 2 wrong usage · 3 not everything could be assessed`;

/** Builds the command tree; `done` receives the exit status of the action that ran. */
function program(version: string, done: Done): Command {
  const root = new Command('vedette')
    .description('Finds known vulnerabilities in hosts, container images, functions and projects, and shows its evidence.')
    .version(version, '-V, --version')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(add --help for usage and examples)');
  addScanner(root, version, done);
  addDatabase(root, done);
  addService(root, version, done);
  addNetwork(root, version, done);
  return root;
}

function overrideExits(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) overrideExits(child);
}

/** Runs the command line; returns the exit status. */
export async function run(args: readonly string[], version: string): Promise<number> {
  let status: number = EXIT.done;
  // Who reads the help with `head` has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.done);
  });
  const root = program(version, (result) => {
    status = result;
  });
  overrideExits(root);
  try {
    if (args.length === 0) {
      root.outputHelp({ error: true });
      return EXIT.usage;
    }
    await root.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (error instanceof CommandError) {
      process.stderr.write(`vedette: ${error.message}\n`);
      return error.status;
    }
    const { DamagedDatabase } = await import('../advisories/database/index.ts');
    if (error instanceof DamagedDatabase) {
      process.stderr.write(`vedette: ${error.problem.code}: ${error.message}\n`);
      return EXIT.incomplete;
    }
    process.stderr.write(
      `vedette: unexpected error: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`,
    );
    return EXIT.incomplete;
  }
}
