/** RubyGems requirements: `~> 2.3.1, >= 2.3.1.2`. https://guides.rubygems.org/patterns/#pessimistic-version-constraint */
import { schemes } from '../../../versions/registry.ts';
import { comparison, type Interval, meet } from '../intervals.ts';
import { Malformed } from '../reading.ts';

/**
 * `~> 2.3.1` is `>= 2.3.1` and below 2.4 with all its pre-releases: the last number is dropped and the one before raised.
 * `.a` names the start of the pre-releases.
 */
function pessimistic(version: string): Interval {
  const numbers: number[] = [];
  for (const part of version.replace(/-.*$/s, '').split('.')) {
    if (!/^\d{1,15}$/.test(part)) break;
    numbers.push(Number(part));
  }
  if (numbers.length > 1) numbers.pop();
  const last = numbers.pop();
  if (last === undefined) throw new Malformed(`"~> ${version.slice(0, 100)}" is no requirement`);
  return { low: { version, inclusive: true }, high: { version: `${[...numbers, last + 1].join('.')}.a`, inclusive: false } };
}

/** One requirement of several comparisons. Throws `Malformed`. */
export function readRequirement(text: string): Interval {
  const parts = text.split(',', 20).map((part) => {
    const loose = /^\s*~>\s*(\S{1,200})\s*$/.exec(part)?.[1];
    const interval = loose === undefined ? comparison(part) : pessimistic(loose);
    if (interval === undefined) throw new Malformed(`"${text.slice(0, 100)}" is no requirement`);
    return interval;
  });
  return meet(parts, schemes.gem);
}
