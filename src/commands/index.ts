/** The commands, in the order in which help lists them. */
import type { Command } from './command.js';
import { exportCommand } from './export.js';
import { gradcheck } from './gradcheck.js';
import { importCommand } from './import.js';
import { schema } from './schema.js';
import { train } from './train.js';
import { verify } from './verify.js';

export const commands: readonly Command[] = [train, verify, exportCommand, importCommand, gradcheck, schema];
