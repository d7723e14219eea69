/** The parts of docs/estate.md that follow from the calls. */
import type { Call, CallId, Service } from './calls.ts';
import { cliName, everyCall } from './names.ts';

const SERVICES: readonly Service[] = ['ec2', 'elb', 'elbv2'];

/** Every call, as a table. */
export function callTable(): string {
  const rows = everyCall().map(([, { service, name, rows: member, per, why }]) => {
    const file = per === undefined ? `${service}/${name}.json` : `${service}/${name}/<${per.member}>.json`;
    return `| \`${file}\` | \`${member}\` | ${why} |`;
  });
  return [
    '| file below `<account>/<region>/` | member with the rows | what cannot be said without it |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Parameters that are filters, as the CLI takes them; it needs no others. */
function filters({ parameters }: Call): string {
  const given = parameters?.Filters;
  if (!Array.isArray(given)) return '';
  const words = given.map(
    ({ Name, Values }: { Name: string; Values: readonly string[] }) => `Name=${Name},Values=${Values.join(',')}`,
  );
  return ` --filters ${words.join(' ')}`;
}

/** One loop over the things that a call lists, with the calls that are asked for each of them. */
function loop(listing: readonly [CallId, Call], about: string, depth: number): string[] {
  const [id, call] = listing;
  const asked = everyCall().filter(([, { per }]) => per?.call === id);
  const member = asked[0]?.[1].per?.member;
  if (member === undefined) return [];
  const indent = '  '.repeat(depth);
  const thing = `thing${depth}`;
  const query = call.single === true ? `${call.rows}.${member}` : `${call.rows}[].${member}`;
  const lines = asked.flatMap((one) => {
    const [, { service, name, per }] = one;
    const command = cliName(name);
    const parameter = `--${cliName(per?.parameter ?? member)} "$${thing}"`;
    const ask = `${indent}  ask ${service} "${command}/\${${thing}##*[/:]}" ${command} ${parameter}${filters(one[1])}`;
    return [ask, ...loop(one, ` ${parameter}`, depth + 1)];
  });
  const head = `${indent}for ${thing} in $(list ${call.service} '${query}' ${cliName(call.name)}${about}); do`;
  return [head, ...lines, `${indent}done`];
}

/** A POSIX shell script that makes a snapshot with the AWS CLI. */
export function snapshotScript(): string {
  const once = everyCall().filter(([, { per }]) => per === undefined);
  const plain = SERVICES.flatMap((service) => {
    const commands = once.filter(([, call]) => call.service === service).map(([, { name }]) => `    ${cliName(name)}`);
    return [
      `  for call in \\`,
      ...commands.map((command, at) => `${command}${at < commands.length - 1 ? ' \\' : ''}`),
      `  do ask ${service} "$call" "$call"; done`,
    ];
  });
  const loops = once.flatMap((listing) => loop(listing, '', 1));
  return `#!/bin/sh
# snapshot.sh OUT REGION...: a snapshot of the account that the AWS CLI's credentials belong to
out=$1; shift
account=$(aws sts get-caller-identity --region "$1" --query Account --output text) || exit 1

# ask SERVICE FILE ARGUMENTS...: the answer, or what the AWS CLI said instead
ask() {
  service=$1; file=$out/$account/$region/$1/$2; shift 2
  mkdir -p "\${file%/*}"
  if aws "$service" "$@" --region "$region" --output json > "$file.json" 2> "$file.error"
  then rm -f "$file.error"
  else rm -f "$file.json"
  fi
}

# list SERVICE QUERY ARGUMENTS...: identifiers
list() {
  service=$1; query=$2; shift 2
  aws "$service" "$@" --region "$region" --query "$query" --output text 2> /dev/null
}

for region in "$@"; do
${[...plain, ...loops].join('\n')}
done
`;
}
