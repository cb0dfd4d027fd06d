/** `gradpool import`: what another program has learned, as weights of ours. */
import type { ImportSettings } from '../api/import.js';
import { lossNames } from '../model/losses/index.js';
import { command } from './command.js';
import { text, word } from './options.js';

const options = {
  output: text('File of weights to write'),
  config: text('Configuration whose layers these are to be'),
  loss: word('What outputs were learned with (default: by the last activation)', lossNames),
  layout: text('How matrices lie: torch (units x inputs) or in-out (default: by sizes)'),
};

export const importCommand = command({
  name: 'import',
  describe: "Read another program's weights",
  usage:
    'gradpool import <file> --output <file> [options]\n\n' +
    'Reads a dense network from ONNX, safetensors or npz and writes its weights\n' +
    'with the names that gradpool has for them, for train --init-from. Where it is\n' +
    'known what lies between its layers (ONNX, what gradpool has exported, or\n' +
    '--config), the file can also be predicted with and exported.\n' +
    'Outputs are classes after a softmax, yes or no after a sigmoid, else values,\n' +
    'unless the file or --loss says otherwise.',
  examples: [
    'gradpool import model.onnx --output model.safetensors',
    'gradpool import state.safetensors --layout torch --config c.yaml --output w.safetensors',
  ],
  argument: {
    name: 'file',
    describe: 'ONNX, safetensors or npz',
    missing: 'expected a file, e.g. gradpool import model.onnx --output model.safetensors',
  },
  options,
  async run(source, values, { write }) {
    const { importModel } = await import('../api/import.js');
    const given = Object.entries(values).filter(([, value]) => value !== undefined);
    const settings = Object.fromEntries(given) as unknown as ImportSettings;
    const { path, tensors, whole, notes } = await importModel(source as string, settings);
    for (const [name, shape] of Object.entries(tensors)) write(`${name} [${shape.join(', ')}]\n`);
    for (const note of notes) write(`note: ${note}\n`);
    const use = whole ? 'to predict with, to export, and for train --init-from' : 'for train --init-from';
    write(`${path}: ${use}\n`);
    return 0;
  },
});
