/** `vedette scan`, `sbom` and `explain`. */
import { type Command, Option } from 'commander';
import { collect, type Done, isoDate, wholeNumber, withDatabase, withKind, withTarget } from './options.ts';

const EXAMPLES = {
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
  explain: `
Examples:
  vedette explain CVE-2021-44228                          what the database knows
  vedette explain CVE-2023-0286 --target host             am I affected, and why (not)
  vedette explain GHSA-jfh8-c2jp-5v3q --target project:.`,
};

/** The commands that look at a target here and now. */
export function addScanner(root: Command, version: string, done: Done): void {
  withKind(withTarget(withDatabase(root.command('scan'))))
    .description('assess a target')
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
      const { scan } = await import('../commands/scan.ts');
      done(await scan(kind, targets, { ...options, toolVersion: version }));
    });

  withKind(withTarget(root.command('sbom')))
    .description('inventory only, as a software bill of materials')
    .option(
      '--format <format[=file]>',
      'cyclonedx, cyclonedx-xml, spdx, spdx-tag-value or json (repeatable; default: cyclonedx)',
      collect,
    )
    .addOption(new Option('--spec-version <version>', 'CycloneDX version').choices(['1.4', '1.5', '1.6', '1.7']))
    .option('--timestamp', 'put the time into the document')
    .addHelpText('after', EXAMPLES.sbom)
    .action(async (kind: string, targets: string[], options) => {
      const { sbom } = await import('../commands/sbom.ts');
      done(await sbom(kind, targets, { ...options, toolVersion: version }));
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
      const { explain } = await import('../commands/explain.ts');
      done(await explain(id, { ...options, toolVersion: version }));
    });
}
