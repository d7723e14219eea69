/** Where reports go: `--format FORMAT[=FILE]`, repeatable; without a file, stdout. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Assessment } from '../model/finding.ts';
import { messageOf } from '../model/problem.ts';
import type { ReportFormat, ReportOptions } from '../reports/format.ts';
import { CommandError, EXIT } from './exit.ts';
import { useColor } from './terminal.ts';

export interface Output<Format = ReportFormat> {
  readonly format: Format;
  /** undefined = stdout. */
  readonly file?: string;
}

/** Parses `--format` values by the formats that a command has; at most one goes to stdout. */
export function parseOutputs<Format extends { readonly id: string }>(
  values: readonly string[],
  formats: readonly Format[],
): Output<Format>[] {
  const outputs = values.map((value) => {
    const at = value.indexOf('=');
    const id = at < 0 ? value : value.slice(0, at);
    const format = formats.find((one) => one.id === id);
    if (format === undefined) {
      const known = formats.map((one) => one.id).join(', ');
      throw new CommandError(`unknown format "${id}". Known: ${known}. Add =FILE to write to a file.`, EXIT.usage);
    }
    return at < 0 ? { format } : { format, file: value.slice(at + 1) };
  });
  if (outputs.filter((output) => output.file === undefined).length > 1) {
    throw new CommandError('only one format can go to stdout; write the others as --format FORMAT=FILE', EXIT.usage);
  }
  if (outputs.some((output) => output.file === ''))
    throw new CommandError('--format FORMAT= needs a file name after the "="', EXIT.usage);
  return outputs;
}

/** Writes a file as a whole or not at all. */
function writeFileWhole(file: string, pieces: Iterable<string>): void {
  const temporary = join(dirname(file), `.${process.pid}.${Date.now().toString(36)}.tmp`);
  try {
    const descriptor = openSync(temporary, 'wx', 0o644);
    try {
      writePieces(descriptor, pieces);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new CommandError(`cannot write ${file}: ${messageOf(error)}`);
  }
}

function writePieces(descriptor: number, pieces: Iterable<string>): void {
  let buffered = '';
  for (const piece of pieces) {
    buffered += piece;
    if (buffered.length > 1 << 18) {
      writeAll(descriptor, buffered);
      buffered = '';
    }
  }
  if (buffered !== '') writeAll(descriptor, buffered);
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      // A pipe whose reader is slow answers EAGAIN; anything else is for the caller.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Writes pieces to stdout; a reader that went away (`| head`) ends the command quietly. */
export function writeStdout(pieces: Iterable<string>): void {
  try {
    writePieces(1, pieces);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') process.exit(0);
    throw error;
  }
}

/** Options of a report on stdout or in a file, from the terminal at hand and the command's flags. */
export function reportOptions(
  output: Output<unknown>,
  flags: {
    readonly all?: boolean;
    readonly limit?: number;
    readonly evidence?: number;
    readonly showSuppressed?: boolean;
    readonly timestamp?: string;
  },
): ReportOptions {
  const terminal = output.file === undefined;
  return {
    color: terminal && useColor(process.stdout),
    width: terminal ? Math.max(80, process.stdout.columns ?? 160) : 160,
    limit: flags.all === true ? Number.POSITIVE_INFINITY : (flags.limit ?? 40),
    evidence: flags.evidence ?? 3,
    showSuppressed: flags.showSuppressed === true,
    timestamp: flags.timestamp,
  };
}

/** Writes rendered pieces where the output says. */
export function writeOutput(output: Output<unknown>, pieces: Iterable<string>): void {
  if (output.file === undefined) writeStdout(pieces);
  else writeFileWhole(output.file, pieces);
}

/** Renders every output. */
export function writeReports(
  assessment: Assessment,
  outputs: readonly Output[],
  flags: Parameters<typeof reportOptions>[1],
): void {
  for (const output of outputs) writeOutput(output, output.format.render(assessment, reportOptions(output, flags)));
}
