/** The page of a comparison in a browser. Skipped where there is none. */
import '../helpers/bare.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Comparison } from '../../src/history/compare.js';
import { writeComparison } from '../../src/page/compare.js';
import { fits, inBrowser, openedFile, violationsOn } from '../helpers/page.js';

const EPOCHS = 5000;
const hostile = '<img src=x onerror="document.title=1">';
const figuresOf = (loss: number) => ({ test: { loss }, validation: { loss } });
const run = (k: number, seed: number) => ({
  folder: `runs/${hostile}${k}`,
  name: `${hostile}${k}`,
  state: 'done' as const,
  at: '2026-01-01T00:00:00.000Z',
  seed,
  monitor: 'loss',
  figures: figuresOf(k),
  bestStep: 10,
  bestHash: 'sha256:abcdef',
  weightsHash: 'sha256:abcdef',
  dataHash: 'a',
  splitHash: 'b',
  epochs: Array.from({ length: EPOCHS }, (_, e) => ({
    event: 'epoch' as const,
    epoch: e + 1,
    step: e + 1,
    trainLoss: k + 1 / (e + 1),
    // One peak, which a page with fewer points still has.
    validLoss: e === 1234 ? 100 + k : k + 2 / (e + 1),
    validMetrics: {},
    trainSeconds: e,
    examplesPerSecond: 1,
    learningRate: 0.1,
  })),
});
const comparison: Comparison = {
  runs: [run(0, 1), run(1, 2), run(2, 1), run(3, 2)],
  copies: [],
  notes: [`the two count as one run: ${hostile}`],
  groups: [
    { label: 'A', runs: [0, 1] },
    { label: 'B', runs: [2, 3] },
  ],
  differing: [{ key: `optimizer.${hostile}`, values: [0.1, hostile] }],
  comparable: false,
  obstacles: [`the split differs: ${hostile}`],
  figures: [
    {
      part: 'test',
      name: 'loss',
      values: [{ mean: 0.5, deviation: 0.7, runs: 2 }, null],
      best: null,
    },
  ],
  significance: [
    {
      groups: ['A', 'B'],
      part: 'test',
      figure: 'loss',
      difference: 2,
      seeds: [1, 2],
      tests: [{ test: 'paired t-test', statistic: null, p: null, reason: 'all pairs differ by the same' }],
    },
  ],
};

await inBrowser(async (browser) => {
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = await writeComparison(comparison, join(folder, 'new', 'page.html'));
  for (const colorScheme of ['light', 'dark'] as const) {
    t.test(`${colorScheme}: what it shows, what axe finds, at any width`, async (t) => {
      const { page, heard } = await openedFile(t, browser, path, colorScheme);
      const text = await page.evaluate<string>("document.querySelector('main').innerText");
      for (const each of [
        '4 runs compared',
        hostile,
        'the split differs',
        'the two count as one run',
        'all pairs differ by the same',
      ])
        t.ok(text.includes(each), each);
      t.not(await page.title(), '1', 'names are shown, not run');
      const shown = await page.evaluate<number[][]>(
        "Array.from(document.querySelector('figure').shown(), (values) => Array.from(values))",
      );
      t.equal(shown.length, 5, 'a curve a run');
      t.ok(shown[0].length < EPOCHS);
      for (const [k, peak] of [100, 101, 102, 103].entries())
        t.equal(Math.max(...shown[k + 1].filter((value) => value !== null)), peak);
      t.equal(shown[1][0], 2);
      t.same(await violationsOn(page), []);
      await fits(t, page, colorScheme);
      t.same(heard, [], 'no complaint, no request');
    });
  }
});
