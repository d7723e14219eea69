/** How V8 keeps the heaps of this process: small while nothing is asked of it, fast while something is. */
import { setFlagsFromString } from 'node:v8';

/** Milliseconds without requests or work after which heaps are kept small again. */
const REST_MS = 60_000;

export interface Heaps {
  /** Somebody asks for something. */
  awake(): void;
  /** Work that takes long begins (true) or has ended. */
  hold(working: boolean): void;
}

/**
 * Small heaps take a server at rest 10 to 15 MB less, but a third more processor time for each request. The flag is of the whole process,
 * threads among it, and is looked at whenever memory is collected, so it can be changed at any time.
 */
export function heapsByNeed(): Heaps {
  let working = false;
  let timer: NodeJS.Timeout | undefined;
  const rest = (): void => {
    timer = undefined;
    if (!working) setFlagsFromString('--optimize-for-size');
  };
  const awake = (): void => {
    if (timer !== undefined) timer.refresh();
    else {
      setFlagsFromString('--no-optimize-for-size');
      timer = setTimeout(rest, REST_MS).unref();
    }
  };
  rest();
  return {
    awake,
    hold(now) {
      working = now;
      awake();
    },
  };
}
