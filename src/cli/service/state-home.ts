/** Where the service, the agent and their keys live. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** VEDETTE_HOME, else `vedette` where the user's programs keep their state (XDG base directories). */
export function stateHome(env: NodeJS.ProcessEnv): string {
  if (env.VEDETTE_HOME) return env.VEDETTE_HOME;
  const { XDG_STATE_HOME: given = '' } = env;
  return join(isAbsolute(given) ? given : join(env.HOME || homedir(), '.local', 'state'), 'vedette');
}
