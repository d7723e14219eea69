/** Tags as the command line has them. */
import { CommandError, EXIT } from '../exit.ts';

/** `key=value` each; ends the command when one is not. */
export function tagsOf(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new CommandError(`--tag takes key=value; "${text}" is not.`, EXIT.usage);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
