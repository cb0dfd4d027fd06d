/**
 * Proofs that can fail: each notices when a guard of what it proves is taken out; and the fuzzer each way in which a target
 * can fail. Where noticing takes no time, it stands in test/torture/, beside the proof.
 */
import '../helpers/bare.js';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { config } from '../../torture/corpus/config.js';
import { idx } from '../../torture/corpus/idx.js';
import { fuzz, type Input } from '../../torture/fuzz.js';
import { sabotages } from '../../torture/interleave-sabotage.js';
import type { Violation } from '../../torture/proof.js';
import { fuzzArrays } from '../../torture/proofs/fuzz-arrays.js';
import { fuzzGzip } from '../../torture/proofs/fuzz-gzip.js';
import { fuzzIdx } from '../../torture/proofs/fuzz-idx.js';
import { fuzzModels } from '../../torture/proofs/fuzz-models.js';
import { fuzzRuns } from '../../torture/proofs/fuzz-runs.js';
import { fuzzTables } from '../../torture/proofs/fuzz-tables.js';
import { fuzzYaml } from '../../torture/proofs/fuzz-yaml.js';
import { hosts } from '../../torture/proofs/hosts.js';
import { interleaving } from '../../torture/proofs/interleave.js';
import { sweeps } from '../../torture/proofs/sweeps.js';
import { notices } from '../helpers/proof.js';

notices(hosts, ['order']);
notices(interleaving, Object.keys(sabotages));
notices(sweeps, ['the end of a trial']);
// What was thought out against a reader comes first, and shows each guard that is missing.
notices(fuzzIdx, ['the size check', 'the look at what it is'], 1);
notices(fuzzGzip, ['the stop at the declared size', 'the care for damage'], 1);
notices(fuzzRuns, ['the care for damage'], 1);
notices(fuzzYaml, ['the depth limit', 'the schema'], 2);
notices(fuzzTables, ['the look at bytes 0', 'the care for damage', 'the look at pages'], 1);
notices(fuzzArrays, ['the size check'], 1);
notices(fuzzModels, ['the check of what it says'], 1);

const none = new Uint8Array(0);
const images = (bytes: Uint8Array): Input => ({ target: 'images', bytes });

/** A way to fail, the guard that is taken out for it, the input that shows it, and what is told. */
const failures: [what: string, sabotage: string, input: Input, told: RegExp][] = [
  [
    'memory that is written to',
    'the stop at the declared size',
    images(gzipSync(Buffer.alloc(2 ** 27))),
    /^memory grew by \d+ bytes, at most 67108864 are allowed\n/,
  ],
  [
    'memory that is only asked for',
    'the size check',
    images(idx([128, 1024, 1024], none)),
    // 2^27, less what the process has let go of since it began.
    /^memory grew by 13[234]\d{6} bytes,/,
  ],
  ['another error', 'the size check', images(idx([2 ** 30, 2 ** 30, 1], none)), /^RangeError: .*\n +at /],
  [
    'waiting for ever',
    'the look at what it is',
    { ...images(none), place: 'pipe' },
    /^takes more than a second, twice\n/,
  ],
  [
    'an endless loop',
    'the depth limit',
    config(`x: ${'? '.repeat(2000)}`),
    /^takes more than a second, twice\n/,
  ],
  [
    'the end of the process',
    'the care for damage',
    images(Buffer.of(0x1f, 0x8b, 8, 0)),
    /^the process ended with 1\n.*Error: unexpected end of file/s,
  ],
  [
    'what should have been refused',
    'the schema',
    { ...config('a: 1'), must: 'refused' },
    /^must be refused, is accepted/,
  ],
];

for (const [what, sabotage, input, told] of failures) {
  t.test(`${what} is noticed, and the input told`, async (t) => {
    const sound = idx([1, 1, 1]);
    const { target } = input;
    const harmless = target === 'config' ? config('a: 1') : images(input.bytes[0] ? gzipSync(sound) : sound);
    const attempt = fuzz(
      { count: 9, seed: 7, sabotage },
      { proof: 'test', bound: 2 ** 26, input: (_, index) => (index === 5 ? input : harmless) },
    );
    const violation: Violation = await attempt.then(
      () => t.fail('expected a violation'),
      (error) => error,
    );
    t.equal(violation.name, 'Violation');
    const [, rest] = /^seed 7, case 5: (.*)$/s.exec(violation.message) ?? [];
    t.match(rest, told);
    const shown = Buffer.from(input.bytes).subarray(0, 1500).toString('base64');
    t.ok(violation.message.includes(`\n${target}, `) && violation.message.includes(` in base64: ${shown}`));
  });
}
