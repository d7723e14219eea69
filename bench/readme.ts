/** The tables of the README, from stored results, losses included. Usage: node bench/readme.ts [RESULTS.json] */
import { verdicts } from './budgets.ts';
import {
  type InputResult,
  type Ratio,
  type Results,
  readResults,
  type Spread,
  type ToolDescription,
  type ToolResult,
} from './results.ts';

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function seconds(milliseconds: number): string {
  return milliseconds >= 9950 ? `${(milliseconds / 1000).toFixed(0)} s` : `${(milliseconds / 1000).toFixed(2)} s`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}

function spread({ median, min, max }: Spread, write: (value: number) => string): string {
  return `${write(median)} (${write(min)}–${write(max)})`;
}

function count(value: number | undefined): string {
  return value === undefined ? '–' : value.toLocaleString('en');
}

function times(ratio: number): string {
  return ratio >= 9.95 ? ratio.toFixed(0) : ratio.toFixed(2);
}

/** `0.41 · 0.30`: Vedette's share of the peer's time and memory. */
function ratio(tool: ToolResult, ratios: readonly Ratio[]): string {
  const found = ratios.find(({ peer }) => peer === tool.tool);
  return found === undefined ? '–' : `${times(found.wall)} · ${times(found.memory)}`;
}

function row(result: ToolResult, tools: readonly ToolDescription[], ratios: readonly Ratio[]): string[] {
  const { title = result.tool, version = '' } = tools.find(({ id }) => id === result.tool) ?? {};
  const name = `${title} ${version}`;
  if (result.milliseconds === undefined || result.peakBytes === undefined)
    return [name, `failed: ${result.error ?? ''}`, '–', '–', '–', '–'];
  const { milliseconds, peakBytes, packages, findings } = result;
  return [
    name,
    spread(milliseconds, seconds),
    megabytes(peakBytes.median),
    ratio(result, ratios),
    count(packages),
    count(findings),
  ];
}

function inputTable(input: InputResult, tools: readonly ToolDescription[]): string {
  const size = input.bytes === undefined ? '' : `, ${megabytes(input.bytes)}`;
  const head = [`${input.title}${size}`, 'time', 'memory', 'Vedette ÷ it: time · memory', 'packages', 'findings'];
  return table(
    head,
    input.tools.map((result) => row(result, tools, input.ratios)),
  );
}

/** Markdown: the machine, a table for each input, and the budgets. */
export function benchTable(results: Results): string {
  const { machine, tools, runs, pageCache } = results;
  const unavailable = tools.filter((tool) => tool.unavailable !== undefined);
  const setup = `${results.date.slice(0, 10)}, commit ${results.commit}: ${machine.cores} × ${machine.cpu}, ${Math.round(machine.memoryBytes / 2 ** 30)} GiB, ${machine.system}, Linux ${machine.kernel}, Node ${machine.node}. Medians of ${runs} runs (2 of tools that take over 40 s) that take turns (lowest–highest), every one a new process without caches of its own, page cache ${pageCache}.`;
  const checks = verdicts(results).map(({ title, limit, value, met }) => [
    title,
    limit,
    value,
    met === undefined ? 'not measured' : met ? 'met' : '**missed**',
  ]);
  return [
    setup,
    ...unavailable.map(
      ({ title, version, unavailable: reason }) => `${title} ${version} could not be built: ${reason?.split('\n')[0]}`,
    ),
    ...results.inputs.map((input) => inputTable(input, tools)),
    table(['budget', 'limit', 'measured', ''], checks),
  ].join('\n\n');
}

if (import.meta.main) process.stdout.write(`${benchTable(readResults(process.argv[2]))}\n`);
