/** Speed of version keys and range checks. Run: node bench/versions.ts */
import { compileRange, inRange, isProblem } from '../src/versions/range.ts';
import { schemes } from '../src/versions/registry.ts';

const ENCODINGS = 200_000;
const CHECKS = 1_000_000;

export interface SchemeFigures {
  readonly scheme: string;
  readonly microsecondsPerKey: number;
  /** Of a million range checks on keys. */
  readonly checksMilliseconds: number;
  /** How many of them were inside. */
  readonly inside: number;
}

function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Measures every versioning scheme in this process, one after the other. */
export function measureSchemes(): SchemeFigures[] {
  return Object.values(schemes).map((scheme) => {
    // Distinct texts, so that nothing is answered from a cache.
    const versions = Array.from({ length: 1000 }, (_, index) => {
      const example = scheme.examples[index % scheme.examples.length] ?? '1';
      return example.replace(/\d+(?=\D*$)/, (digits) => String(Number(digits) + (index % 17)));
    });
    const encode = () => {
      for (let index = 0; index < ENCODINGS; index += 1) scheme.key(versions[index % 1000] ?? '');
    };
    encode();
    const microsecondsPerKey = (milliseconds(encode) * 1000) / ENCODINGS;
    const keys = versions.flatMap((version) => {
      const key = scheme.key(version);
      return key.ok ? [key.value] : [];
    });
    const range = { introduced: versions[0] ?? '', fixed: versions[500] ?? '' };
    const bounds = compileRange(scheme, range);
    if (isProblem(bounds)) throw new Error(bounds.message);
    const keyed = { ...range, ...bounds };
    let inside = 0;
    const checksMilliseconds = milliseconds(() => {
      for (let index = 0; index < CHECKS; index += 1) if (inRange(keys[index % keys.length] ?? '', keyed)) inside += 1;
    });
    return { scheme: scheme.id, microsecondsPerKey, checksMilliseconds, inside };
  });
}

if (import.meta.main) {
  for (const { scheme, microsecondsPerKey, checksMilliseconds, inside } of measureSchemes()) {
    const checks = `1M range checks ${checksMilliseconds.toFixed(0)} ms (${inside} inside)`;
    console.log(`${scheme.padEnd(10)} ${microsecondsPerKey.toFixed(2)} µs/key   ${checks}`);
  }
}
