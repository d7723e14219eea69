/** What must hold, as data. */
import type { NetworkResults } from './network/results.ts';
import type { InputResult, Results, ToolResult } from './results.ts';

interface Budget<Measured = Results> {
  readonly title: string;
  readonly limit: number;
  readonly unit: 'ms' | 'MB' | 'ratio';
  /** The measured value; undefined when it was not measured. */
  readonly measured: (results: Measured) => number | undefined;
}

export interface Verdict {
  readonly title: string;
  readonly limit: string;
  readonly value: string;
  /** Undefined when it was not measured. */
  readonly met: boolean | undefined;
}

/** Inputs whose scans must take half of the fastest peer's time and at most its memory. */
const COMPARED = ['slim', 'slim-oci', 'fat', 'fat-oci', 'host'];
const FAT = ['fat', 'fat-oci'];
const MEGABYTE = 1e6;

function inputOf(results: Results, id: string): InputResult | undefined {
  return results.inputs.find(({ input }) => input === id);
}

function vedetteOn(results: Results, id: string): ToolResult | undefined {
  return inputOf(results, id)?.tools.find(({ tool }) => tool === 'vedette');
}

function figure(id: string): (results: Results) => number | undefined {
  return (results) => results.figures.find((each) => each.id === id)?.spread.median;
}

/** `ratios` has the fastest peer first. */
function ratio(input: string, which: 'wall' | 'memory'): (results: Results) => number | undefined {
  return (results) => inputOf(results, input)?.ratios[0]?.[which];
}

function inMegabytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / MEGABYTE;
}

export const BUDGETS: readonly Budget[] = [
  ...COMPARED.flatMap((input): Budget[] => [
    { title: `${input}: time over the fastest peer's`, limit: 0.5, unit: 'ratio', measured: ratio(input, 'wall') },
    { title: `${input}: memory over that peer's`, limit: 1, unit: 'ratio', measured: ratio(input, 'memory') },
  ]),
  ...FAT.map(
    (input): Budget => ({
      title: `${input}: highest peak memory`,
      limit: 400,
      unit: 'MB',
      measured: (results) => inMegabytes(vedetteOn(results, input)?.peakBytes?.max),
    }),
  ),
  { title: '`vedette --version`', limit: 100, unit: 'ms', measured: figure('version') },
  { title: 'database opened, 10,000 lookups', limit: 150, unit: 'ms', measured: figure('open') },
  { title: 'all advisory data compiled', limit: 60_000, unit: 'ms', measured: figure('compile') },
  {
    title: 'all advisory data compiled: memory',
    limit: 1500,
    unit: 'MB',
    measured: (results) => inMegabytes(figure('compile-memory')(results)),
  },
  { title: 'slim image again, layers known', limit: 200, unit: 'ms', measured: figure('rescan') },
  { title: 'fat image again, layers known', limit: 200, unit: 'ms', measured: figure('rescan-fat') },
  { title: '1,000,000 range checks, slowest scheme', limit: 100, unit: 'ms', measured: figure('ranges') },
];

function write(value: number, unit: Budget['unit']): string {
  return unit === 'ratio' ? value.toFixed(2) : `${Math.round(value).toLocaleString('en')} ${unit}`;
}

function judge<Measured>(budgets: readonly Budget<Measured>[], results: Measured): Verdict[] {
  return budgets.map(({ title, limit, unit, measured }) => {
    const value = measured(results);
    const written = value === undefined ? '–' : write(value, unit);
    return { title, limit: write(limit, unit), value: written, met: value === undefined ? undefined : value <= limit };
  });
}

/** Each budget against the results. */
export function verdicts(results: Results): Verdict[] {
  return judge(BUDGETS, results);
}

const LARGE = 100_000;

function large<Row extends { readonly interfaces: number }>(rows: readonly Row[]): Row | undefined {
  return rows.find(({ interfaces }) => interfaces === LARGE);
}

const NETWORK_BUDGETS: readonly Budget<NetworkResults>[] = [
  {
    title: '100,000 interfaces analysed',
    limit: 10_000,
    unit: 'ms',
    measured: ({ rows }) => large(rows)?.milliseconds.median,
  },
  {
    title: '100,000 interfaces analysed: memory',
    limit: 1000,
    unit: 'MB',
    measured: ({ rows }) => inMegabytes(large(rows)?.peakBytes.max),
  },
  {
    title: 'a security group edited among 100,000 interfaces, slowest of all edits',
    limit: 100,
    unit: 'ms',
    measured: ({ edits }) => large(edits)?.milliseconds.max,
  },
];

/** The network analysis' budgets against its results. */
export function networkVerdicts(results: NetworkResults): Verdict[] {
  return judge(NETWORK_BUDGETS, results);
}
