/** One worker of bench/service/rematch.ts: works each time it is told which database to use. */
import { openStore } from '../../src/store/index.ts';
import { type Order, work } from './rematch-work.ts';
import { openBenchDatabase } from './report.ts';

const [address = '', path] = process.argv.slice(2);
const opened = await openStore(address);
if (!opened.ok) throw new Error(opened.problem.message);
const store = opened.value;
const { database } = openBenchDatabase(path);

process.on('message', (order: Order | 'end') => {
  if (order === 'end') process.exit();
  work(store, database, order).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});
process.send?.('ready');
