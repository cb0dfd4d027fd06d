import '../helpers/bare.js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { outlivesTerminal } from '../../src/commands/interrupt.js';

/** A process that is interrupted again and again; what it said, and how it ended. */
async function interrupted(signals: NodeJS.Signals[], pause: number, outlives = false) {
  const module = new URL('../../src/commands/interrupt.js', import.meta.url);
  const script = `
    import { interruptible } from ${JSON.stringify(module)};
    const interrupt = interruptible(() => console.log('first'), () => console.log('last'), ${outlives});
    interrupt.signal.addEventListener('abort', () => console.log('aborted', interrupt.exitCode));
    setTimeout(() => process.exit(interrupt.exitCode ?? 0), 1500);
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  for (const signal of signals) {
    child.kill(signal);
    await sleep(pause);
  }
  const [code] = await closed;
  return [said.trim().split('\n').slice(1).join(', '), code];
}

t.test('the first signal asks, the second ends the process at once', async (t) => {
  const [once, twice, terminated, together, hungUp, outlived] = await Promise.all([
    interrupted(['SIGINT'], 0),
    interrupted(['SIGINT', 'SIGINT'], 300),
    interrupted(['SIGTERM', 'SIGTERM'], 300),
    interrupted(['SIGINT', 'SIGINT'], 10),
    interrupted(['SIGHUP'], 0),
    interrupted(['SIGHUP', 'SIGHUP', 'SIGTERM'], 200, true),
  ]);
  t.same(once, ['first, aborted 130', 130]);
  t.same(twice, ['first, aborted 130, last', 130]);
  t.same(terminated, ['first, aborted 143, last', 143]);
  t.same(hungUp, ['first, aborted 129', 129]);
  t.same(outlived, ['first, aborted 143', 143], 'SIGHUP does nothing, twice too');
  t.same(together, ['first, aborted 130', 130], 'one Ctrl-C that arrives twice, as under npm start');
});

t.test('what outlives its terminal', async (t) => {
  const status = (ignored: string) => () => `SigBlk:\t0000000000000000\nSigIgn:\t${ignored}\nSigCgt:\t1`;
  const none = () => false;
  const some = (stream: number) => stream === 2;
  const nobody = () => {
    throw new Error('no /proc here');
  };
  t.ok(outlivesTerminal(none, nobody), 'no standard stream is a terminal');
  t.notOk(outlivesTerminal(some, nobody));
  t.notOk(outlivesTerminal(some, status('0000000001001000')));
  t.ok(outlivesTerminal(some, status('0000000001001001')), 'the parent ignores SIGHUP');
  t.notOk(outlivesTerminal(some, status('fffffffffffffffe')));
  t.notOk(outlivesTerminal(some, () => ''));
});
