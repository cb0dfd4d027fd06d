/**
 * TensorBoard's event files: records with checksums, each a protobuf message `Event` (tensorboard/compat/proto/event.proto
 * and summary.proto), of which only the fields are written that scalars, histograms, pictures and hyperparameters need.
 * What a run is is nothing to this file.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Counts between two numbers, in bins of the same width. */
export interface BinnedCounts {
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
}

export type Hyperparameter = string | number | boolean;

/** One thing that is told of a step. */
export type SummaryValue =
  | { readonly tag: string; readonly scalar: number }
  | { readonly tag: string; readonly histogram: BinnedCounts }
  | {
      readonly tag: string;
      readonly picture: {
        readonly width: number;
        readonly height: number;
        /** 1: grey, 3: red, green and blue. */
        readonly channels: number;
        readonly png: Uint8Array;
      };
    }
  | {
      readonly begin: {
        readonly at: number;
        readonly hyperparameters: Readonly<Record<string, Hyperparameter>>;
      };
    }
  | { readonly end: { readonly at: number; readonly status: SessionStatus } };

/** tensorboard.hparams.Status. */
export const SessionStatus = { success: 1, failure: 2, running: 3 } as const;
export type SessionStatus = (typeof SessionStatus)[keyof typeof SessionStatus];

export interface BoardEvent {
  /** Seconds since 1970. */
  readonly at: number;
  readonly step?: number;
  /**
   * `version`: what every file begins with. `restart`: what earlier files say of this step and later ones is void.
   */
  readonly kind: 'version' | 'restart' | { readonly values: readonly SummaryValue[] };
}

type Fill = (writer: BinaryWriter) => void;
const { LengthDelimited, Varint, Bit32, Bit64 } = WireType;
const text = (writer: BinaryWriter, field: number, value: string) =>
  writer.tag(field, LengthDelimited).string(value);
const double = (writer: BinaryWriter, field: number, value: number) => writer.tag(field, Bit64).double(value);
const whole = (writer: BinaryWriter, field: number, value: number) =>
  writer.tag(field, Varint).int64(BigInt(value));
function message(writer: BinaryWriter, field: number, fill: Fill): void {
  writer.tag(field, LengthDelimited).fork();
  fill(writer);
  writer.join();
}

/** One record: length, checksum of the length, message, checksum of the message. */
export function boardRecord(event: BoardEvent): Uint8Array {
  const body = encodeEvent(event);
  const record = new Uint8Array(body.length + 16);
  const numbers = new DataView(record.buffer);
  numbers.setBigUint64(0, BigInt(body.length), true);
  numbers.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(body, 12);
  numbers.setUint32(12 + body.length, maskedCrc32c(body), true);
  return record;
}

function encodeEvent({ at, step = 0, kind }: BoardEvent): Uint8Array {
  const writer = new BinaryWriter();
  double(writer, 1, at);
  if (step !== 0) whole(writer, 2, step);
  if (kind === 'version') text(writer, 3, 'brain.Event:2');
  else if (kind === 'restart') message(writer, 7, (log) => log.tag(1, Varint).int32(1));
  else {
    message(writer, 5, (summary) => {
      for (const value of kind.values) message(summary, 1, summaryOf(value));
    });
  }
  return writer.finish();
}

const summaryOf =
  (value: SummaryValue): Fill =>
  (writer) => {
    if ('begin' in value) hyperparameterValue(writer, 'session_start_info', 3, beginOf(value.begin));
    else if ('end' in value) hyperparameterValue(writer, 'session_end_info', 4, endOf(value.end));
    else {
      text(writer, 1, value.tag);
      if ('scalar' in value) writer.tag(2, Bit32).float(value.scalar);
      else if ('picture' in value) message(writer, 4, pictureOf(value.picture));
      else message(writer, 5, histogramOf(value.histogram));
    }
  };

const pictureOf =
  ({ width, height, channels, png }: Extract<SummaryValue, { picture: object }>['picture']): Fill =>
  (writer) => {
    whole(writer, 1, height);
    whole(writer, 2, width);
    whole(writer, 3, channels);
    writer.tag(4, LengthDelimited).bytes(png);
  };

/** Bins are told by their right ends; of the values in one its middle is all that is known. */
const histogramOf =
  ({ from, to, counts }: BinnedCounts): Fill =>
  (writer) => {
    const width = (to - from) / counts.length;
    const middle = (k: number) => from + (k + 0.5) * width;
    const total = (of: (k: number) => number) => counts.reduce((sum, count, k) => sum + count * of(k), 0);
    double(writer, 1, from);
    double(writer, 2, to);
    double(
      writer,
      3,
      total(() => 1),
    );
    double(writer, 4, total(middle));
    double(
      writer,
      5,
      total((k) => middle(k) ** 2),
    );
    const packed = (field: number, values: readonly number[]) =>
      message(writer, field, (list) => {
        for (const each of values) list.double(each);
      });
    packed(
      6,
      counts.map((_, k) => (k === counts.length - 1 ? to : from + (k + 1) * width)),
    );
    packed(7, counts);
  };

/** What the plugin `hparams` reads: its own message inside the summary's metadata, and a tensor of nothing. */
function hyperparameterValue(writer: BinaryWriter, tag: string, field: number, fill: Fill): void {
  text(writer, 1, `_hparams_/${tag}`);
  message(writer, 9, (metadata) =>
    message(metadata, 1, (plugin) => {
      text(plugin, 1, 'hparams');
      message(plugin, 2, (data) => message(data, field, fill));
    }),
  );
  // DT_FLOAT, shape (0).
  message(writer, 8, (tensor) => {
    tensor.tag(1, Varint).int32(1);
    message(tensor, 2, (shape) => message(shape, 2, () => {}));
  });
}

const beginOf =
  ({ at, hyperparameters }: Extract<SummaryValue, { begin: object }>['begin']): Fill =>
  (writer) => {
    for (const [key, value] of Object.entries(hyperparameters)) {
      message(writer, 1, (entry) => {
        text(entry, 1, key);
        // google.protobuf.Value.
        message(entry, 2, (written) => {
          if (typeof value === 'number') double(written, 2, value);
          else if (typeof value === 'string') text(written, 3, value);
          else written.tag(4, Varint).bool(value);
        });
      });
    }
    double(writer, 5, at);
  };

const endOf =
  ({ at, status }: Extract<SummaryValue, { end: object }>['end']): Fill =>
  (writer) => {
    writer.tag(1, Varint).int32(status);
    double(writer, 2, at);
  };

/** CRC-32C (Castagnoli, RFC 3720), reflected; `zlib.crc32` is of the other polynomial. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** As records have it, so that a checksum of data which hold checksums is none of a trivial kind. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
