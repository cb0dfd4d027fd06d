/** The format: what is written, and what is refused. */
import '../helpers/bare.js';
import t from 'tap';
import { encodeSafetensors, readSafetensors } from '../../src/formats/safetensors.js';
import { MemoryDisk } from '../../torture/memory-disk.js';

const PATH = '/x.safetensors';

async function read(...parts: Uint8Array[]) {
  const memory = new MemoryDisk();
  memory.place(PATH, Uint8Array.from(Buffer.concat(parts)));
  return readSafetensors(memory.disk, PATH);
}

/** A file with a header that may say anything. */
function withHeader(header: unknown, data = 0): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const file = Buffer.alloc(8 + json.length + data);
  file.writeBigUInt64LE(BigInt(json.length));
  json.copy(file, 8);
  return file;
}

t.test('header, alignment, offsets and values; and back', async (t) => {
  const tensors = {
    'layer1.weight': { shape: [2, 1], data: Float64Array.of(1.5, -2) },
    'layer1.bias': { shape: [1], data: Float32Array.of(3) },
    'layer2.bias': { shape: [1], data: Float64Array.of(4) },
  };
  const { head, data } = encodeSafetensors(tensors, { k: 'v' });
  t.equal(head.length % 8, 0);
  t.strictSame(JSON.parse(Buffer.from(head.subarray(8)).toString()), {
    __metadata__: { k: 'v' },
    'layer1.weight': { dtype: 'F64', shape: [2, 1], data_offsets: [0, 16] },
    'layer1.bias': { dtype: 'F32', shape: [1], data_offsets: [16, 20] },
    'layer2.bias': { dtype: 'F64', shape: [1], data_offsets: [20, 28] },
  });
  const back = await read(head, ...data);
  t.strictSame({ ...back.tensors }, tensors, 'a tensor off its alignment too');
  t.strictSame(back.metadata, { k: 'v' });
});

const tensor = (changes: object) => ({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...changes } });
const refused: [string, Uint8Array, RegExp][] = [
  ['nothing', Buffer.alloc(0), /truncated: expected at least 8 bytes, got 0/],
  ['a length alone', Buffer.from([9, 0, 0, 0, 0, 0, 0, 0]), /truncated: its header has 9 bytes/],
  ['a header of 2^64 − 1 bytes', Buffer.alloc(64, 0xff), /at most 16777216 bytes, got 18446744073709551615/],
  ['no JSON', withHeader('{"x"'), /its header is not JSON/],
  ['no UTF-8', Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0xff]), /its header is not JSON/],
  ['a list', withHeader([]), /not a mapping/],
  ['numbers for metadata', withHeader({ __metadata__: { a: 1 } }), /other than text/],
  ['another type', withHeader(tensor({ dtype: 'I8' }), 8), /a type other than F32 and F64/],
  ['a type from the prototype', withHeader(tensor({ dtype: 'toString' }), 8), /a type other than/],
  ['a negative side', withHeader(tensor({ shape: [-2] }), 8), /no proper shape/],
  ['a shape beyond counting', withHeader(tensor({ shape: [2 ** 40, 2 ** 40, 0] }), 8), /too large/],
  ['other bytes than the shape has', withHeader(tensor({ shape: [3] }), 8), /needs 12 bytes and has 8/],
  ['places that are not whole', withHeader(tensor({ data_offsets: [0, 8.5] }), 8), /no proper place/],
  ['data that nobody describes', withHeader(tensor({}), 9), /take 8 bytes, the file has 9/],
  ['data that is not there', withHeader(tensor({}), 7), /take 8 bytes, the file has 7/],
  ['a gap', withHeader(tensor({ data_offsets: [1, 9] }), 9), /leave a gap at byte 0/],
  [
    'an overlap',
    withHeader({ ...tensor({}), y: { dtype: 'F32', shape: [2], data_offsets: [4, 12] } }, 12),
    /overlap at byte 8/,
  ],
];
for (const [what, bytes, message] of refused) {
  t.test(`refuses ${what}`, async (t) => {
    await t.rejects(read(bytes), { name: 'UserError', message });
  });
}
