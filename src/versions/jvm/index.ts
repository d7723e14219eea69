/**
 * Java runtimes, in the old form 1.8.0_292 (also 8u292) and the new 11.0.11+9: both are numbers, a pre-release and a build. The
 * old 1.8.0_292 is 8.0.292. Advisories rarely name builds, so an inclusive upper bound without one means all builds.
 */

import { defineScheme } from '../define.ts';
import { compareDigits, compareNumbersPadded, compareText, isDigits, withoutTrailingZeros } from '../digits.ts';
import { numberKey } from '../key.ts';

interface JavaVersion {
  readonly numbers: readonly string[];
  readonly pre?: string;
  readonly build?: string;
}

const OLD =
  /^(?:jdk|jre)?-?(?:1\.(\d+)(?:\.(\d+))?(?:\.\d+)*(?:_(\d+))?|(\d+)u(\d+))(?:-?b(\d+))?(?:-([A-Za-z][A-Za-z0-9]*))?(?:-b(\d+))?$/;
const NEW = /^(?:jdk|jre)?-?(\d+(?:\.\d+)*)(?:-([A-Za-z][A-Za-z0-9]*))?(?:\+-?(\d+)?(?:[-.][-A-Za-z0-9.]*)?)?$/;

/** Words that vendors append and that say nothing of the order (`-LTS`, `-Ubuntu`) are not pre-releases. */
function preRelease(word: string | undefined): string | undefined {
  return word !== undefined && /^(?:ea|internal|beta|rc|alpha|snapshot)\d*$/i.test(word) ? word.toLowerCase() : undefined;
}

function parse(text: string): JavaVersion | undefined {
  const old = OLD.exec(text);
  if (old) {
    const [, feature, interim, update, shortFeature, shortUpdate, build, word, lateBuild] = old;
    const numbers = [feature ?? shortFeature ?? '', interim ?? '0', update ?? shortUpdate ?? '0'];
    return { numbers, pre: preRelease(word), build: build ?? lateBuild };
  }
  const [whole, numbers, word, build] = NEW.exec(text) ?? [];
  return whole === undefined || numbers === undefined ? undefined : { numbers: numbers.split('.'), pre: preRelease(word), build };
}

/** `rc2` below `rc10`: the word, then its number. */
function splitPre(pre: string): readonly [string, string] {
  const word = pre.replace(/\d+$/, '');
  return [word, pre.slice(word.length)];
}

function compare(a: JavaVersion, b: JavaVersion): number {
  const order = compareNumbersPadded(a.numbers, b.numbers);
  if (order !== 0) return order;
  if (a.pre !== undefined && b.pre !== undefined) {
    const [left, leftNumber] = splitPre(a.pre);
    const [right, rightNumber] = splitPre(b.pre);
    const byPre = compareText(left, right) || compareDigits(leftNumber, rightNumber);
    if (byPre !== 0) return byPre;
  } else if (a.pre !== b.pre) return a.pre === undefined ? 1 : -1;
  if (a.build === undefined || b.build === undefined) return Number(a.build !== undefined) - Number(b.build !== undefined);
  return compareDigits(a.build, b.build);
}

function encode({ numbers, pre, build }: JavaVersion): string {
  const significant = withoutTrailingZeros(numbers).map((number) => `\x02${numberKey(number)}`);
  let key = `${significant.join('')}\x01`;
  if (pre === undefined) key += '\x02';
  else {
    const [word, number] = splitPre(pre);
    key += `\x01${word}\0${numberKey(number)}`;
  }
  return key + (build === undefined || !isDigits(build) ? '\x01' : `\x02${numberKey(build)}`);
}

export const jvm = defineScheme<JavaVersion>({
  id: 'jvm',
  specification: [
    'https://openjdk.org/jeps/223',
    'https://openjdk.org/jeps/322',
    'https://www.oracle.com/java/technologies/javase/versioning-naming.html',
  ],
  examples: ['1.8.0_292', '8u292', '1.8.0_292-b10', '11.0.11+9', '17-ea+5', '21.0.1+12-LTS'],
  parse,
  compare,
  encode,
  encodeFamily: (parsed) => (parsed.build === undefined ? `${encode(parsed).slice(0, -1)}\xff` : encode(parsed)),
});
