/** Fails, with the figures, when stored results miss a budget or do not have its figure. Usage: node bench/check.ts [RESULTS.json] */
import { verdicts } from './budgets.ts';
import { readResults } from './results.ts';

const results = readResults(process.argv[2]);
console.log(`results of ${results.date}, commit ${results.commit}`);
let failed = 0;
for (const { title, limit, value, met } of verdicts(results)) {
  if (met !== true) failed += 1;
  console.log(`${met === undefined ? 'not measured' : met ? 'met' : 'MISSED'}: ${title}: ${value} (limit ${limit})`);
}
if (failed > 0) {
  console.error(`${failed} budgets are not met`);
  process.exitCode = 1;
}
