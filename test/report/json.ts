import t from 'tap';
import { jsonReport } from '../../src/report/json.js';

const events = (quiet: boolean, ...sent: { at: number; event: string; [key: string]: unknown }[]) => {
  const lines: string[] = [];
  let now = 0;
  const report = jsonReport(
    (text) => lines.push(text),
    quiet,
    () => now,
  );
  for (const { at, ...event } of sent) {
    now = at;
    report(event);
  }
  return lines;
};

t.test('one object a line; what JSON has no number for is null', async (t) => {
  t.same(events(false, { at: 0, event: 'epoch', loss: Number.NaN, left: Number.POSITIVE_INFINITY }), [
    '{"event":"epoch","loss":null,"left":null}\n',
  ]);
});

t.test('progress at most once a second, everything else at once', async (t) => {
  const sent = [0.1, 0.9, 1.1, 1.2, 2, 2.2, 2.3].map((at) => ({ at, event: 'progress', n: at }));
  t.same(
    events(false, ...sent, { at: 2.3, event: 'done' }).map((line) => JSON.parse(line).n),
    [1.1, 2.2, undefined],
  );
});

t.test('quiet: the result alone', async (t) => {
  t.same(events(true, { at: 0, event: 'start' }, { at: 9, event: 'progress' }, { at: 9, event: 'done' }), [
    '{"event":"done"}\n',
  ]);
});
