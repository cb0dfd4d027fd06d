/**
 * A checkpoint: everything that the next step depends on, in one safetensors file, with a SHA-256 over all of it.
 * Knows what a whole one looks like.
 */
import { createHash } from 'node:crypto';
import { shortened, UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import {
  encodeSafetensors,
  readSafetensors,
  type SafetensorsFile,
  type Tensors,
} from '../formats/safetensors.js';
import type { Disk } from './disk.js';
import { writeDurably } from './disk.js';
import { hashOf, type Provenance } from './provenance.js';

/** Mean loss and share of correct answers over the validation rows; nulls where there are none. */
export interface ValidationState {
  readonly step: number;
  readonly loss: number | null;
  readonly accuracy: number | null;
}

/** Where a run is. Orders, seeds and learning rates follow from the step and the configuration. */
export interface CheckpointState {
  /** Steps done. */
  readonly step: number;
  /** Loss summed over the examples of the epoch under way, and how many these are. */
  readonly epochLoss: number;
  readonly epochExamples: number;
  /** Seconds spent training. */
  readonly seconds: number;
  /** The last validation, and the one of the lowest loss: how long ago that was is all that early stopping needs. */
  readonly validation: ValidationState | null;
  readonly best: ValidationState | null;
  /** Differences that --force overrode, and from which step on. */
  readonly forced: readonly { readonly step: number; readonly what: string }[];
}

export interface Checkpoint {
  readonly provenance: Provenance;
  readonly state: CheckpointState;
  /** `layer1.weight`, `layer1.bias`, …, and the optimizer's state, `momentum.layer1.weight`, …. */
  readonly tensors: Tensors;
}

const FORMAT = 'gradpool-checkpoint-1';
/** Every checkpoint's header begins with this and its checksum, so that the checksum's place needs no parsing. */
const BEFORE_CHECKSUM = '{"__metadata__":{"sha256":"';
const CHECKSUM = { from: 8 + BEFORE_CHECKSUM.length, length: 64 };
const UNSEALED = '0'.repeat(CHECKSUM.length);

/** Writes a checkpoint to outlive whatever comes. @throws the disk's errors */
export async function writeCheckpoint(
  disk: Disk,
  path: string,
  { provenance, state, tensors }: Checkpoint,
): Promise<void> {
  const { head, data } = encodeSafetensors(tensors, {
    sha256: UNSEALED,
    format: FORMAT,
    gradpool: provenance.gradpool,
    configHash: hashOf(provenance.config),
    config: JSON.stringify(provenance.config),
    engine: JSON.stringify(provenance.engine),
    data: JSON.stringify(provenance.data),
    state: JSON.stringify(state),
  });
  head.set(Buffer.from(await checksumOf(head, data)), CHECKSUM.from);
  await writeDurably(disk, path, [head, ...data]);
}

/** Bytes that are hashed before others have their turn: some 10 ms. */
const HASHED_AT_ONCE = 1 << 24;

/** SHA-256 over the file, with zeros in the checksum's place. */
async function checksumOf(head: Uint8Array, data: readonly Uint8Array[]): Promise<string> {
  const hash = createHash('sha256');
  hash.update(head.subarray(0, CHECKSUM.from));
  hash.update(UNSEALED);
  hash.update(head.subarray(CHECKSUM.from + CHECKSUM.length));
  for (const part of data) {
    for (let at = 0; at < part.length; at += HASHED_AT_ONCE) {
      hash.update(part.subarray(at, at + HASHED_AT_ONCE));
      if (part.length > HASHED_AT_ONCE) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return hash.digest('hex');
}

/**
 * Reads a checkpoint that is whole.
 * @throws UserError saying what is wrong with it, or why it cannot be read
 */
export async function readCheckpoint(disk: Disk, path: string): Promise<Checkpoint> {
  const file = await readSafetensors(disk, path);
  const fail: Fail = (what) => {
    throw new UserError(`${path}: ${what}`);
  };
  const { head, data, metadata, tensors } = file;
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  if (!text.startsWith(BEFORE_CHECKSUM, 8)) fail('is no checkpoint of gradpool');
  const written = text.slice(CHECKSUM.from, CHECKSUM.from + CHECKSUM.length);
  if (written !== (await checksumOf(head, [data]))) fail('damaged: its checksum does not fit its content');
  if (metadata.format !== FORMAT)
    fail(`expected the format ${FORMAT}, got "${shortened(metadata.format ?? '')}"`);
  return { provenance: provenanceIn(file, fail), state: stateIn(metadata.state, fail), tensors };
}

type Fail = (what: string) => never;

function parsed(name: string, text: string | undefined, fail: Fail): Record<string, unknown> {
  const value = parseJson(text ?? '');
  return isMapping(value) ? value : fail(`its ${name} is not what it should be`);
}

/** The record as it was written; that its configuration is one is for whoever reads configurations to check. */
function provenanceIn({ metadata }: SafetensorsFile, fail: Fail): Provenance {
  const config = parsed('configuration', metadata.config, fail);
  if (hashOf(config) !== metadata.configHash) fail('the hash of its configuration does not fit');
  const engine = parsed('engine', metadata.engine, fail);
  const data = parsed('data provenance', metadata.data, fail);
  return { gradpool: shortened(metadata.gradpool ?? ''), config, engine, data } as unknown as Provenance;
}

function stateIn(text: string | undefined, fail: Fail): CheckpointState {
  const state = parsed('state', text, fail);
  const finite = (value: unknown) => typeof value === 'number' && Number.isFinite(value);
  const count = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
  const validation = (value: unknown): boolean => {
    if (value === null) return true;
    if (!isMapping(value)) return false;
    const { step, loss, accuracy } = value;
    return count(step) && (loss === null || finite(loss)) && (accuracy === null || finite(accuracy));
  };
  const { step, epochLoss, epochExamples, seconds, forced } = state;
  const sound =
    count(step) &&
    count(epochExamples) &&
    finite(epochLoss) &&
    finite(seconds) &&
    validation(state.validation) &&
    validation(state.best) &&
    Array.isArray(forced) &&
    forced.every((one) => count(one?.step) && typeof one.what === 'string');
  return sound ? (state as unknown as CheckpointState) : fail('its state is not what it should be');
}
