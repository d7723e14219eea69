/** Fails, with the figures, when stored results miss a budget or do not have its figure. Usage: node bench/check.ts [RESULTS.json] */
import { networkVerdicts, verdicts } from './budgets.ts';
import { readNetworkResults } from './network/results.ts';
import { readResults } from './results.ts';

const results = readResults(process.argv[2]);
const network = readNetworkResults();
console.log(`results of ${results.date}, commit ${results.commit}; network ${network.date}, commit ${network.commit}`);
let failed = 0;
for (const { title, limit, value, met } of [...verdicts(results), ...networkVerdicts(network)]) {
  if (met !== true) failed += 1;
  console.log(`${met === undefined ? 'not measured' : met ? 'met' : 'MISSED'}: ${title}: ${value} (limit ${limit})`);
}
if (failed > 0) {
  console.error(`${failed} budgets are not met`);
  process.exitCode = 1;
}
