/** `importModel`: what another program has learned, as a file of weights of ours. */
import { basename, dirname, extname, resolve } from 'node:path';
import { codeOf, given, UserError } from '../errors.js';
import { parseJson } from '../formats/json.js';
import { encodeSafetensors } from '../formats/safetensors.js';
import type { ForeignNetwork } from '../import/step.js';
import type { Layout } from '../import/tensors.js';
import { makeFolder, readWhole, reasonOf, seenFrom, writeDurably } from '../machine/disk.js';
import { atWork } from '../machine/work.js';
import { type LossName, lossNames } from '../model/losses/index.js';
import { DESCRIPTION_KEY } from '../predict/description.js';
import type { ModelFile } from '../predict/file.js';
import { csvMetadata } from '../predict/recorded.js';
import { version } from '../version.js';
import { checkSettings, configOf, oneOf } from './settings.js';

const IMPORT_FORMAT = 'gradpool-import-1';
/** What a run's memory can hold. */
const MOST_BYTES = 2 ** 32;

/** How another program's file is read. */
export interface ImportSettings {
  /** The file to write: safetensors. */
  output: string;
  /** A configuration's file, whose layers these are to be; default: the layers as the file has them. */
  config?: string;
  /** How the matrices of safetensors and npz lie: `torch`, units × inputs, or `in-out`. Default: as their sizes say. */
  layout?: Layout;
  /**
   * What outputs were learned with, which says what they are: classes, yes or no, values. Default: as a file of ours says,
   * or a configuration; else by the last activation.
   */
  loss?: LossName;
}

/** What was read, and written. */
export interface ImportResult {
  /** The file that was written. */
  path: string;
  /** The tensors' shapes, by the names that they have now. */
  tensors: Record<string, number[]>;
  /** Whether the file says what the network computes: it can be predicted with, and exported. */
  whole: boolean;
  /** What somebody who uses it has to know, a sentence each. */
  notes: readonly string[];
}

/**
 * Reads a dense network of another program: ONNX, safetensors or npz, which is seen from what is in the file; or ONNX or
 * JSON that gradpool has exported, which comes back whole.
 * @throws UserError for what cannot be read, is no dense network, or does not fit the configuration
 */
export async function importModel(source: string, settings: ImportSettings): Promise<ImportResult> {
  if (typeof source !== 'string' || source === '') {
    throw new UserError(`import: expected a file, got ${given(source)}`);
  }
  checkSettings<ImportSettings>('import', settings, {
    output: text,
    config: text,
    layout: text,
    loss: oneOf(...lossNames),
  });
  const { output, config: file, layout, loss } = settings;
  if (loss !== undefined && file !== undefined)
    throw new UserError('--loss: the configuration says it; leave one of them out');
  if (output === undefined) throw new UserError('--output: expected the file to write, got none');
  if (layout !== undefined && layout !== 'torch' && layout !== 'in-out') {
    throw new UserError(`--layout: expected in-out or torch, got ${given(layout)}`);
  }
  if (resolve(output) === resolve(source))
    throw new UserError('--output: is the file that is imported; name another');
  const cwd = process.cwd();
  const disk = seenFrom(cwd);
  await disk.lstat(source).catch((error) => {
    throw codeOf(error) === 'ENOENT' ? new UserError(`${source}: no such file`) : error;
  });
  const config = file === undefined ? undefined : await configOf(file, undefined, cwd);
  atWork({ what: `reading ${source}` });
  const found = await networkIn({
    bytes: await readWhole(disk, source, MOST_BYTES),
    path: resolve(cwd, source),
    where: source,
    layout,
    by: config ? '--config' : loss && '--loss',
  });
  const { notes } = found;
  const { assemble } = await import('../import/assemble.js');
  const wanted = {
    ...(config && { layers: config.model.layers as never, loss: config.loss }),
    ...(loss && { loss: { name: loss } }),
    said: 'own' in found ? undefined : found.said,
  };
  const { tensors, description } =
    'own' in found ? found.own : assemble(found.foreign, config?.name ?? nameOf(source), source, wanted);
  const { head, data } = encodeSafetensors(tensors, {
    format: IMPORT_FORMAT,
    gradpool: version,
    layout: 'in-out',
    ...(description && { [DESCRIPTION_KEY]: JSON.stringify(description) }),
    ...found.csv,
  });
  atWork({ what: `writing ${output}` });
  try {
    await makeFolder(disk, dirname(output));
    await writeDurably(disk, output, [head, ...data]);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new UserError(`${output}: cannot be written (${reason})`);
  }
  const shapes = Object.entries(tensors).map(([name, { shape }]) => [name, [...shape]]);
  return { path: output, tensors: Object.fromEntries(shapes), whole: description !== undefined, notes };
}

