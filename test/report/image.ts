import t from 'tap';
import { drawn } from '../../src/report/image.js';

const image = { height: 4, width: 3, values: [0, 0.5, 1, 0, 0.5, 1, 1, 0, 0, 1, 0, 1] };

t.test('two pixels above each other are one character', async (t) => {
  t.same(drawn(image, 80, { colours: false, unicode: true }), [' ▒█', '█ ▒']);
  t.same(drawn(image, 80, { colours: false, unicode: false }), [' +@', '@ +']);
});

t.test('with colours each pixel has its own grey', async (t) => {
  const [first, second] = drawn(image, 80, { colours: true, unicode: true });
  t.equal(first, '\x1b[38;5;16;48;5;16m▀\x1b[38;5;244;48;5;244m▀\x1b[38;5;255;48;5;255m▀\x1b[0m');
  t.ok(second.endsWith('\x1b[38;5;16;48;5;255m▀\x1b[0m'), JSON.stringify(second));
});

t.test('a wide image becomes smaller, an odd line has nothing below it', async (t) => {
  const wide = { height: 3, width: 100, values: new Float64Array(300).fill(1) };
  t.same(drawn(wide, 50, { colours: false, unicode: false }), ['+'.repeat(50)]);
  t.same(drawn({ height: 1, width: 2, values: [1, 1] }, 9, { colours: false, unicode: false }), ['++']);
});
