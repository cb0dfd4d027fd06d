/** All kernels, one module. It owns no memory: every address is the caller's. */

export * from './adam';
export * from './adamw';
export * from './batch_norm';
export * from './batch_norm_merge';
export * from './binary_cross_entropy';
export * from './cross_entropy';
export { erf_f32, erf_f64 } from './erf';
export { exp_f32, exp_f64, log, log1p_f32, log1p_f64 } from './math';
export * from './dense';
export * from './dropout';
export * from './elu';
export * from './embedding';
export * from './gather';
export * from './gather_slots';
export * from './gelu';
export * from './layer_norm';
export * from './leaky_relu';
export * from './linear';
export * from './mean_squared_error';
export * from './relu';
export * from './sgd';
export * from './sigmoid';
export * from './silu';
export * from './softmax';
export * from './softplus';
export * from './sum';
export * from './tanh';
