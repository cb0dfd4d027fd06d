/** Where this user's caches are. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** What of a process decides it. */
export interface CachePlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly cwd: string;
}

/**
 * The folder that the environment variable GRADPOOL_CACHE names (`off`: none), else that of the XDG base directory
 * specification, ~/.cache/gradpool mostly, on Windows the one in %LOCALAPPDATA%.
 * @param asked what a caller said: whether there is to be one, or which
 */
export function cacheFolder(
  asked: boolean | string = true,
  { env, platform, cwd }: CachePlace = { env: process.env, platform: process.platform, cwd: process.cwd() },
): string | undefined {
  if (asked === false) return undefined;
  if (typeof asked === 'string') return resolve(cwd, asked);
  const { GRADPOOL_CACHE: named, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
  if (named === 'off') return undefined;
  if (named) return resolve(cwd, named);
  if (platform === 'win32' && local) return join(local, 'gradpool', 'cache');
  // The specification says to pass over relative ones.
  if (xdg?.startsWith('/')) return join(xdg, 'gradpool');
  const home = homedir();
  return home === '' ? undefined : join(home, '.cache', 'gradpool');
}
