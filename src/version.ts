/** gradpool's own files and its version, as it was installed. */
import { existsSync, readFileSync } from 'node:fs';
import { UserError } from './errors.js';

/** From a folder below dist/, in the repository as in an installed package; of another's bundle anything. */
const here = import.meta.url as string | undefined;

function fromPackage(): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(new URL('../../package.json', here), 'utf8'));
    return name === 'gradpool' ? version : undefined;
  } catch {
    return undefined;
  }
}

const found = fromPackage();

/** The version; `unknown` inside a bundle. */
export const version = found ?? 'unknown';

/**
 * One of gradpool's own files below dist/, e.g. `workers/coordinator.js`.
 * @throws UserError inside a bundle, which has not brought it
 */
export function ownFile(path: string): URL {
  const url = found === undefined ? undefined : new URL(`../${path}`, here);
  if (url !== undefined && existsSync(url)) return url;
  if (found !== undefined) {
    throw new UserError(
      `expected gradpool's own file ${path}, found none: its folder is damaged; install it again`,
    );
  }
  throw new UserError(
    `expected gradpool's own file ${path} beside its code, found none: gradpool starts threads from files and cannot ` +
      'be put into a bundle; mark it as external (esbuild --external:gradpool; rollup external: ["gradpool"]; webpack ' +
      'externals: { gradpool: "import gradpool" }) and install it where the bundle runs',
  );
}
