/** Opens a compiled database and looks 10,000 packages up, in a process of its own; prints the milliseconds. Usage: node bench/lookups.ts FILE */
import { openDatabase } from '../src/advisories/database/index.ts';

const LOOKUPS = 10_000;
/** Packages that have advisories; as many names that have none are asked for, as in an inventory. */
const KNOWN = [
  ['npm', 'lodash'],
  ['PyPI', 'django'],
  ['debian/12', 'openssl'],
  ['Maven', 'org.apache.logging.log4j:log4j-core'],
  ['Go', 'golang.org/x/net'],
  ['debian/12', 'curl'],
  ['npm', 'express'],
  ['PyPI', 'pillow'],
] as const;

const started = performance.now();
const opened = openDatabase(process.argv[2] ?? '');
if (!opened.ok) throw new Error(opened.problem.message);
let rows = 0;
for (let index = 0; index < LOOKUPS; index += 1) {
  const [stream, name] = KNOWN[(index >> 1) % KNOWN.length] ?? KNOWN[0];
  rows += opened.value.lookup(stream, index % 2 === 0 ? name : `${name}-${index}`).length;
}
const milliseconds = performance.now() - started;
if (rows === 0) throw new Error('no lookup found anything: the streams have other names than this script thinks');
process.stdout.write(`${milliseconds}\n`);
