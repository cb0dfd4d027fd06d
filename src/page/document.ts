/**
 * A page as one file: script, style and data inside, nothing that a browser would have to fetch. What the page shows is in
 * pages/, which `workers/bundle.mjs` bundles; this only puts the parts together.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ownFile } from '../version.js';

/** The scripts of pages/, by their files' names. */
export type PageName = 'report' | 'live' | 'compare' | 'sweep';

export interface Page {
  readonly title: string;
  readonly page: PageName;
  /** What the script reads from `#data`: JSON. */
  readonly data: unknown;
  /** Whether its script asks the server that it came from; a file has none. */
  readonly connects?: boolean;
}

/** One of the files that pages/ is bundled to. */
export const asset = (name: string): string => readFileSync(ownFile(`pages/${name}`), 'utf8');

/** Text that stands for itself in HTML, between tags and in attributes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON that ends no script element, whatever strings are in it: `<` only stands in strings. */
export function scriptJson(data: unknown): string {
  return JSON.stringify(data).replace(/</g, '\\u003c');
}

/** As a Content Security Policy names a script or a style that stands in the page. */
export const sourceHash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The file's text. No script runs but the page's own: column names and labels are data. */
export function documentOf({ title, page, data, connects }: Page): string {
  const script = asset(`${page}.js`);
  const style = asset('page.css');
  const policy =
    `default-src 'none'; img-src data: blob:; style-src ${sourceHash(style)}; script-src ${sourceHash(script)}` +
    (connects ? "; connect-src 'self'" : '');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<main id="page"><noscript>This page draws itself with a script.</noscript></main>',
    `<script id="data" type="application/json">${scriptJson(data)}</script>`,
    `<script>${script}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}