type Found = { readonly notes: string[]; readonly csv?: Readonly<Record<string, string>> } & (
  | { readonly foreign: ForeignNetwork; readonly said: unknown }
  | { readonly own: Pick<ModelFile, 'description' | 'tensors'> }
);

interface Asked {
  readonly bytes: Uint8Array;
  readonly path: string;
  readonly where: string;
  readonly layout: Layout | undefined;
  /** What says what the network is to be: a configuration, a loss; undefined: the file. */
  readonly by: '--config' | '--loss' | undefined;
}

const WHOLE = 'gradpool exported it, and it is whole again: its preprocessing and its classes with it';

/** The network in a file, by what its first bytes say that it is. */
async function networkIn({ bytes, path, where, layout, by }: Asked): Promise<Found> {
  const { networkOfTensors } = await import('../import/tensors.js');
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const isJson = bytes[0] === 0x7b;
  const isSafetensors = !isJson && bytes.length > 8 && bytes[8] === 0x7b;
  if (!isZip && !isSafetensors) {
    if (layout !== undefined) {
      throw new UserError(
        `--layout: ${isJson ? 'JSON of gradpool' : 'an ONNX graph'} says itself how its matrices lie`,
      );
    }
    const { exportedModel } = await import('../import/exported.js');
    if (isJson) return ofOwn(exportedModel(bytes, 'json', where), by, where);
    const { decodeOnnx } = await import('../formats/onnx-read.js');
    const { networkOfOnnx } = await import('../import/onnx.js');
    const { isOwn } = await import('../import/own.js');
    const graph = decodeOnnx(bytes, where);
    if (isOwn(graph) && (by !== '--loss' || graph.inputs.length > 1)) {
      return ofOwn(exportedModel(bytes, 'onnx', where), by, where);
    }
    const said = parseJson(graph.metadata[DESCRIPTION_KEY] ?? '');
    return { foreign: networkOfOnnx(graph, where), notes: [], said };
  }
  const decoded = isZip
    ? await import('../formats/npz.js').then(({ readNpz }) => readNpz(path, MOST_BYTES))
    : await import('../formats/safetensors-foreign.js').then(({ decodeForeign }) =>
        decodeForeign(bytes, where),
      );
  const { tensors, others } = decoded;
  const texts: Readonly<Record<string, unknown>> = 'texts' in decoded ? decoded.texts : decoded.metadata;
  if (by === undefined && (layout === undefined || layout === texts.layout)) {
    const { ownOfTensors } = await import('../import/own-tensors.js');
    const own = ownOfTensors(texts, tensors, where);
    if (own) return { own, csv: csvMetadata(textsOf(texts)), notes: [WHOLE] };
  }
  if (by === '--config' && texts[DESCRIPTION_KEY] !== undefined) refuseEmbedded(Object.keys(tensors), where);
  const own = texts.layout === 'torch' || texts.layout === 'in-out' ? texts.layout : undefined;
  const notes =
    others.length > 0 ? [`left out, as they are no floats: ${others.slice(0, 8).join(', ')}`] : [];
  return {
    foreign: networkOfTensors(tensors, layout ?? own, where),
    notes,
    said: parseJson(String(texts[DESCRIPTION_KEY] ?? '')),
  };
}

/** What gradpool has exported: whole as it was, or its tensors for the layers of a configuration. */
async function ofOwn(file: ModelFile, by: Asked['by'], where: string): Promise<Found> {
  const { description, tensors, metadata } = file;
  if (by === '--loss') {
    throw new UserError(
      `--loss: ${where} is a whole model that gradpool exported, and says its own; leave it out`,
    );
  }
  if (by === undefined) {
    return { own: { description, tensors }, csv: csvMetadata(metadata), notes: [WHOLE] };
  }
  refuseEmbedded(Object.keys(tensors), where);
  const { networkOfTensors } = await import('../import/tensors.js');
  const notes =
    description.preprocessing.columns === undefined
      ? []
      : ['its tensors alone, for the layers of --config; without --config its preprocessing comes with them'];
  return { foreign: networkOfTensors(tensors, 'in-out', where), said: description, notes };
}

function refuseEmbedded(names: readonly string[], where: string): void {
  if (!names.some((name) => name.startsWith('embedding.'))) return;
  throw new UserError(
    `--config: ${where} has embeddings of its columns, which are not among a configuration's layers; ` +
      'leave --config out, and the whole model comes back',
  );
}

/** A name as runs have them, of a file's. */
function nameOf(path: string): string {
  const name = basename(path, extname(path)).replace(/[^A-Za-z0-9._-]+/g, '-');
  return /^[A-Za-z0-9]/.test(name) ? name.slice(0, 64) : 'imported';
}

function text(value: unknown, name: string): void {
  if (typeof value !== 'string' || value === '')
    throw new UserError(`${name}: expected a text, got ${given(value)}`);
}

/** Metadata that are texts. */
const textsOf = (metadata: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
