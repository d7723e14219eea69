/** `vedette serve`, `worker`, `agent`, `key`, `push` and `start`. */
import { type Command, Option } from 'commander';
import { collect, type Done, wholeNumber, withDatabase, withKind, withServer, withService, withTarget } from './options.ts';

const EXAMPLES = {
  serve: `
Examples:
  vedette serve                                   on this machine only, everything in ~/.local/state/vedette
  vedette serve --listen 0.0.0.0:8042 --tls-cert server.pem --tls-key server.key
  vedette serve --registry 'https://registry.example/team/*'  scans images when they are pushed
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
  vedette key create auditors --role read-only --server https://vedette.example:8042
  vedette key create team --role admin --account 222233334444 --server https://vedette.example:8042`,
  push: `
Examples:
  vedette push image app.tar --name team/app --server https://vedette.example:8042
  vedette push project . --server https://vedette.example:8042      in CI
  vedette push sbom bom.cdx.json --as image --name team/app --server https://vedette.example:8042`,
  start: `
Examples:
  npm start                                       assess this machine, then serve until Ctrl-C
  npm start -- --once                             assess, write the reports, end
  npm start -- --listen 127.0.0.1:9000`,
};

/** The service, and the commands that talk to one. */
export function addService(root: Command, version: string, done: Done): void {
  withService(withDatabase(root.command('serve')))
    .description('the service: assesses what it is told of, keeps assessing, and answers the Amazon Inspector API')
    .option('--listen <host:port>', 'where to listen (default: 127.0.0.1:8042)')
    .option('--registry <url>', 'watch a registry: https://HOST[:PORT][/PATTERN], http:// without TLS (repeatable)', collect)
    .option('--tls-cert <file>', 'serve TLS: certificate chain, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .addHelpText('after', EXAMPLES.serve)
    .action(async (options) => {
      const { serve } = await import('../commands/serve.ts');
      done(await serve(options));
    });

  withService(withDatabase(root.command('worker')))
    .description('matches and delivers beside the servers that share a store on PostgreSQL; without an API')
    .addHelpText('after', EXAMPLES.worker)
    .action(async (options) => {
      const { worker } = await import('../commands/worker.ts');
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
      const { agent } = await import('../commands/agent.ts');
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
    .option('--account <id>', 'whose data it is for (default: the account of the key that asks)')
    .option('--out <file>', 'write it there, readable by its owner only (default: stdout)')
    .action(async (name: string, options) => {
      const { createKey } = await import('../commands/key.ts');
      done(await createKey(name, options));
    });

  withKind(withServer(withTarget(root.command('push'))))
    .description('hands the inventory of a target to a server, which assesses it and keeps assessing it')
    .option('--name <name>', 'name of the resource (default: from the target)')
    .addOption(new Option('--as <kind>', 'sbom and rootfs: what it is of').choices(['host', 'image', 'lambda', 'project']))
    .option('--tag <key=value>', 'tag of the resource (repeatable)', collect)
    .addHelpText('after', EXAMPLES.push)
    .action(async (kind: string, targets: string[], options) => {
      const { push } = await import('../commands/push.ts');
      done(await push(kind, targets, options));
    });

  withService(withDatabase(root.command('start')))
    .description('assess this machine, write vedette-report.html and .json, then keep assessing it and answer the Inspector API')
    .option('--once', 'end after the first assessment')
    .addOption(new Option('--take-into <file>').hideHelp())
    .option('--listen <host:port>', 'where to listen (default: 127.0.0.1:8042)')
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES.start)
    .action(async (options) => {
      const { start } = await import('../commands/start.ts');
      done(await start({ ...options, toolVersion: version }));
    });
}
