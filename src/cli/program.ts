/** The commands and their options. Each action loads its implementation when it runs, so that `--help` stays quick. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../model/problem.ts';
import { CommandError, EXIT } from './exit.ts';

const EXAMPLES = {
  main: `
Examples:
  vedette scan host                               what is vulnerable on this machine
  vedette scan image debian:12                    an image from a registry
  vedette scan image app.tar --format html=app.html
  vedette scan project . --fail-on high           in CI: exit status 1 on high or critical
  vedette explain CVE-2021-44228 --target image:app.tar

Exit status: 0 done · 1 --fail-on found something · 2 wrong usage · 3 not everything could be assessed`,
  scan: `
Examples:
  vedette scan host --format table --format json=host.json
  vedette scan image registry.example/app:1.2 --platform linux/arm64
  vedette scan image ./image.tar                  docker save, OCI archive or OCI layout directory
  vedette scan rootfs /mnt/disk
  vedette scan project . --no-dev --fail-on 'kev or (severity >= high and fixable)'
  vedette scan lambda function.zip layer1.zip layer2.zip
  vedette scan sbom bom.cdx.json`,
  sbom: `
Examples:
  vedette sbom image debian:12 > debian.cdx.json
  vedette sbom project . --format spdx=bom.spdx.json`,
  db: `
Examples:
  vedette db update                               from the public upstreams
  vedette db update --mirror /srv/advisories      from a directory (or https address) with the same layout
  vedette db status
  vedette db show CVE-2021-44228
  vedette db search openssl`,
  start: `
Examples:
  npm start                                       assess this machine, then serve until Ctrl-C
  npm start -- --once                             assess, write the reports, end
  npm start -- --listen 127.0.0.1:9000`,
  serve: `
Examples:
  vedette serve                                   on this machine only, everything in ~/.local/state/vedette
  vedette serve --listen 0.0.0.0:8042 --tls-cert server.pem --tls-key server.key
  vedette serve --registry https://registry.example/team/*    scans images when they are pushed
  vedette serve --store postgres://vedette@db/vedette    several processes may share it`,
  worker: `
Examples:
  vedette worker --store postgres://vedette@db/vedette   as many as there are processors to spare

All processes of a store need the same VEDETTE_KEY.`,
  agent: `
Examples:
  vedette agent --server https://vedette.example:8042 --credentials /etc/vedette/credentials
  vedette agent --server http://127.0.0.1:8042 --once`,
  key: `
Examples:
  vedette key create web-1 --server http://127.0.0.1:8042 --out web-1.credentials
  vedette key create auditors --role read-only --server https://vedette.example:8042`,
  push: `
Examples:
  vedette push image app.tar --name team/app --server https://vedette.example:8042
  vedette push project . --server https://vedette.example:8042      in CI
  vedette push sbom bom.cdx.json --as image --name team/app --server https://vedette.example:8042`,
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
  networkDiff: `
Examples:
  vedette network diff estate-monday estate-friday
  vedette network diff main.tar.zst pull-request.tar.zst --fail-on-opened     in CI: exit status 1 when a port opened
  vedette network diff estate-monday estate-friday --json | jq '.opened[].title'

Exit status: 0 done · 1 --fail-on-opened found something · 2 wrong usage · 3 something is unknown in either snapshot`,
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
  explain: `
Examples:
  vedette explain CVE-2021-44228                          what the database knows
  vedette explain CVE-2023-0286 --target host             am I affected, and why (not)
  vedette explain GHSA-jfh8-c2jp-5v3q --target project:.`,
};

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('Give a whole number.');
  return Number(value);
}

function isoDate(value: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(value) || Number.isNaN(Date.parse(value)))
    throw new InvalidArgumentError('Give a date as YYYY-MM-DD.');
  return value;
}

/** Where advisory data come from; on every command that matches. */
function withDatabase(command: Command): Command {
  return command
    .option('--db <file>', 'use this compiled database')
    .option('--mirror <dir|url>', 'make the database from this mirror when there is none yet')
    .option('--offline', 'never use the network for advisory data');
}

