/** Who writes: one at a time, in the order in which they came. */

export interface Turns {
  /** Waits for the turn; gives what ends it. */
  take(): Promise<() => void>;
}

export interface CountedTurns extends Turns {
  /** How many have ended. */
  ended(): number;
}

/** Turns within one thread. */
export function turns(): CountedTurns {
  let last: Promise<void> = Promise.resolve();
  let ended = 0;
  return {
    async take() {
      const before = last;
      let done: () => void = () => undefined;
      last = new Promise((resolve) => {
        done = resolve;
      });
      await before;
      return () => {
        ended += 1;
        done();
      };
    },
    ended: () => ended,
  };
}
