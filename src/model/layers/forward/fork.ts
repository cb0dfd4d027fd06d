/** Where rows go on two ways: as they are. */
import { forwardLayer } from './forward.js';

export const fork = forwardLayer({ opens: true, shape: (inputs) => ({ outputs: inputs, tensors: [] }) });
