/**
 * The sum of a piece over hosts with 16 bits a value on the way: what each sends of its sums to the host that adds up a
 * slice, and what that one hands round. Both are rounded, and what is rounded away goes out with the next step's
 * (averaging/halves.ts). A host's own sums of its own slice cross no wire, and are not rounded before they are added up.
 */
import { UPDATE_BLOCK } from '../averaging/averaging.js';
import type { Piece } from '../averaging/pieces.js';
import type { Engine } from '../engines/engine.js';
import { sliceOfPiece } from '../plan/exchange.js';
import type { Setup } from '../plan/task.js';
import type { Transport } from './transport.js';

const BYTES = Uint16Array.BYTES_PER_ELEMENT;

/** @returns what exchanges the piece; its argument: this step's rows to those of the one before, as sums are of rows */
export function summingHalves(
  engine: Engine,
  { memory, layout }: Setup,
  { host, hosts, scatter, gather }: Transport,
  { from, to }: Piece,
): (ratio: number) => void {
  const { exchange, gradients } = layout;
  if (exchange?.halves === undefined) throw new Error('values go out as they are');
  const { slices, sliceStride, halves } = exchange;
  const { rests, sent, received, receivedStride } = halves;
  const cuts = Array.from({ length: hosts }, (_, k) => sliceOfPiece(to - from, hosts, k));
  const own = cuts[host];
  const bytesOf = ({ offset, length }: typeof sent) => new Uint8Array(memory.buffer, offset, BYTES * length);
  const [out, into] = [bytesOf(sent), bytesOf(received)];
  const counts = Int32Array.from(cuts, (slice) => BYTES * (slice.to - slice.from));
  const starts = Int32Array.from(cuts, (slice) => BYTES * slice.from);
  const places = Int32Array.from(cuts, (_, k) => BYTES * receivedStride * k);
  const sums = (value: number) => gradients.offset + engine.bytes * (from + value);
  const rest = (value: number) => rests.offset + engine.bytes * (from + value);
  const half = (value: number) => sent.offset + BYTES * value;
  const others = [
    { from: 0, to: own.from },
    { from: own.to, to: to - from },
  ];
  return (ratio) => {
    for (const { from, to } of others) {
      engine.halves_pack(sums(from), rest(from), ratio, half(from), to - from);
    }
    scatter(out, counts, starts, into, places);
    for (let at = own.from; at < own.to; at += UPDATE_BLOCK) {
      const n = Math.min(UPDATE_BLOCK, own.to - at);
      for (let k = 0; k < hosts; k++) {
        const place = slices.offset + k * sliceStride;
        const came = received.offset + BYTES * (k * receivedStride + at - own.from);
        if (k === host) engine.copy(sums(at), place, n);
        else engine.halves_unpack(came, place, n);
      }
      // In place: a power of two of buffers is added up in one go, vector by vector.
      engine.shards_sum(slices.offset, slices.offset, sliceStride, hosts, n);
      engine.halves_pack(slices.offset, rest(at), ratio, half(at), n);
    }
    gather(out, counts, starts);
    engine.halves_unpack(sent.offset, sums(0), to - from);
  };
}
