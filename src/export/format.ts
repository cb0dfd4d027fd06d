/** What a format is that a model is exported to. */
import type { LoadedModel } from './model.js';

/** One file of an export: its name, and its bytes in parts. */
export interface ExportedFile {
  readonly name: string;
  readonly parts: readonly Uint8Array[];
}

/** How matrices lie: inputs × units, as they do here, or as PyTorch has them, units × inputs, with PyTorch's names. */
export const layouts = ['in-out', 'torch'] as const;
export type Layout = (typeof layouts)[number];

export interface Exported {
  /** One file, under whatever name is asked for, or several for a folder. */
  readonly files: readonly ExportedFile[];
  /** What somebody who uses them has to know, a sentence each. */
  readonly notes: readonly string[];
}

export interface ExportFormat {
  /** One sentence. */
  readonly description: string;
  /** How its file's name ends; a folder's does not. */
  readonly ending: string;
  /** Whether it is a folder with several files. */
  readonly folder?: true;
  /** Whether it has the layouts, or only gradpool's own. */
  readonly layouts?: true;
  /** @throws UserError for a model that the format has no form for */
  encode(model: LoadedModel, layout: Layout): Exported;
}
