/** Arrays for NumPy: the tensors by name, and the description of the model as a text named `model`. */
import { encodeNpz } from '../formats/npz.js';
import { DESCRIPTION_KEY } from '../predict/description.js';
import type { ExportFormat } from './format.js';
import { ownTensors } from './model.js';
import { torchModel } from './torch.js';

export const npz: ExportFormat = {
  description: 'Arrays by name for numpy.load.',
  ending: '.npz',
  layouts: true,
  encode(model, layout) {
    const tensors = layout === 'torch' ? torchModel(model).tensors : ownTensors(model);
    const texts = { [DESCRIPTION_KEY]: JSON.stringify(model.description), layout };
    return { files: [{ name: `model${npz.ending}`, parts: [encodeNpz(tensors, texts)] }], notes: [] };
  },
};
