/** What changed between two builds, by (stream, name): exactly what has to be matched again. */
import { byText } from './merge.ts';
import type { FileDatabase } from './open.ts';

export interface Change {
  readonly stream: string;
  readonly name: string;
  readonly change: 'added' | 'changed' | 'removed';
}

function order(a: { readonly stream: string; readonly name: string }, b: typeof a): number {
  return byText(a.stream, b.stream) || byText(a.name, b.name);
}

/** Both are sorted alike, so that one walk over each is enough; rows are not read, only their hashes. */
export function diffDatabases(older: FileDatabase, newer: FileDatabase): readonly Change[] {
  const changes: Change[] = [];
  const left = older.groups()[Symbol.iterator]();
  const right = newer.groups()[Symbol.iterator]();
  let [a, b] = [left.next(), right.next()];
  while (a.done !== true || b.done !== true) {
    const side = a.done === true ? 1 : b.done === true ? -1 : order(a.value, b.value);
    if (side < 0 && a.done !== true) changes.push({ stream: a.value.stream, name: a.value.name, change: 'removed' });
    else if (b.done !== true) {
      const { stream, name, hash } = b.value;
      if (side > 0) changes.push({ stream, name, change: 'added' });
      else if (a.done !== true && a.value.hash !== hash) changes.push({ stream, name, change: 'changed' });
    }
    if (side <= 0) a = left.next();
    if (side >= 0) b = right.next();
  }
  return changes;
}

/** One line for each change. */
export function* renderDiff(changes: readonly Change[]): Iterable<string> {
  for (const { stream, name, change } of changes) yield `${change.padEnd(7)}  ${stream}  ${name}\n`;
  const count = (kind: Change['change']) => changes.filter(({ change }) => change === kind).length;
  yield `${changes.length === 0 ? 'no difference' : `${count('added')} added, ${count('changed')} changed, ${count('removed')} removed`}\n`;
}
