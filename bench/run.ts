/**
 * Vedette and its peers on the same inputs with the same advisory data, taking turns. Usage:
 * node bench/run.ts [--name NAME] [--runs N] [--inputs slim,fat,…] [--tools vedette,trivy,…] [--no-figures] [--drop-page-cache]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contenders, runInput } from './contest.ts';
import { measureFigures } from './figures.ts';
import { INPUTS } from './inputs.ts';
import { benchTable } from './readme.ts';
import { describeCommit, describeMachine, type Figure, type InputResult, type Results, writeResults } from './results.ts';
import { command, projectDirectory } from './workspace.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      name: { type: 'string', default: 'all' },
      runs: { type: 'string', default: '5' },
      inputs: { type: 'string' },
      tools: { type: 'string' },
      figures: { type: 'boolean', default: true },
      'drop-page-cache': { type: 'boolean', default: false },
    },
    allowNegative: true,
  });
  const wanted = (list: string | undefined, id: string): boolean => list === undefined || list.split(',').includes(id);
  command(process.execPath, [join(projectDirectory, 'scripts/build.mjs')]);
  const { all, ready } = contenders();
  const runs = Number(values.runs);
  const drop = values['drop-page-cache'];
  const inputs: InputResult[] = [];
  const figures: Figure[] = [];
  const results: Results = {
    schemaVersion: 1,
    date: new Date().toISOString(),
    name: values.name,
    commit: describeCommit(),
    runs,
    pageCache: drop ? 'dropped' : 'warm',
    machine: describeMachine(),
    tools: all,
    inputs,
    figures,
  };
  if (values.figures) figures.push(...(await measureFigures(runs)));
  for (const input of INPUTS.filter(({ id }) => wanted(values.inputs, id))) {
    const tools = ready.filter(({ description }) => wanted(values.tools, description.id));
    inputs.push(await runInput(input, tools, runs, drop));
    writeResults(results);
  }
  process.stderr.write(`written to ${writeResults(results)}\n`);
  process.stdout.write(`${benchTable(results)}\n`);
}

await main();
