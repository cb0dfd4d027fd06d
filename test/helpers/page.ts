/** Pages that are files, in a browser: whatever one complains of, or asks for, is heard. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { chromium } from './chromium.js';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Has tests of pages made with this machine's browser; a file of tests is skipped where there is none. */
export async function inBrowser(tests: (browser: Browser) => Promise<void>): Promise<void> {
  const found = chromium();
  if (typeof found === 'string') {
    t.plan(0, found);
    return;
  }
  const browser = await found.launch();
  t.teardown(() => browser.close());
  await tests(browser);
}

/** @param bypassCSP without the page's own policy, for the tool that looks at it: the policy has tests of its own */
export async function openedFile(
  t: Test,
  browser: Browser,
  path: string,
  colorScheme: 'light' | 'dark' = 'light',
  bypassCSP = true,
): Promise<{ page: Page; heard: string[] }> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    colorScheme,
    bypassCSP,
  });
  t.teardown(() => context.close());
  const page = await context.newPage();
  const heard: string[] = [];
  page.on('console', (message) => heard.push(message.text()));
  page.on('pageerror', (error) => heard.push(error.message));
  page.on('dialog', (dialog) => heard.push(`dialog ${dialog.message()}`));
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) heard.push(`request ${request.url()}`);
  });
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector('h1');
  return { page, heard };
}

/** What axe finds on a page, each rule with the first element that breaks it. */
export async function violationsOn(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axe });
  return page.evaluate<string[]>(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))",
  );
}

/** From a phone to a wall: nothing of a page stands out to the right. */
export async function fits(t: Test, page: Page, what: string): Promise<void> {
  for (const width of [320, 768, 1920, 3840]) {
    await page.setViewportSize({ width, height: 900 });
    // Charts take their new width with the next frames.
    const fit = page.waitForFunction(`document.documentElement.scrollWidth <= ${width}`);
    t.ok(await fit.catch(() => false), `${what}: ${width} pixels wide`);
  }
}
