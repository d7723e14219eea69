/** What the command says while it works: one status line on a terminal, plain lines elsewhere. stdout is never touched here. */

export interface Progress {
  /** A step that takes long: replaces the status line on a terminal, is printed once otherwise. */
  step(text: string): void;
  /** A figure that changes quickly; shown on terminals only, at most ten times a second. */
  tick(text: string): void;
  /** A line that stays. */
  say(text: string): void;
  /** Removes the status line. */
  done(): void;
}

/** Progress for stderr; silent when `quiet`. */
export function progressOn(stream: NodeJS.WriteStream, quiet: boolean): Progress {
  if (quiet) return { step() {}, tick() {}, say() {}, done() {} };
  const live = stream.isTTY === true && process.env.TERM !== 'dumb';
  let shown = false;
  let last = 0;
  const clear = (): void => {
    if (shown) stream.write('\r\u001b[2K');
    shown = false;
  };
  const show = (text: string): void => {
    clear();
    stream.write(text.slice(0, (stream.columns ?? 80) - 1));
    shown = true;
  };
  return {
    step(text) {
      if (live) show(text);
      else stream.write(`vedette: ${text}\n`);
    },
    tick(text) {
      if (!live || performance.now() - last < 100) return;
      last = performance.now();
      show(text);
    },
    say(text) {
      clear();
      stream.write(`vedette: ${text}\n`);
    },
    done: clear,
  };
}

/** Whether to colour: a terminal, no NO_COLOR (https://no-color.org), or FORCE_COLOR. */
export function useColor(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== '') return false;
  if (process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== '' && process.env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && process.env.TERM !== 'dumb';
}
