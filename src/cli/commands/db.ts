/** `vedette db status|show|search|diff`: looking into the database. */
import { existsSync } from 'node:fs';
import {
  databasePath,
  databaseStatus,
  diffDatabases,
  type FileDatabase,
  openDatabase,
  renderDiff,
  renderSearch,
  renderShow,
  renderStatus,
  searchPackages,
  showVulnerability,
  verifyDatabase,
} from '../../advisories/database/index.ts';
import { orThrow } from '../advisories.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { writeStdout } from '../output.ts';
import { useColor } from '../terminal.ts';

interface LookOptions {
  readonly db?: string;
  readonly json?: boolean;
}

function fileOf(options: LookOptions): string {
  const file = options.db ?? databasePath(process.env);
  if (!existsSync(file)) throw new CommandError(`there is no database at ${file}; "vedette db update" makes one.`);
  return file;
}

function print(json: boolean | undefined, value: unknown, text: () => Iterable<string>): void {
  writeStdout(json === true ? [`${JSON.stringify(value, undefined, 2)}\n`] : text());
}

function view(): { readonly color: boolean; readonly width: number } {
  return { color: useColor(process.stdout), width: Math.max(80, process.stdout.columns ?? 120) };
}

/** Prints the sources of a database and their age. */
export function printStatus(database: FileDatabase, json?: boolean): void {
  const status = databaseStatus(database);
  print(json, status, () => renderStatus(status, view()));
}

export async function status(options: LookOptions & { readonly verify?: boolean }): Promise<ExitStatus> {
  const file = fileOf(options);
  if (options.verify === true) orThrow(verifyDatabase(file));
  printStatus(orThrow(openDatabase(file)), options.json);
  return EXIT.done;
}

/** Status 3 when nothing is known of the id: that is not the same as harmless. */
export async function show(id: string, options: LookOptions): Promise<ExitStatus> {
  const shown = showVulnerability(orThrow(openDatabase(fileOf(options))), id);
  if (shown === undefined) throw new CommandError(`nothing is known of ${id} in this database`);
  print(options.json, shown, () => renderShow(shown, view()));
  return EXIT.done;
}

export async function search(text: string, options: LookOptions & { readonly limit?: number }): Promise<ExitStatus> {
  const found = searchPackages(orThrow(openDatabase(fileOf(options))), text, options.limit ?? 50);
  print(options.json, found, () => renderSearch(found, view()));
  return EXIT.done;
}

export async function diff(older: string, newer: string, options: LookOptions): Promise<ExitStatus> {
  const changes = diffDatabases(orThrow(openDatabase(older)), orThrow(openDatabase(newer)));
  print(options.json, changes, () => renderDiff(changes));
  return EXIT.done;
}
