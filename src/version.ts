/** gradpool's version, from the package it was installed with. */
import { readFileSync } from 'node:fs';

// from dist/src/, in the repository as in an installed package
export const version: string = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
).version;
