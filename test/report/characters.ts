/** Where nothing but ASCII can be shown. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ascii, writable } from '../../src/report/characters.js';
import { Terminal } from '../../src/report/terminal.js';
import { Screen } from '../helpers/screen.js';

t.test('the first locale variable that is set decides', async (t) => {
  const whole = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = 'linux') =>
    writable(env, platform)('━') === '━';
  t.ok(whole({ LANG: 'en_GB.UTF-8' }));
  t.ok(whole({ LANG: 'C.utf8' }));
  t.ok(whole({ LC_ALL: '', LC_CTYPE: 'UTF-8', LANG: 'C' }));
  for (const env of [
    {},
    { LANG: 'C' },
    { LANG: 'de_DE.ISO-8859-1' },
    { LC_ALL: 'POSIX', LANG: 'en_GB.UTF-8' },
    { LC_CTYPE: 'C', LANG: 'en_GB.UTF-8' },
  ]) {
    t.notOk(whole(env), JSON.stringify(env));
  }
  t.ok(whole({}, 'win32'), 'its console is Unicode');
});

t.test('every character of the program’s own texts has a likeness, and others a number', async (t) => {
  t.equal(ascii('━━──'), '##--');
  t.equal(ascii('28 × 28 −1 … 1'), '28 x 28 -1 ... 1');
  t.equal(ascii('für 😀'), 'f\\u00fcr \\u1f600');
  t.equal(ascii('plain\t\n~'), 'plain\t\n~');
  const root = fileURLToPath(new URL('../../src', import.meta.url));
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!/^(api|commands|coordinator|pool|report|runs)\/.*\.js$/.test(file)) continue;
    // Comments are not shown.
    const code = readFileSync(`${root}/${file}`, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    t.notMatch(ascii(code.replace(/\\u/g, '')), /\\u[0-9a-f]{4}/, file);
  }
});

t.test('lines, remarks and the live line', async (t) => {
  const screen = new Screen(40);
  const terminal = new Terminal(screen, screen, { LANG: 'C' });
  terminal.live([{ text: '━━── 3 × 4 …', weight: 1 }], () => '');
  terminal.line('ü − 1');
  terminal.note('…');
  t.match(screen.text, '##-- 3 x 4 ...');
  t.notMatch(screen.text, /[^\0-\x7f]/);
});
