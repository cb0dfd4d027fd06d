/** The live page: the runs of a folder, and one of them as it goes on. */
import { element, pageData } from './kit.js';
import { classes, list, set, words } from './live/list.js';
import { Run } from './live/run.js';
import { addressOf, type Listener, listen } from './live/stream.js';
import type { Given, Row } from './live/types.js';
import { view } from './live/view.js';

const given = pageData<Given>();
const asked = () => new URLSearchParams(location.search).get('run');

let selected = asked() ?? given.selected ?? '';
let run = new Run();
let rows: readonly Row[] = [];
let isOver = false;
let isConnected = true;
/** The run that is shown was in the list, and is there no more; or never was. */
let isListed = false;
let isGone = false;
let close = () => {};
let shown = view();

const notice = element('p', { class: 'notice', role: 'status' });
const title = element('h1', {}, selected || given.folder);
const badge = element('span', { hidden: '' });
const stop = element('button', { type: 'button', class: 'stop' }, 'Stop this run');
const host = element('section', { 'aria-label': 'The run' });
const runs = list(choose);

/**
 * Events may come by the thousand, and curves may have as many points: drawing takes a fifth of the time at most. Where the
 * machine stood still meanwhile, that is no reason to wait.
 */
const LONGEST_PAUSE_MS = 2_000;
let due = false;
let took = 0;
function draw(): void {
  if (due) return;
  due = true;
  setTimeout(
    () => {
      const begun = performance.now();
      due = false;
      drawNow();
      took = performance.now() - begun;
    },
    Math.min(LONGEST_PAUSE_MS, Math.max(100, 4 * took)),
  );
}

function drawNow(): void {
  const known = rows.map(newest);
  // A run of this program may have begun since the folder was looked at.
  const begun = selected === given.own && run.start !== undefined && !isOver ? 'running' : undefined;
  const row = known.find(({ name }) => name === selected);
  const state = row?.state ?? begun;
  set(title, selected || given.folder);
  badge.hidden = state === undefined;
  if (state !== undefined) {
    badge.className = classes[state];
    set(badge, words[state]);
  }
  stop.hidden = isOver || selected !== given.own || state !== 'running' || run.done !== undefined;
  shown.update(run, state, row);
  runs.update(known, selected);
  const total = run.start ? run.start.epochs * run.start.stepsPerEpoch : 0;
  const share = total > 0 && state === 'running' ? `${Math.floor((100 * run.step) / total)} % ` : '';
  document.title = `${share}${selected || given.folder}: gradpool`;
  document.documentElement.dataset.step = String(run.done?.steps ?? run.step);
}

/** The run that is shown is known better than the list has it, which comes more seldom. */
function newest(row: Row): Row {
  const { step, epochs, done } = run;
  // What is broken is so whatever its events say.
  if (row.name !== selected || row.state === 'broken') return row;
  if (done !== undefined)
    return { ...row, state: done.stopped ? 'stopped' : 'done', bestValue: done.bestValue };
  if (step <= (row.step ?? 0)) return row;
  return { ...row, step, validLoss: epochs.at(-1)?.validLoss ?? row.validLoss };
}

function say(text: string, kind = ''): void {
  notice.className = `notice ${kind}`;
  set(notice, text);
  notice.hidden = text === '';
}

/** What is wrong, if anything is. */
function sayState(): void {
  if (isOver) return;
  if (!isConnected) say('No connection to gradpool: trying again. What is here stays.', 'bad');
  else if (!isGone) say('');
  else if (isListed)
    say(`The folder of ${selected} is gone. What is here stays as long as this page.`, 'bad');
  else say(`There is no run ${selected} in ${given.folder}.`, 'bad');
}

/** The list is as long as the server makes it: a run that is not in it may have fallen off its end. */
const MOST_RUNS = 500;

function listed(now: readonly Row[]): void {
  rows = now;
  const isThere = now.some(({ name }) => name === selected);
  const wasGone = isGone;
  if (isThere) isListed = true;
  isGone = !isThere && (isListed || wasGone) && now.length < MOST_RUNS;
  sayState();
  if (wasGone && isThere) show();
}

/** Shows a run from its first event on. */
function show(): void {
  close();
  run = new Run();
  isListed = false;
  isGone = false;
  shown = view();
  host.replaceChildren(shown.node);
  const listener: Listener = {
    told(events, anew) {
      if (anew) run = new Run();
      for (const event of events) run.take(event);
      draw();
    },
    damaged(lines, anew) {
      if (anew) run = new Run();
      run.damaged += lines;
      draw();
    },
    runs(now) {
      listed(now);
      // Nobody has chosen: the newest one that goes on, or the newest.
      if (selected === '' && now.length > 0) {
        selected = (now.find(({ state }) => state === 'running') ?? now[0])?.name ?? '';
        show();
      }
      draw();
    },
    now(progress) {
      if (selected !== given.own || run.done !== undefined) return;
      run.now = progress;
      draw();
    },
    connected(is) {
      isConnected = is;
      sayState();
    },
    missing() {
      isConnected = true;
      isGone = true;
      sayState();
      // The list goes on, and may have it again.
      close();
      close = listen('', { ...listener, told() {}, damaged() {} });
    },
    ended(reason) {
      isOver = true;
      say(`${reason} To look again: gradpool watch ${given.folder}`);
      draw();
    },
  };
  close = listen(selected, listener);
  draw();
}

function choose(name: string): void {
  if (name === selected) return;
  if (isOver) {
    say(
      'gradpool is not there any more, so the page has this run only. To see others: gradpool watch',
      'bad',
    );
    return;
  }
  selected = name;
  history.pushState(null, '', addressOf('/', name));
  show();
  title.focus();
}

addEventListener('popstate', () => {
  if (isOver) return;
  selected = asked() ?? given.selected ?? '';
  show();
});

stop.addEventListener('click', async () => {
  if (!confirm('End the run after this minibatch? What was learned by then is kept, and it can go on later.'))
    return;
  stop.disabled = true;
  const answer = await fetch(addressOf('/stop', selected), { method: 'POST' }).catch(() => undefined);
  if (answer?.ok) set(stop, 'Stopping …');
  else {
    stop.disabled = false;
    say('It could not be told to stop.', 'bad');
  }
});

title.tabIndex = -1;
say('');
document
  .getElementById('page')
  ?.replaceChildren(
    element('header', { class: 'head' }, title, badge, stop),
    notice,
    element('div', { class: 'live' }, host, runs.node),
  );
show();
