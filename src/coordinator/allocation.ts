/**
 * Whether there is room for a run, and the refusal of what is too much, with the sizes and what would help. Knows
 * nothing of what the parts are for.
 */
import { UserError } from '../errors.js';
import { type Available, availableMemory, count, size } from '../machine/memory.js';
import { type Part, partsOf } from '../plan/budget.js';
import type { LayoutRequest } from '../plan/layout.js';
import { type ArenaPlan, MOST_BYTES } from '../shared/arena.js';

/** What there must be room for beside the plan, and how much room there is. */
export interface Room {
  /** What a check of gradients allocates, in place of the copies that a training makes. */
  readonly check?: readonly Part[];
  /** What this process may use, undefined where nobody knows; default: as the machine says. */
  readonly available?: () => Available | undefined;
}

const sum = (parts: readonly Part[], of: (part: Part) => number) =>
  parts.reduce((bytes, part) => bytes + of(part), 0);
const shared = (part: Part) => part.shared;
const all = (part: Part) => part.shared + part.own;

/**
 * Allocates what was planned, if there is room for it and for all else that the run needs.
 * @throws UserError with the sizes and what would help
 */
export function allocate(plan: ArenaPlan, request: LayoutRequest, room: Room): WebAssembly.Memory {
  const parts = partsOf(plan, request, room.check);
  const available = (room.available ?? availableMemory)();
  const needed = sum(parts, all);
  const refuse = (why: string, of: (part: Part) => number) => new UserError(`${why}: ${told(parts, of)}`);
  if (plan.bytes > MOST_BYTES) {
    const allowed = size(MOST_BYTES, Math.floor);
    const needs = size(plan.bytes, Math.ceil);
    throw refuse(`this run needs ${needs} of shared memory, but WebAssembly allows ${allowed}`, shared);
  }
  if (available !== undefined && needed > available.bytes) {
    const free = `${size(available.bytes, Math.floor)} ${available.where}`;
    throw refuse(`this run needs ${size(needed, Math.ceil)} of memory, but only ${free} are free`, all);
  }
  return plan.allocate();
}

/** The parts that matter, largest first, and what would help with the first. */
function told(parts: readonly Part[], of: (part: Part) => number): string {
  const largestFirst = [...parts].sort((a, b) => of(b) - of(a));
  const least = sum(parts, of) / 100;
  const listed = largestFirst
    .filter((part) => of(part) >= least)
    .map((part) => {
      const { what, times, unit } = part;
      const each = times > 1 ? ` (${[count(times), unit].join(' ').trim()} × ${size(of(part) / times)})` : '';
      return `${what} ${size(of(part))}${each}`;
    });
  return `${listed.join(', ')}; what would help: ${largestFirst[0].help}`;
}
