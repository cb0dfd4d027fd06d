/** All kernels, one module. It owns no memory: every address is the caller's. */

export * from './binary_cross_entropy';
export * from './cross_entropy';
export { erf_f32, erf_f64 } from './erf';
export { exp_f32, exp_f64, log, log1p_f32, log1p_f64 } from './math';
export * from './dense';
export * from './elu';
export * from './gather';
export * from './gelu';
export * from './leaky_relu';
export * from './linear';
export { is_sparse_f32, is_sparse_f64 } from './lists';
export * from './mean_squared_error';
export { transpose_f32, transpose_f64 } from './pack';
export * from './rank1';
export * from './relu';
export * from './sigmoid';
export * from './silu';
export * from './softmax';
export * from './softplus';
export * from './split';
export * from './tanh';
export * from './update';
