import '../helpers/bare.js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';

/** A process that is interrupted again and again; what it said, and how it ended. */
async function interrupted(signals: NodeJS.Signals[], pause: number) {
  const module = new URL('../../src/commands/interrupt.js', import.meta.url);
  const script = `
    import { interruptible } from ${JSON.stringify(module)};
    const interrupt = interruptible(() => console.log('first'), () => console.log('last'));
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
  const [once, twice, terminated, together] = await Promise.all([
    interrupted(['SIGINT'], 0),
    interrupted(['SIGINT', 'SIGINT'], 300),
    interrupted(['SIGTERM', 'SIGTERM'], 300),
    interrupted(['SIGINT', 'SIGINT'], 10),
  ]);
  t.same(once, ['first, aborted 130', 130]);
  t.same(twice, ['first, aborted 130, last', 130]);
  t.same(terminated, ['first, aborted 143, last', 143]);
  t.same(together, ['first, aborted 130', 130], 'one Ctrl-C that arrives twice, as under npm start');
});
