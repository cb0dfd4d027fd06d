/** `gradpool export`: a run's weights, or its history, in a format that others read. */
import type { ExportSettings } from '../api/export.js';
import { command } from './command.js';
import { text } from './options.js';

const options = {
  format: text('As above (default: by the ending of --output)'),
  output: text('File, or folder of tfjs and tensorboard, to write'),
  layout: text('Of safetensors and npz: in-out (default), or torch'),
};

export const exportCommand = command({
  name: 'export',
  describe: 'Write a model in a format that others read',
  usage:
    'gradpool export <run folder or file> --format <format> [options]\n\n' +
    'Writes the weights that a run left. onnx has the preprocessing inside: raw\n' +
    'columns in, labels and probabilities or values out. safetensors, npz and json\n' +
    'hold the tensors and a description; tfjs is a layers model. --layout torch\n' +
    "turns matrices and names tensors as PyTorch's nn.Sequential does.\n\n" +
    'Two formats are of what a run has told of itself, whether it has ended or not:\n' +
    'csv has the figures of its epochs, a row each; tensorboard an event file with\n' +
    'curves, histograms, images and hyperparameters, in tensorboard/ and a folder\n' +
    'with the name of the run.',
  examples: [
    'gradpool export runs/latest --format onnx',
    'gradpool export runs/latest --output model.safetensors --layout torch',
    'gradpool export runs/latest --format csv --output epochs.csv',
  ],
  argument: {
    name: 'run',
    describe: 'Folder of the run, or file of weights',
    missing:
      'expected the folder of a run or a file of weights, e.g. gradpool export runs/latest --format onnx',
  },
  options,
  async run(source, values, { write }) {
    const { exportModel } = await import('../api/export.js');
    const given = Object.entries(values).filter(([, value]) => value !== undefined);
    const settings = Object.fromEntries(given) as ExportSettings;
    const { path, format, bytes, notes } = await exportModel(source as string, settings);
    write(`${path}: ${format}, ${bytes.toLocaleString('en')} bytes\n`);
    for (const note of notes) write(`note: ${note}\n`);
    return 0;
  },
});
