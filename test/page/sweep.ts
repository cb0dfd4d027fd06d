/** The page of a sweep in a browser. Skipped where there is none. */
import '../helpers/bare.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import t, { type Test } from 'tap';
import { realDisk } from '../../src/machine/disk.js';
import type { SweepResult, TrialResult } from '../../src/series.js';
import { writeSweepPage } from '../../src/sweep/page.js';
import { parameterOf } from '../../src/sweep/parameter.js';
import type { Sweep } from '../../src/sweep/spec.js';
import { fits, inBrowser, openedFile, violationsOn } from '../helpers/page.js';

/** What would be run if it were taken for HTML. */
const evil =
  '<img src=x onerror="document.title=\'broken into\'"></script><script>document.title="broken into"</script>';

await inBrowser(pages);

function sweepOf(trials: number, halving: boolean): { sweep: Sweep; result: SweepResult } {
  const parameters = [
    parameterOf('optimizer.learningRate', { log: [0.0001, 1] }),
    parameterOf('model.layers.0.units', [4, 8, 16]),
    parameterOf('data.target', ['species', evil]),
  ];
  const record = {
    search: { name: 'random' as const, trials, seed: 0, round: trials },
    halving: halving ? { every: '2 epochs', keep: 1 / 3 } : null,
    goal: 'validation loss',
    parameters: {},
  };
  const sweep = { name: 'penguins', record, parameters } as unknown as Sweep;
  const all = Array.from({ length: trials }, (_, k): TrialResult => {
    const u = (k + 0.5) / trials;
    const isBroken = k === 3;
    const value = isBroken ? null : 0.1 + Math.abs(u - 0.6);
    return {
      trial: k + 1,
      values: Object.fromEntries(parameters.map(({ path, value }) => [path, value((u * 7) % 1)])),
      state: isBroken ? 'broken' : halving && k % 3 > 0 ? 'dropped' : 'done',
      ...(isBroken && { message: `In step 3 ${evil} became Infinity` }),
      rounds: value === null ? [] : [value],
      value,
      steps: 10,
      epochs: 2,
      bestStep: 10,
      validLoss: value,
      validMetrics: {},
      bestHash: 'sha256:00',
      trainSeconds: 1.5,
      folder: `sweeps/penguins/trial-${k + 1}`,
    };
  });
  const done = all.filter(({ state }) => state === 'done').sort((a, b) => Number(a.value) - Number(b.value));
  const result: SweepResult = {
    name: 'penguins',
    folder: 'sweeps/penguins',
    goal: 'validation loss',
    better: 'lower',
    trials: all,
    best: done[0] ?? null,
    bestFile: 'sweeps/penguins/best.yaml',
    page: '',
    importance: parameters.map(({ path }, k) => ({ path, share: trials < 8 ? null : 0.5 / (k + 1) })),
    final: halving
      ? null
      : { runDir: 'f', testLoss: 0.3, testMetrics: { accuracy: 0.9 }, bestHash: '', same: true },
    stopped: false,
  };
  return { sweep, result };
}

