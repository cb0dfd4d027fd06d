/** The searches by the names they have in a sweep file: a name is its file's name. */
import { grid } from './grid.js';
import { quasiRandom } from './quasi-random.js';
import { random } from './random.js';
import type { Search } from './search.js';
import { tpe } from './tpe.js';

export const searchMembers = { grid, random, 'quasi-random': quasiRandom, tpe };

export type SearchName = keyof typeof searchMembers;
export const searches: Readonly<Record<SearchName, Search>> = searchMembers;
export const searchNames = Object.keys(searches) as SearchName[];
