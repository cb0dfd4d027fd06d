/**
 * What several hosts can be expected to do: `npm run bench -- hosts-model`. A step is simulated from what one host needs
 * for its own work and from the wire's latency and bandwidth, in the order in which src/hosts/exchanging.ts does it.
 */
import { join } from 'node:path';
import { cases } from './lib/cases.mjs';
import { fail, markdown, optionsOf, positive, root } from './lib/tools.mjs';

const help = `npm run bench -- hosts-model [options]
  --case NAME,...   (default: usual,large,wide,wide-large)
  --hosts N,...     (default: 2,4,8,16,32,64,128,256)
  --gbit N          bandwidth of each host's wire, both ways at a time (default 1)
  --latency MS      of a message, one way, the library's part included (default 0.05)
  --speed EX        examples/s of one host with the whole minibatch, for one case (default: measured ones, one thread)
  --share           each host has a part of the minibatch (default: each has a whole one, so that the minibatch grows)
  --halves          values cross the wire in 16 bits`;

/** One thread of one core of an EPYC, native: docs/scaling.md. */
const SPEED = { usual: 354_354, large: 346_737, wide: 13_806, 'wide-large': 13_047 };
/** Bytes a second that the update and the sums over hosts move. */
const BANDWIDTH = 12e9;

/** Seconds that the library takes for a message to one of many hosts. */
const MESSAGE = 2e-6;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    case: { type: 'string', default: 'usual,large,wide,wide-large' },
    hosts: { type: 'string', default: '2,4,8,16,32,64,128,256' },
    gbit: { type: 'string', default: '1' },
    latency: { type: 'string', default: '0.05' },
    speed: { type: 'string' },
    share: { type: 'boolean', default: false },
    halves: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const wire = {
    bandwidth: (positive('gbit', options.gbit) * 1e9) / 8,
    latency: positive('latency', options.latency) / 1000,
    bytes: options.halves ? 2 : 4,
  };
  const { piecesOf } = await import(join(root, 'dist/src/averaging/pieces.js'));
  const counts = options.hosts.split(',').map(Number);
  const rows = options.case.split(',').map((name) => {
    if (!cases[name])
      fail(`bench: hosts-model: no case "${name}"; there are ${Object.keys(cases).join(', ')}`);
    const speed = options.speed
      ? positive('speed', options.speed)
      : (SPEED[name] ?? fail(`bench: --speed of ${name}?`));
    const pieces = piecesOf(networkOf(cases[name].widths)).map(({ from, to }) => to - from);
    const figures = counts.map((hosts) => ({
      hosts,
      ...simulated(cases[name], pieces, speed, hosts, wire, options.share),
    }));
    return { name, figures };
  });
  if (options.json) return console.log(JSON.stringify(rows));
  const how = options.share ? 'one minibatch for all' : 'a minibatch each';
  console.log(
    `${options.gbit} Gbit/s, ${options.latency} ms, ${how}, ${8 * wire.bytes} bits: times as fast as one host (examples/s)\n`,
  );
  console.log(
    markdown(
      rows.map(({ name, figures }) => ({
        case: name,
        ...Object.fromEntries(
          figures.map(({ hosts, gain, speed }) => [
            `${hosts} hosts`,
            `${gain.toFixed(2)} × (${Math.round(speed).toLocaleString('en-US')})`,
          ]),
        ),
      })),
    ),
  );
}

/** As much of a network as its pieces follow from. */
function networkOf(widths) {
  let offset = 0;
  const layers = widths.slice(1).map((units, l) => {
    const tensors = [[widths[l], units], [units]].map((shape) => {
      const length = shape.reduce((product, n) => product * n);
      offset += length;
      return { shape, offset: offset - length, length, decays: true };
    });
    return { tensors };
  });
  return { layers };
}

/** A step: forward and Δ, then piece after piece made and exchanged, then losses; an update as each comes back. */
function simulated({ widths, batch }, pieces, speed, hosts, { bandwidth, latency, bytes }, share) {
  const values = pieces.reduce((sum, n) => sum + n, 0);
  const update = (3 * 4 * values) / BANDWIDTH;
  const whole = batch / speed - update;
  const own = share ? whole / hosts : whole;
  // Forward and ∇W are the same work, Δ as much but for the first layer.
  const all = widths.slice(1).reduce((sum, units, l) => sum + (l === 0 ? 2 : 3) * units * widths[l], 0);
  const gradients = values / all;
  let made = own * (1 - gradients);
  let free = 0;
  const back = [];
  for (const n of pieces) {
    made += (own * gradients * n) / values;
    // Twice: a slice to each host, and the sums of one's own to all.
    const sent = ((hosts - 1) / hosts) * n * bytes;
    const once = latency * Math.ceil(Math.log2(hosts)) + MESSAGE * (hosts - 1) + sent / bandwidth;
    const sums = (4 * n * (1 + 1 / hosts)) / BANDWIDTH;
    free = Math.max(free, made) + 2 * once + sums;
    back.push(free);
  }
  let updated = made;
  for (const [k, n] of pieces.entries()) updated = Math.max(updated, back[k]) + (update * n) / values;
  const step = Math.max(updated, free + latency * Math.ceil(Math.log2(hosts)));
  const examples = (share ? batch : batch * hosts) / step;
  return { speed: examples, gain: examples / speed };
}