async function pages(browser: Browser) {
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-sweep-page-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const opened = (t: Test, name: string, colorScheme: 'light' | 'dark', bypassCSP: boolean) =>
    openedFile(t, browser, join(folder, name), colorScheme, bypassCSP);

  t.test('every trial is a line, a point in each chart, and a row', async (t) => {
    const { sweep, result } = sweepOf(24, false);
    await writeSweepPage(realDisk, sweep, { ...result, page: join(folder, 'plain.html') }, false);
    for (const scheme of ['light', 'dark'] as const) {
      const { page, heard } = await opened(t, 'plain.html', scheme, true);
      if (scheme === 'light') {
        await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      }
      t.same(await violationsOn(page), [], `${scheme}: nothing for axe to find`);
      await fits(t, page, scheme);
      t.same(heard, [], `${scheme}: no complaint, no request`);
    }

    const { page, heard } = await opened(t, 'plain.html', 'light', false);
    t.equal(await page.title(), 'penguins: gradpool sweep', 'labels are shown, not run');
    const known = result.trials.filter(({ value }) => value !== null);
    const trials = (selector: string) =>
      page.locator(selector).evaluateAll((all) => all.map((one) => Number(one.getAttribute('data-trial'))));
    const sorted = (numbers: number[]) => [...numbers].sort((a, b) => a - b);
    t.same(
      sorted(await trials('.coordinates polyline')),
      known.map(({ trial }) => trial),
    );
    t.same(await trials('.coordinates .best'), [result.best?.trial]);
    t.equal((await trials('circle.point')).length, 3 * known.length);
    // The heights of points follow the goal: the lower the loss, the lower the point.
    const heights = await page
      .locator('figure:has(figcaption:text-is("optimizer.learningRate")) circle.point')
      .evaluateAll((all) =>
        all.map((one) => [Number(one.getAttribute('data-trial')), Number(one.getAttribute('cy'))]),
      );
    const byHeight = heights.sort((a, b) => b[1] - a[1]).map(([trial]) => result.trials[trial - 1].value);
    t.same(
      byHeight,
      [...byHeight].sort((a, b) => Number(a) - Number(b)),
    );

    // By the keyboard alone: only the best.
    const slider = page.getByRole('slider', { name: 'Show the best trials only' });
    await slider.focus();
    for (let k = 0; k < 10; k++) await page.keyboard.press('PageUp');
    t.equal(await page.locator('.coordinates polyline:visible').count(), 1);

    const table = page.locator('section', { has: page.getByRole('heading', { name: 'All trials' }) });
    t.equal(await table.locator('tbody tr').count(), 24);
    t.equal(
      await table.locator('tbody tr').first().locator('td').first().textContent(),
      String(result.best?.trial),
    );
    t.ok((await table.textContent())?.includes(evil), 'as it is');
    t.ok(
      (await page.locator('.importance tbody tr').allInnerTexts())[0].startsWith('optimizer.learningRate'),
    );
    t.same(heard, []);
  });

  t.test('of few trials, and of halved ones under way', async (t) => {
    const halved = sweepOf(12, true);
    await writeSweepPage(
      realDisk,
      halved.sweep,
      { ...halved.result, page: join(folder, 'halved.html') },
      true,
    );
    const { page, heard } = await opened(t, 'halved.html', 'light', false);
    t.match(
      await page.locator('header').textContent(),
      /running.*33\.3 % .*Written \d{4}-.* every ten seconds/,
    );
    t.match(await page.locator('main').textContent(), /validation loss after 2 epochs/);
    const none = sweepOf(5, false);
    const waiting = none.result.trials.map((trial) => ({
      ...trial,
      state: 'waiting' as const,
      rounds: [],
      value: null,
    }));
    const empty = { ...none.result, trials: waiting, best: null, bestFile: null, final: null };
    await writeSweepPage(realDisk, none.sweep, { ...empty, page: join(folder, 'none.html') }, true);
    const other = await opened(t, 'none.html', 'dark', false);
    t.match(await other.page.locator('main').textContent(), /0 of 5/);
    t.same([...heard, ...other.heard], []);
  });

  t.test('an axis that is even in the logarithm has a place for 0, and its ends are told', async (t) => {
    const { sweep, result } = sweepOf(12, false);
    const trials = result.trials.map((trial, k) => {
      const value = k === 5 ? 0 : 10 ** (k - 6);
      return trial.value === null ? trial : { ...trial, value, rounds: [value] };
    });
    const name = 'zero.html';
    await writeSweepPage(
      realDisk,
      sweep,
      { ...result, trials, best: trials[5], page: join(folder, name) },
      false,
    );
    const { page } = await opened(t, name, 'light', false);
    const points = await page
      .locator('.coordinates polyline')
      .evaluateAll((all) => all.map((one) => [one.getAttribute('data-trial'), one.getAttribute('points')]));
    const height = (trial: number) =>
      Number(
        points
          .find(([each]) => each === String(trial))?.[1]
          ?.split(',')
          .at(-1),
      );
    // One tenth below the least, 1e-6, and a decade everywhere the same.
    t.ok(height(6) > height(1) + 20, 'the lower, the further down');
    t.ok(Math.abs(height(8) - height(9) - (height(9) - height(10))) < 0.3);
    t.ok(Math.abs(height(1) - height(2) - (height(8) - height(9))) < 0.3);
    const texts = await page.locator('.coordinates text:not(.name)').allTextContents();
    const shown = trials.map(({ values }) => Number(values['optimizer.learningRate']));
    const ends = [Math.min(...shown), Math.max(...shown)].map((value) => value.toPrecision(4));
    for (const text of ['0', '1e-6', ...ends]) t.ok(texts.includes(text), `${text} of ${texts}`);
  });

  t.test('under way it loads itself again, but not under the hands of a reader, nor for ever', async (t) => {
    const { sweep, result } = sweepOf(12, false);
    const write = (stopped = false, open = true) =>
      writeSweepPage(realDisk, sweep, { ...result, stopped, page: join(folder, 'follow.html') }, open);
    await write();
    const { page } = await opened(t, 'follow.html', 'light', false);
    // The page's clock stands still but for what is asked of it.
    await page.clock.install();
    await page.reload();
    let loads = 0;
    page.on('load', () => loads++);
    const after = async (ms: number) => {
      await page.clock.fastForward(ms);
      await page.waitForTimeout(100);
      return loads;
    };
    await page.locator('summary').first().click();
    t.equal(await after(25_000), 0, 'numbers are looked at');
    await page.locator('summary').first().click();
    await write(true);
    const loaded = page.waitForEvent('load');
    await after(25_000);
    await loaded;
    t.match(
      await page.locator('header').textContent(),
      /stopped.* goes on with it; then load this page again/,
    );
    loads = 0;
    t.equal(await after(60_000), 0, 'nothing is to come');
    await write();
    await page.clock.setFixedTime(Date.now() + 6 * 60_000);
    await page.reload();
    t.match(await page.locator('header').textContent(), /no news.*the command that began it goes on/);
  });
}
