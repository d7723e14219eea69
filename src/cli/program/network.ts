/** `vedette network`. */
import { type Command, Option } from 'commander';
import { collect, type Done, wholeNumber } from './options.ts';

const EXAMPLES = {
  network: `
Examples:
  vedette network collect --print-policy > policy.json
  vedette network collect estate --profile audit --region all
  vedette network analyze estate --format html=network.html
  vedette network explain estate --to i-0abc:22
  vedette network diff estate-monday estate-friday --fail-on-opened`,
  networkCollect: `
Examples:
  vedette network collect estate                              the configured account and region
  vedette network collect estate --region all --profile audit
  vedette network collect estate --role-arn arn:aws:iam::111122223333:role/reader --role-arn …
  vedette network collect estate --resume                     asks again for what failed
  vedette network collect --print-policy > policy.json        the rights that are needed

Exit status: 0 everything was answered · 2 wrong usage · 3 something was not`,
  analyze: `
Examples:
  vedette network analyze estate                          what is reachable, with proof of the worst
  vedette network analyze estate.tar.zst --all --format table --format html=network.html
  vedette network analyze estate --format svg > paths.svg
  vedette network analyze estate --fail-on medium         in CI: exit status 1 on MEDIUM and above
  vedette network analyze --live --region eu-west-1       asks AWS, keeps nothing

Exit status: 0 done · 1 --fail-on found something · 2 wrong usage · 3 something is unknown or could not be assessed`,
  networkExplain: `
Examples:
  vedette network explain --to i-0abc:22                       in the snapshot in ./estate
  vedette network explain prod.tar.zst --to 10.0.4.7:5432 --from pcx-0abc
  vedette network explain estate --to i-0abc:443 --from 198.51.100.0/24
  vedette network explain estate --to [2001:db8::7]:22 --from igw
  vedette network explain estate --to shop:443 --json          a load balancer by name

Exit status: 0 it is known, reachable or not · 2 wrong usage · 3 it is not known, or the snapshot has gaps`,
  networkDiff: `
Examples:
  vedette network diff estate-monday estate-friday
  vedette network diff main.tar.zst pull-request.tar.zst --fail-on-opened     in CI: exit status 1 when a port opened
  vedette network diff estate-monday estate-friday --json | jq '.opened[].title'

Exit status: 0 done · 1 --fail-on-opened found something · 2 wrong usage · 3 something is unknown in either snapshot`,
};

/** Whom AWS is asked as, and for which regions. `when`: the options count only then. */
function withAws(command: Command, profile: '--profile' | '--aws-profile', when = ''): Command {
  return command
    .option('--region <a,b|all>', `${when}regions (repeatable; default: the configured one)`, collect)
    .option(`${profile} <name>`, `${when}profile of the AWS configuration`)
    .option('--role-arn <arn>', `${when}this role's account instead (repeatable, for several accounts)`, collect)
    .option('--external-id <id>', `${when}external id that the roles ask for`)
    .option('--endpoint-url <url>', `${when}ask there instead of AWS's own endpoints`);
}

/** What counts as a finding, and how severe it is. */
function withProfile(command: Command): Command {
  const profile = new Option('--profile <name>', 'whose findings and severities');
  return command.addOption(profile.choices(['inspector-v2', 'inspector-classic', 'extended']).default('inspector-v2'));
}

/** The commands about networks of AWS. */
export function addNetwork(root: Command, version: string, done: Done): void {
  const network = root.command('network').description('which ports of which hosts can be reached, from where, and proof');
  network.addHelpText('after', EXAMPLES.network);
  withAws(network.command('collect'), '--profile')
    .description('write a snapshot of the networks of AWS accounts')
    .argument('[out]', 'directory of the snapshot')
    .option('--resume', 'continue: ask only for what is missing or failed')
    .option('--print-policy', 'print the IAM policy that collecting needs, and do nothing else')
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES.networkCollect)
    .action(async (out: string | undefined, options) => {
      const { networkCollect } = await import('../commands/network-collect.ts');
      done(await networkCollect(out, options));
    });

  const analyze = withProfile(network.command('analyze'))
    .description('what can be reached in a snapshot, from where, by which rule, with a packet as proof')
    .argument('[snapshot]', 'directory or tar of a snapshot')
    .option('--live', 'ask AWS instead of reading a snapshot')
    .option('--lateral', 'also what members of each security group reach within the estate')
    .option('--format <format[=file]>', 'table, json, html, sarif, csv, svg or dot (repeatable; default: table)', collect)
    .option('--fail-on <severity>', 'exit 1 when something as severe is reachable: critical, high, medium, low, informational')
    .option('--all', 'table: list every row')
    .option('--limit <n>', 'table: rows to list', wholeNumber)
    .option('--evidence <n>', 'table: rows to prove', wholeNumber)
    .option('--timestamp', 'put the time into the reports');
  withAws(analyze, '--aws-profile', 'live: ')
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES.analyze)
    .action(async (snapshot: string | undefined, options) => {
      const { networkAnalyze } = await import('../commands/network-analyze.ts');
      done(await networkAnalyze(snapshot, { ...options, toolVersion: version }));
    });

  network
    .command('explain')
    .description('why a port can be reached, or what stops it first and the smallest change that would open it')
    .argument('[snapshot]', 'directory or tar of a snapshot', 'estate')
    .requiredOption('--to <what:port>', 'i-…:22, eni-…:53/udp, a load balancer or an address with a port')
    .option(
      '--from <source>',
      'an address or CIDR block, igw, the id of a peering, gateway, attachment or endpoint service, or eni-…, i-…, sg-… (default: anywhere outside)',
    )
    .option('--json', 'as JSON')
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES.networkExplain)
    .action(async (snapshot: string, options) => {
      const { networkExplain } = await import('../commands/network-explain.ts');
      done(await networkExplain(snapshot, options));
    });

  withProfile(network.command('diff'))
    .description('what became reachable, or no longer is, between two snapshots')
    .argument('<old>')
    .argument('<new>')
    .option('--fail-on-opened', 'exit 1 when something became reachable')
    .option('--json', 'as JSON')
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES.networkDiff)
    .action(async (older: string, newer: string, options) => {
      const { networkDiff } = await import('../commands/network-diff.ts');
      done(await networkDiff(older, newer, options));
    });
}