/** Where the service keeps its state. */
function withService(command: Command): Command {
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
function withServer(command: Command): Command {
  return command
    .option('--server <url>', 'address of the server, e.g. https://vedette.example:8042')
    .option('--credentials <file>', 'file with the key (default: VEDETTE_ACCESS_KEY_ID and VEDETTE_SECRET_ACCESS_KEY)')
    .option('--allow-http', 'send the key to another machine without encryption')
    .option('--ca <file>', "trust the server that these certificates (PEM) vouch for (default: Node's own list)");
}

/** How a target is read; on every command that takes one. */
function withTarget(command: Command): Command {
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

/** Builds the command tree; `done` receives the exit status of the action that ran. */
function program(version: string, done: (status: number) => void): Command {
  const root = new Command('vedette')
    .description('Finds known vulnerabilities in hosts, container images, functions and projects, and shows its evidence.')
    .version(version, '-V, --version')
    .addHelpText('after', EXAMPLES.main)
    .showHelpAfterError('(add --help for usage and examples)');

  withTarget(withDatabase(root.command('scan')))
    .description('assess a target')
    .argument('<kind>', 'image, host, rootfs, project, lambda or sbom')
    .argument('[target...]', 'reference, file or directory; none for host')
    .option('--format <format[=file]>', 'table, json, html, sarif, csv, cyclonedx, spdx … (repeatable; default: table)', collect)
    .option('--fail-on <policy>', 'exit 1 when a finding matches: a severity, or an expression (see docs)')
    .option('--only-fixed', 'set findings without a fix aside, as Amazon Inspector does')
    .option('--no-dev', 'set findings in development dependencies aside')
    .option('--ignore-file <file>', 'rules that hide findings, with reasons (default: .vedette-ignore.yaml when there is one)')
    .option('--vex <file>', 'OpenVEX, CycloneDX VEX or CSAF statements (repeatable)', collect)
    .option('--show-suppressed', 'list hidden findings too')
    .option('--all', 'table: list every finding')
    .option('--limit <n>', 'table: rows to list', wholeNumber)
    .option('--evidence <n>', 'table: findings to explain', wholeNumber)
    .option('--timestamp', 'put the time of the scan into the reports')
    .addOption(
      new Option('--date <YYYY-MM-DD>', 'judge end of life and expiries as of this day (default: today)').argParser(isoDate),
    )
    .addHelpText('after', EXAMPLES.scan)
    .action(async (kind: string, targets: string[], options) => {
      const { scan } = await import('./commands/scan.ts');
      done(await scan(kind, targets, { ...options, toolVersion: version }));
    });

  withTarget(root.command('sbom'))
    .description('inventory only, as a software bill of materials')
    .argument('<kind>', 'image, host, rootfs, project, lambda or sbom')
    .argument('[target...]', 'reference, file or directory; none for host')
    .option(
      '--format <format[=file]>',
      'cyclonedx, cyclonedx-xml, spdx, spdx-tag-value or json (repeatable; default: cyclonedx)',
      collect,
    )
    .addOption(new Option('--spec-version <version>', 'CycloneDX version').choices(['1.4', '1.5', '1.6', '1.7']))
    .option('--timestamp', 'put the time into the document')
    .addHelpText('after', EXAMPLES.sbom)
    .action(async (kind: string, targets: string[], options) => {
      const { sbom } = await import('./commands/sbom.ts');
      done(await sbom(kind, targets, { ...options, toolVersion: version }));
    });

  const db = root.command('db').description('the advisory database').addHelpText('after', EXAMPLES.db);
  withDatabase(db.command('update'))
    .description('fetch advisory data and compile the database')
    .option('--all', 'every source, not only what earlier scans needed')
    .option('--only <stream...>', 'only these streams, e.g. debian npm')
    .option('-q, --quiet', 'no progress on stderr')
    .action(async (options) => {
      const { update } = await import('./commands/db-update.ts');
      done(await update(options));
    });
  db.command('status')
    .description('sources, their age, and whether the file is sound')
    .option('--db <file>', 'use this compiled database')
    .option('--verify', 'check every checksum')
    .option('--json', 'as JSON')
    .action(async (options) => {
      const { status } = await import('./commands/db.ts');
      done(await status(options));
    });
  db.command('show')
    .description('everything known about a vulnerability')
    .argument('<id>', 'CVE, GHSA or another advisory id')
    .option('--db <file>', 'use this compiled database')
    .option('--json', 'as JSON')
    .action(async (id: string, options) => {
      const { show } = await import('./commands/db.ts');
      done(await show(id, options));
    });
  db.command('search')
    .description('packages that advisories name')
    .argument('<text>', 'part of a package name')
    .option('--db <file>', 'use this compiled database')
    .option('--limit <n>', 'rows to list', wholeNumber)
    .option('--json', 'as JSON')
    .action(async (text: string, options) => {
      const { search } = await import('./commands/db.ts');
      done(await search(text, options));
    });
  db.command('diff')
    .description('what changed between two database files')
    .argument('<old>')
    .argument('<new>')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES.networkDiff)
    .action(async (older: string, newer: string, options) => {
      const { diff } = await import('./commands/db.ts');
      done(await diff(older, newer, options));
    });

  withTarget(withDatabase(root.command('explain')))
    .description('why a target is, or is not, affected')
    .argument('<id>', 'CVE, GHSA or another advisory id')
    .option('--target <kind[:what]>', 'host, image:REF, rootfs:DIR, project:DIR, lambda:ZIP or sbom:FILE')
    .option('--ignore-file <file>', 'rules that hide findings')
    .option('--vex <file>', 'VEX statements (repeatable)', collect)
    .option('--json', 'as JSON')
    .addOption(new Option('--date <YYYY-MM-DD>', 'as of this day (default: today)').argParser(isoDate))
    .addHelpText('after', EXAMPLES.explain)
    .action(async (id: string, options) => {
      const { explain } = await import('./commands/explain.ts');
      done(await explain(id, { ...options, toolVersion: version }));
    });

  withService(withDatabase(root.command('serve')))
    .description('the service: assesses what it is told of, keeps assessing, and answers the Amazon Inspector API')
    .option('--listen <host:port>', 'where to listen (default: 127.0.0.1:8042)')
    .option('--registry <url>', 'watch a registry: https://HOST[:PORT][/PATTERN], http:// without TLS (repeatable)', collect)
    .option('--tls-cert <file>', 'serve TLS: certificate chain, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .addHelpText('after', EXAMPLES.serve)
    .action(async (options) => {
      const { serve } = await import('./commands/serve.ts');
      done(await serve(options));
    });

  withService(withDatabase(root.command('worker')))
    .description('matches and delivers beside the servers that share a store on PostgreSQL; without an API')
    .addHelpText('after', EXAMPLES.worker)
    .action(async (options) => {
      const { worker } = await import('./commands/worker.ts');
      done(await worker(options));
    });

  withServer(root.command('agent'))
    .description('sends the inventory of this host to a server, on a schedule and when packages change')
    .option('--interval <minutes>', 'between looks at the whole machine, at least (default: 30)', wholeNumber)
    .option('--once', 'once, and end')
    .option('--spool <dir>', 'where inventories wait while the server cannot be reached (default: ~/.local/state/vedette/agent)')
    .option('--tag <key=value>', 'tag of the host (repeatable)', collect)
    .option('-q, --quiet', 'say nothing')
    .addOption(new Option('--take-into <file>').hideHelp())
    .addHelpText('after', EXAMPLES.agent)
    .action(async (options) => {
      const { agent } = await import('./commands/agent.ts');
      done(await agent(options));
    });

  const key = root.command('key').description('access keys of a service').addHelpText('after', EXAMPLES.key);
  withServer(key.command('create'))
    .description('make a key; its secret is shown this once')
    .argument('<name>', 'whom it is for')
    .addOption(
      new Option('--role <role>', 'agent hands in inventories, read-only reads')
        .choices(['agent', 'read-only', 'admin'])
        .default('agent'),
    )
    .option('--out <file>', 'write it there, readable by its owner only (default: stdout)')
    .action(async (name: string, options) => {
      const { createKey } = await import('./commands/key.ts');
      done(await createKey(name, options));
    });

  withServer(withTarget(root.command('push')))
    .description('hands the inventory of a target to a server, which assesses it and keeps assessing it')
    .argument('<kind>', 'image, host, rootfs, project, lambda or sbom')
    .argument('[target...]', 'reference, file or directory; none for host')
    .option('--name <name>', 'name of the resource (default: from the target)')
    .addOption(new Option('--as <kind>', 'sbom and rootfs: what it is of').choices(['host', 'image', 'lambda', 'project']))
    .option('--tag <key=value>', 'tag of the resource (repeatable)', collect)
    .addHelpText('after', EXAMPLES.push)
    .action(async (kind: string, targets: string[], options) => {
      const { push } = await import('./commands/push.ts');
      done(await push(kind, targets, options));
    });

  const network = root.command('network').description('which ports of which hosts can be reached, from where, and proof');
  network.addHelpText('after', EXAMPLES.network);
  network
    .command('collect')
    .description('write a snapshot of the networks of AWS accounts')
    .argument('[out]', 'directory of the snapshot')
    .option('--region <a,b|all>', 'regions (repeatable; default: the configured one)', collect)
    .option('--profile <name>', 'profile of the AWS configuration')
    .option('--role-arn <arn>', "collect this role's account instead (repeatable, for several accounts)", collect)
    .option('--external-id <id>', 'external id that the roles ask for')
    .option('--endpoint-url <url>', "ask there instead of AWS's own endpoints")
    .option('--resume', 'continue: ask only for what is missing or failed')
    .option('--print-policy', 'print the IAM policy that collecting needs, and do nothing else')
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES.networkCollect)
    .action(async (out: string | undefined, options) => {
      const { networkCollect } = await import('./commands/network-collect.ts');
      done(await networkCollect(out, options));
    });

  network
    .command('analyze')
    .description('what can be reached in a snapshot, from where, by which rule, with a packet as proof')
    .argument('[snapshot]', 'directory or tar of a snapshot')
    .option('--live', 'ask AWS instead of reading a snapshot')
    .addOption(
      new Option('--profile <name>', 'whose findings and severities')
        .choices(['inspector-v2', 'inspector-classic', 'extended'])
        .default('inspector-v2'),
    )
    .option('--lateral', 'also what members of each security group reach within the estate')
    .option('--format <format[=file]>', 'table, json, html, sarif, csv, svg or dot (repeatable; default: table)', collect)
    .option('--fail-on <severity>', 'exit 1 when something as severe is reachable: critical, high, medium, low, informational')
    .option('--all', 'table: list every row')
    .option('--limit <n>', 'table: rows to list', wholeNumber)
    .option('--evidence <n>', 'table: rows to prove', wholeNumber)
    .option('--timestamp', 'put the time into the reports')
    .option('--region <a,b|all>', 'live: regions (repeatable; default: the configured one)', collect)
    .option('--aws-profile <name>', 'live: profile of the AWS configuration')
    .option('--role-arn <arn>', "live: this role's account instead (repeatable)", collect)
    .option('--external-id <id>', 'live: external id that the roles ask for')
    .option('--endpoint-url <url>', "live: ask there instead of AWS's own endpoints")
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES.analyze)
    .action(async (snapshot: string | undefined, options) => {
      const { networkAnalyze } = await import('./commands/network-analyze.ts');
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
      const { networkExplain } = await import('./commands/network-explain.ts');
      done(await networkExplain(snapshot, options));
    });

  network
    .command('diff')
    .description('what became reachable, or no longer is, between two snapshots')
    .argument('<old>')
    .argument('<new>')
    .addOption(
      new Option('--profile <name>', 'whose findings and severities')
        .choices(['inspector-v2', 'inspector-classic', 'extended'])
        .default('inspector-v2'),
    )
    .option('--fail-on-opened', 'exit 1 when something became reachable')
    .option('--json', 'as JSON')
    .option('-q, --quiet', 'no progress on stderr')
    .action(async (older: string, newer: string, options) => {
      const { networkDiff } = await import('./commands/network-diff.ts');
      done(await networkDiff(older, newer, options));
    });

  withService(withDatabase(root.command('start')))
    .description('assess this machine, write vedette-report.html and .json, then keep assessing it and answer the Inspector API')
    .option('--once', 'end after the first assessment')
    .addOption(new Option('--take-into <file>').hideHelp())
    .option('--listen <host:port>', 'where to listen (default: 127.0.0.1:8042)')
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES.start)
    .action(async (options) => {
      const { start } = await import('./commands/start.ts');
      done(await start({ ...options, toolVersion: version }));
    });

  return root;
}

function overrideExits(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) overrideExits(child);
}

/** Runs the command line; returns the exit status. */
export async function run(args: readonly string[], version: string): Promise<number> {
  let status: number = EXIT.done;
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
