/** Adam (torch.optim.Adam): see moments.ts. */
import { momentsOf } from './moments.js';

export const adam = momentsOf('Adam (Kingma and Ba 2015): each parameter has a step size of its own.', 0);
