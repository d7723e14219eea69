/** `vedette db update`: fetch and compile. */
import { STREAM_FAMILIES } from '../../advisories/streams/index.ts';
import { type DatabaseChoice, openKnown, updateDatabase, usualFamilies } from '../../engine/database.ts';
import { databaseContext, orThrow } from '../advisories.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { progressOn } from '../terminal.ts';
import { printStatus } from './db.ts';

export interface UpdateOptions extends DatabaseChoice {
  readonly all?: boolean;
  readonly only?: readonly string[];
  readonly quiet?: boolean;
}

/** Checks the words after `--only`: a misspelt one would fetch nothing and look like success. */
function families(only: readonly string[]): readonly string[] {
  const known = STREAM_FAMILIES.map(({ id }) => id);
  for (const stream of only) {
    if (known.includes(stream.split('/', 1)[0] ?? '')) continue;
    throw new CommandError(`unknown stream "${stream}". Known: ${known.join(', ')}.`, EXIT.usage);
  }
  return only;
}

/** Updates what was asked for: everything, these streams, or what the database has now (else this machine's needs). */
export async function update(options: UpdateOptions): Promise<ExitStatus> {
  const progress = progressOn(process.stderr, options.quiet === true);
  const context = databaseContext(progress);
  const wanted = options.all === true ? 'all' : options.only !== undefined ? families(options.only) : usualFamilies(context);
  if (wanted !== 'all') progress.say(`sources for ${wanted.join(', ')} (--all for every one)`);
  const started = performance.now();
  const problems = orThrow(await updateDatabase(options, wanted, context));
  progress.done();
  for (const { message, path, effect } of problems)
    progress.say(`${effect === 'incomplete' ? 'incomplete: ' : ''}${path === undefined ? '' : `${path}: `}${message}`);
  progress.say(`done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  printStatus(orThrow(openKnown(context.env)));
  return problems.some(({ effect }) => effect === 'incomplete') ? EXIT.incomplete : EXIT.done;
}
