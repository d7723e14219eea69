/** What a test set up goes away with it, the last thing first. */
import type { TestContext } from 'node:test';

type Undo = () => unknown;

const undos = new WeakMap<TestContext, Undo[]>();

/**
 * Undoes something when the test ends: what was set up later first, so that a directory goes after the processes and stores that write to
 * it, and everything even when something of it fails (the runner's own hooks go the other way, and stop there). What fails fails the test.
 */
export function atEnd(context: TestContext, undo: Undo): void {
  const known = undos.get(context);
  if (known !== undefined) return void known.push(undo);
  const own = [undo];
  undos.set(context, own);
  context.after(async () => {
    const failed: unknown[] = [];
    for (let next = own.pop(); next !== undefined; next = own.pop()) {
      try {
        await next();
      } catch (error) {
        failed.push(error);
      }
    }
    if (failed.length > 0) throw failed.length === 1 ? failed[0] : new AggregateError(failed);
  });
}
