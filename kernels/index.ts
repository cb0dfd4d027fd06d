/** All kernels, one module. It owns no memory: every address is the caller's. */

export * from './adam';
export * from './adamw';
export * from './batch_norm';
export * from './batch_norm_merge';
export * from './binary_cross_entropy';
export * from './cross_entropy';
export { exp_f32, exp_f64, log, log1p_f64 } from './math';
export * from './dense';
export * from './dropout';
export * from './gather';
export * from './layer_norm';
export * from './linear';
export { is_sparse_f32, is_sparse_f64 } from './lists';
export * from './mean_squared_error';
export { transpose_f32, transpose_f64 } from './pack';
export * from './relu';
export * from './sgd';
export * from './sigmoid';
export * from './softmax';
export * from './split';
export * from './sum';
export * from './tanh';
