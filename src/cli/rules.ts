/** Rules that hide findings, from the files the user named. */
import { existsSync, readFileSync } from 'node:fs';
import { readIgnoreFile, readVex, type SuppressionRule } from '../matching/suppress.ts';
import { messageOf } from '../model/problem.ts';
import { orThrow } from './advisories.ts';
import { CommandError, EXIT } from './exit.ts';

const DEFAULT_IGNORE_FILE = '.vedette-ignore.yaml';

function contents(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${messageOf(error)}`, EXIT.usage);
  }
}

/** Ignore file first, then VEX documents in the order given; the ignore file beside the user is taken without being named. */
export function readRules(options: { readonly ignoreFile?: string; readonly vex?: readonly string[] }): SuppressionRule[] {
  const ignore = options.ignoreFile ?? (existsSync(DEFAULT_IGNORE_FILE) ? DEFAULT_IGNORE_FILE : undefined);
  const rules: SuppressionRule[] = [];
  if (ignore !== undefined) rules.push(...orThrow(readIgnoreFile(contents(ignore).toString('utf8'), ignore), EXIT.usage));
  for (const file of options.vex ?? []) rules.push(...orThrow(readVex(contents(file), file), EXIT.usage));
  return rules;
}
