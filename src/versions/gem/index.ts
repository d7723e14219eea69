/**
 * RubyGems: segments of digits or letters, letters make a pre-release; zeros at the end of either part do not count. The platform
 * behind a hyphen is dropped.
 */

import { defineScheme } from '../define.ts';
import { compareDigits, compareText, isDigits, significant, withoutTrailingZeros } from '../digits.ts';
import { countKey, numberKey } from '../key.ts';

const FORM = /^\d[0-9A-Za-z]*(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
const PLATFORM =
  /-(?:(?:x86|x64|i386|i686|x86_64|aarch64|arm64|arm|armv6|armv7|armv7l|powerpc|ppc64le|s390x|riscv64|universal)(?:[-_.].*)?|java|jruby|dalvik|dotnet|mswin\d*|mingw\d*)$/;

function parse(text: string): readonly string[] | undefined {
  const bare = text.replace(PLATFORM, '');
  if (!FORM.test(bare)) return undefined;
  const segments = bare.replaceAll('-', '.pre.').match(/[0-9]+|[A-Za-z]+/g) ?? [];
  const firstWord = segments.findIndex((segment) => !isDigits(segment));
  if (firstWord < 0) return withoutTrailingZeros(segments);
  return [...withoutTrailingZeros(segments.slice(0, firstWord)), ...withoutTrailingZeros(segments.slice(firstWord))];
}

function compare(a: readonly string[], b: readonly string[]): number {
  const length = Math.max(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a[index] ?? '0';
    const right = b[index] ?? '0';
    const numeric = isDigits(left);
    if (numeric !== isDigits(right)) return numeric ? 1 : -1;
    const order = numeric ? compareDigits(left, right) : compareText(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * The end is endless zeros, so a run of zeros is judged by what follows it: below the end when that is a word (the more zeros the
 * nearer), above it when that is a number. Word 1, zeros before a word 2, end 3, zeros before a number 4, number 5.
 */
function encode(segments: readonly string[]): string {
  let key = '';
  let zeros = 0;
  for (const segment of segments) {
    if (!isDigits(segment)) {
      key += zeros > 0 ? `\x02${countKey(zeros)}\x01${segment}\0` : `\x01${segment}\0`;
      zeros = 0;
    } else if (significant(segment) === '') zeros += 1;
    else {
      key += zeros > 0 ? `\x04${countKey(0xffff - zeros)}\x05${numberKey(segment)}` : `\x05${numberKey(segment)}`;
      zeros = 0;
    }
  }
  return `${key}\x03`;
}

export const gem = defineScheme<readonly string[]>({
  id: 'gem',
  specification: ['https://docs.ruby-lang.org/en/master/Gem/Version.html'],
  examples: ['1.2.4', '1.0.a10', '1.2.4.beta', '1.15.0-x86_64-linux', '1.0.0-rc1'],
  parse,
  compare,
  encode,
});
