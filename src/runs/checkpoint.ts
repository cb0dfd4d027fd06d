/**
 * A checkpoint: everything that the next step depends on, in one safetensors file, with a SHA-256 over all of it.
 * Knows what a whole one looks like.
 */
import { createHash } from 'node:crypto';
import { isUserError, shortened, UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import {
  encodeSafetensors,
  readMetadata,
  readSafetensors,
  type SafetensorsFile,
  type Tensors,
} from '../formats/safetensors.js';
import type { Disk } from '../machine/disk.js';
import { writeDurably } from '../machine/disk.js';
import { hashOf, initIn, type Provenance } from './provenance.js';
import type { RunState } from './state.js';

export interface Checkpoint {
  readonly provenance: Provenance;
  readonly state: RunState;
  /** `layer1.weight`, `layer1.bias`, …, and the optimizer's state, `momentum.layer1.weight`, …. */
  readonly tensors: Tensors;
}

const AVERAGE = 'ema.';

/** A checkpoint's weights as evaluations have them: where the run averages them, their averages under their own names. */
export function judgedTensors(tensors: Tensors): Tensors {
  const averages = Object.entries(tensors).filter(([name]) => name.startsWith(AVERAGE));
  return {
    ...tensors,
    ...Object.fromEntries(averages.map(([name, tensor]) => [name.slice(AVERAGE.length), tensor])),
  };
}

const FORMAT = 'gradpool-checkpoint-2';

/** A checkpoint that an older or newer gradpool wrote. */
export class OtherFormat extends UserError {}
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
    ...(provenance.initFrom && { initFrom: JSON.stringify(provenance.initFrom) }),
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
  if (metadata.format !== FORMAT) {
    const by = `gradpool ${shortened(metadata.gradpool ?? '')} (${shortened(metadata.format ?? 'no format')})`;
    throw new OtherFormat(
      `${path}: was written by ${by}, and this version reads ${FORMAT} only; end the run with that version, or begin anew`,
    );
  }
  return { provenance: provenanceIn(file, fail), state: stateIn(metadata.state, fail), tensors };
}

/** What a checkpoint says of its run, from its header alone, its checksum not looked at; undefined where nothing does. */
export async function readState(disk: Disk, path: string): Promise<RunState | undefined> {
  try {
    const { state } = await readMetadata(disk, path);
    return stateIn(state, () => {
      throw new UserError(path);
    });
  } catch (error) {
    if (isUserError(error)) return undefined;
    throw error;
  }
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
  const initFrom = initIn(parseJson(metadata.initFrom ?? ''));
  const written = { gradpool: shortened(metadata.gradpool ?? ''), config, engine, data };
  return { ...written, ...(initFrom && { initFrom }) } as unknown as Provenance;
}

function stateIn(text: string | undefined, fail: Fail): RunState {
  const state = parsed('state', text, fail);
  const finite = (value: unknown) => typeof value === 'number' && Number.isFinite(value);
  const count = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
  const figure = (value: unknown): boolean =>
    value === null || finite(value) || (Array.isArray(value) && value.every(isRow));
  const isRow = (row: unknown): boolean =>
    Array.isArray(row) && row.every((entry) => entry === null || finite(entry));
  const validation = (value: unknown): value is Record<string, unknown> => {
    if (!isMapping(value)) return false;
    const { step, loss, metrics } = value;
    const sound = count(step) && (loss === null || finite(loss));
    return sound && isMapping(metrics) && Object.values(metrics).every(figure);
  };
  const watched = (value: unknown): boolean =>
    isMapping(value) &&
    (value.best === null || finite(value.best)) &&
    [value.misses, value.resting].every(count) &&
    finite(value.level) &&
    Number(value.level) >= 0;
  const { step, epochLoss, epochExamples, seconds, forced, best, improvement, schedule, converged } = state;
  const sound =
    count(step) &&
    count(epochExamples) &&
    finite(epochLoss) &&
    finite(seconds) &&
    (state.validation === null || validation(state.validation)) &&
    (best === null || (validation(best) && finite(best.value) && Number(best.step) <= Number(step))) &&
    (improvement === null ||
      (isMapping(improvement) && finite(improvement.value) && count(improvement.misses))) &&
    (schedule === undefined || watched(schedule)) &&
    (converged === undefined || converged === true) &&
    Array.isArray(forced) &&
    forced.every((one) => count(one?.step) && typeof one.what === 'string');
  return sound ? (state as unknown as RunState) : fail('its state is not what it should be');
}
