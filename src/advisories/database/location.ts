/** Where the compiled database and downloaded sources are kept. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** VEDETTE_HOME, else `vedette` in the user's cache directory (XDG base directories). */
function vedetteHome(env: Environment): string {
  if (env.VEDETTE_HOME) return env.VEDETTE_HOME;
  // The specification: relative paths in it are to be ignored.
  const { XDG_CACHE_HOME: given = '' } = env;
  return join(isAbsolute(given) ? given : join(env.HOME || homedir(), '.cache'), 'vedette');
}

/** VEDETTE_DB, else `advisories.vdb` in Vedette's home. */
export function databasePath(env: Environment): string {
  return env.VEDETTE_DB || join(vedetteHome(env), 'advisories.vdb');
}

/** Downloaded sources, in the layout of a mirror. */
export function sourcesDirectory(env: Environment): string {
  return join(vedetteHome(env), 'sources');
}
