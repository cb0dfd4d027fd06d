/** The browser that this machine has. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium as driver } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** What starts it, or why there is none. */
export function chromium(): { launch(): Promise<Browser> } | string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const path = [
    process.env.CHROME_PATH,
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
  ].find((each) => each !== undefined && isProgram(each));
  if (path === undefined) return 'no Chromium is installed (apt-get install chromium, or CHROME_PATH)';
  // A container's root has no sandbox; the pages are ours.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return { launch: () => driver.launch({ executablePath: path, args }) };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
