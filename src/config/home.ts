/** `~` in a path that no shell has seen. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { shortened } from '../errors.js';

/** Of a path that only a shell would understand: what to write; undefined for any other. */
export function aboutHome(path: string): string | undefined {
  if (!/^~[\w.-]*([/\\]|$)/.test(path)) return undefined;
  const rest = path.startsWith('~/') || path === '~' ? path.slice(2) : undefined;
  const whole = rest === undefined ? 'the whole path' : shortened(join(homedir(), rest), 1000);
  return `expected a path, got "${shortened(path)}": only a shell knows "~"; write ${whole}, or ./~… for that very name`;
}
