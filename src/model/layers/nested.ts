/** The option of layers that have layers of their own. */
import type { MembersOption } from '../../options.js';
import { defaultLayer } from '../lay-out.js';

export const ownLayers = (description: string) =>
  ({
    type: 'members',
    family: 'layers',
    fallback: defaultLayer,
    most: 64,
    description,
  }) as const satisfies MembersOption;
