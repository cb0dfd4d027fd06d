/** The formats of exports by the names they have on a command line: a name is its file's name. */
import type { ExportFormat } from './format.js';
import { json } from './json.js';
import { npz } from './npz.js';
import { onnx } from './onnx.js';
import { safetensors } from './safetensors.js';
import { tfjs } from './tfjs.js';

export const formatMembers = { onnx, safetensors, npz, json, tfjs };
export type FormatName = keyof typeof formatMembers;
export const formats: Readonly<Record<FormatName, ExportFormat>> = formatMembers;
export const formatNames = Object.keys(formats) as FormatName[];
