/** What is asked again and again, and hardly ever changes. */
import type { Store } from './store.ts';

/** Answers kept; then all are forgotten. */
const MOST = 1000;

/**
 * Reads by name. What was read is kept until anything is written; where other processes write too, and what is not there (`undefined`),
 * is read every time.
 */
export function remembering<T>({ revision }: Pick<Store, 'revision'>, read: (name: string) => Promise<T>) {
  const kept = new Map<string, T>();
  let keptAt: number | undefined;
  return async (name: string): Promise<T> => {
    const now = revision();
    if (now === undefined) return read(name);
    if (now !== keptAt) {
      kept.clear();
      keptAt = now;
    }
    const known = kept.get(name);
    if (known !== undefined) return known;
    const value = await read(name);
    // Not when something was written meanwhile: this may be from before.
    if (keptAt === now && value !== undefined) {
      if (kept.size >= MOST) kept.clear();
      kept.set(name, value);
    }
    return value;
  };
}
