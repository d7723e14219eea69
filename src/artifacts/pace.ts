/** Turns of the event loop in long loops: without them neither signals nor time limits are seen. */

/** Long enough to cost nothing, short enough for a user who presses Ctrl-C. */
const BETWEEN_MILLISECONDS = 50;
/** Looking at the clock has a price too. */
const LOOK_EVERY = 32;

/** To be called in every round; answers something to wait for when it is time. */
export function pacer(): () => Promise<void> | undefined {
  let rounds = 0;
  let last = performance.now();
  return () => {
    if (++rounds % LOOK_EVERY !== 0 || performance.now() - last < BETWEEN_MILLISECONDS) return undefined;
    return new Promise((resume) => {
      setImmediate(() => {
        last = performance.now();
        resume();
      });
    });
  };
}
