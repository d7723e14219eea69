/** `vedette db`. */
import type { Command } from 'commander';
import { type Done, wholeNumber, withDatabase } from './options.ts';

const EXAMPLES = `
Examples:
  vedette db update                               from the public upstreams
  vedette db update --mirror /srv/advisories      from a directory (or https address) with the same layout
  vedette db status
  vedette db show CVE-2021-44228
  vedette db search openssl`;

/** The commands about the advisory database. */
export function addDatabase(root: Command, done: Done): void {
  const db = root.command('db').description('the advisory database').addHelpText('after', EXAMPLES);
  withDatabase(db.command('update'))
    .description('fetch advisory data and compile the database')
    .option('--all', 'every source, not only what earlier scans needed')
    .option('--only <stream...>', 'only these streams, e.g. debian npm')
    .option('-q, --quiet', 'no progress on stderr')
    .action(async (options) => {
      const { update } = await import('../commands/db-update.ts');
      done(await update(options));
    });
  db.command('status')
    .description('sources, their age, and whether the file is sound')
    .option('--db <file>', 'use this compiled database')
    .option('--verify', 'check every checksum')
    .option('--json', 'as JSON')
    .action(async (options) => {
      const { status } = await import('../commands/db.ts');
      done(await status(options));
    });
  db.command('show')
    .description('everything known about a vulnerability')
    .argument('<id>', 'CVE, GHSA or another advisory id')
    .option('--db <file>', 'use this compiled database')
    .option('--json', 'as JSON')
    .action(async (id: string, options) => {
      const { show } = await import('../commands/db.ts');
      done(await show(id, options));
    });
  db.command('search')
    .description('packages that advisories name')
    .argument('<text>', 'part of a package name')
    .option('--db <file>', 'use this compiled database')
    .option('--limit <n>', 'rows to list', wholeNumber)
    .option('--json', 'as JSON')
    .action(async (text: string, options) => {
      const { search } = await import('../commands/db.ts');
      done(await search(text, options));
    });
  db.command('diff')
    .description('what changed between two database files')
    .argument('<old>')
    .argument('<new>')
    .option('--json', 'as JSON')
    .action(async (older: string, newer: string, options) => {
      const { diff } = await import('../commands/db.ts');
      done(await diff(older, newer, options));
    });
}
