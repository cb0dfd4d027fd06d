/** AdamW: Adam's kernels under its own name, since they differ in a default alone. */
export { adam_step_f32 as adamw_step_f32, adam_step_f64 as adamw_step_f64 } from './adam';
