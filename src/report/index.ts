/** The reports that take the events of any command, by the option that asks for them: a name is its file's name. */
import { json } from './json.js';
import type { Offer } from './report.js';

export const reports: Readonly<Record<string, Offer>> = { json };
