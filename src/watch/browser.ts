/** Opens an address in somebody's browser, where somebody sits before it. */
import { spawn } from 'node:child_process';
import { isatty } from 'node:tty';

/** Whether there is a browser to be seen: not in a service or a build, and not at the far end of an ssh. */
export function hasBrowser(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  isTerminal: (stream: number) => boolean = isatty,
): boolean {
  const isSet = (name: string) => (env[name] ?? '') !== '';
  if ((isSet('CI') && env.CI !== 'false') || ![1, 2].some(isTerminal)) return false;
  const hasDisplay = isSet('DISPLAY') || isSet('WAYLAND_DISPLAY');
  if (isSet('SSH_CONNECTION') || isSet('SSH_TTY')) return hasDisplay;
  return platform === 'darwin' || platform === 'win32' || hasDisplay;
}

/** What opens addresses, by platform; elsewhere as on Linux. */
const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  // `start` is the shell's, which would take & and % for its own.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Resolves to whether something took it. */
export function openBrowser(url: string, platform: NodeJS.Platform = process.platform): Promise<boolean> {
  const [command, ...words] = openers[platform] ?? ['xdg-open'];
  return new Promise((resolve) => {
    const child = spawn(command, [...words, url], { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
    child.unref();
  });
}
