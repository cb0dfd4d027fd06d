/** The tensors alone, as every framework reads them, with the description of the model in the metadata. */
import { encodeSafetensors } from '../formats/safetensors.js';
import { DESCRIPTION_KEY } from '../predict/description.js';
import { csvMetadata } from '../predict/recorded.js';
import { version } from '../version.js';
import type { ExportFormat } from './format.js';
import { ownTensors } from './model.js';
import { torchModel } from './torch.js';

export const safetensors: ExportFormat = {
  description: 'Tensors by name, in x out, or as PyTorch has them.',
  ending: '.safetensors',
  layouts: true,
  encode(model, layout) {
    const torch = layout === 'torch' ? torchModel(model) : undefined;
    const { head, data } = encodeSafetensors(torch?.tensors ?? ownTensors(model), {
      // By which Hugging Face's libraries know whose tensors these are.
      ...(torch && { format: 'pt', torch: torch.code }),
      layout,
      gradpool: version,
      [DESCRIPTION_KEY]: JSON.stringify(model.description),
      ...csvMetadata(model.metadata),
    });
    const notes = torch
      ? [
          `${torch.code}.load_state_dict(safetensors.torch.load_file(path)) has it in PyTorch; the inputs are those ` +
            'after preprocessing',
        ]
      : [];
    return { files: [{ name: `model${safetensors.ending}`, parts: [head, ...data] }], notes };
  },
};
