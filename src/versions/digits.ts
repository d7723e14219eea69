/** Numbers of any length as digit strings: compared directly, or as keys. No BigInt: neither is ever computed with. */

/** Without leading zeros; zero is the empty string. */
export function significant(digits: string): string {
  let start = 0;
  while (start < digits.length && digits.charCodeAt(start) === 0x30) start += 1;
  return start === 0 ? digits : digits.slice(start);
}

export function isDigits(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return false;
  }
  return text.length > 0;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function compareDigits(a: string, b: string): number {
  const left = significant(a);
  const right = significant(b);
  return left.length - right.length || compareText(left, right);
}

/** Compares lists of numbers where a missing number is 0, so that 1.0 equals 1. */
export function compareNumbersPadded(a: readonly string[], b: readonly string[]): number {
  const length = Math.max(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const order = compareDigits(a[index] ?? '', b[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** Compares lists element by element; the longer one wins when it starts with the shorter. */
export function compareLists<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): number {
  const length = Math.min(a.length, b.length);
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (index >= length || right === undefined) break;
    const order = compare(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** The list without the zeros at its end. */
export function withoutTrailingZeros(numbers: readonly string[]): readonly string[] {
  let length = numbers.length;
  while (length > 0 && significant(numbers[length - 1] ?? '') === '') length -= 1;
  return length === numbers.length ? numbers : numbers.slice(0, length);
}
