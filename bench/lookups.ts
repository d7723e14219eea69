/** Opens a compiled database and looks 10,000 packages up, in a process of its own; prints the milliseconds. Usage: node bench/lookups.ts FILE */
import { openDatabase } from '../src/advisories/database/index.ts';

const LOOKUPS = 10_000;
const STREAMS = ['npm', 'pypi', 'debian/12', 'maven', 'go'];
/** Names that have advisories, and as many that have none, as in an inventory. */
const KNOWN = [
  'lodash',
  'django',
  'openssl',
  'org.apache.logging.log4j:log4j-core',
  'golang.org/x/net',
  'curl',
  'express',
  'pillow',
];

const started = performance.now();
const opened = openDatabase(process.argv[2] ?? '');
if (!opened.ok) throw new Error(opened.problem.message);
let rows = 0;
for (let index = 0; index < LOOKUPS; index += 1) {
  const known = KNOWN[index % KNOWN.length] ?? '';
  const name = index % 2 === 0 ? known : `${known}-${index}`;
  rows += opened.value.lookup(STREAMS[(index >> 3) % STREAMS.length] ?? '', name).length;
}
const milliseconds = performance.now() - started;
if (rows === 0) throw new Error('no lookup found anything: the streams have other names than this script thinks');
process.stdout.write(`${milliseconds}\n`);
