/**
 * Fuzzing: inputs that follow from (seed, number) go to targets in child processes. Each must be accepted, or refused
 * with a `UserError`, within a second and a bound of memory.
 */
import type { Random } from '../src/random.js';
import { Child, Death } from './fuzz-parent.js';
import { type Figures, type Given, randomOf, Violation } from './proof.js';

/** Where an input is to be found: in a file, or where a file would be. */
export const places = ['file', 'folder', 'pipe', 'socket', 'device', 'loop', 'missing'] as const;

export interface Input {
  /** Its name in targets/index.ts. */
  readonly target: string;
  readonly bytes: Uint8Array;
  readonly place?: (typeof places)[number];
  /** The file's length, where it goes on after `bytes`, with zeros that take no room on the disk. */
  readonly size?: number;
  /** What must come of it, where that is known. */
  readonly must?: 'accepted' | 'refused';
}

export interface Case extends Input {
  readonly index: number;
  /** The guard of the target that is taken out. */
  readonly without?: string;
}

/** What came of a case. */
export interface Answer {
  readonly index: number;
  readonly outcome: 'accepted' | 'refused' | 'broken';
  /** The message of a refusal, the stack of anything else. */
  readonly what: string;
  readonly ms: number;
  /** The processor's time, of all threads. */
  readonly cpuMs: number;
  /** Bytes of memory at their highest so far, above what the process began with. */
  readonly grown: number;
}

export interface Fuzz {
  readonly proof: string;
  /** Bytes by which memory may grow: the most that a target reads as declared, and what Node needs around it. */
  readonly bound: number;
  input(random: Random, index: number): Input;
}

const atOnce = 2;
/** So many that one child does what is tried in `npm test`: starting another takes longer. */
const batchSize = 320;
const mebibyte = 2 ** 20;
/** Most of an input that a message shows; seed and number give the whole. */
const shownBytes = 1500;

/** Tries `given.count` inputs. @throws Violation for one that is neither accepted nor refused as it should be */
export async function fuzz(given: Given, { proof, bound, input }: Fuzz): Promise<Figures> {
  const counts = { accepted: 0, refused: 0, broken: 0 };
  const broken: unknown[] = [];
  let slowest = 0;
  let largest = 0;
  let next = 0;

  const take = (): Case[] => {
    const length = broken.length > 0 ? 0 : Math.min(batchSize, given.count - next);
    return Array.from({ length }, () => {
      const index = next++;
      return { ...input(randomOf(given, proof, index), index), index, without: given.sabotage };
    });
  };
  const judge = (one: Case, { outcome, what, ms, grown }: Answer): void => {
    counts[outcome]++;
    slowest = Math.max(slowest, ms);
    largest = Math.max(largest, grown);
    if (outcome === 'broken') throw violation(given, one, what);
    if (one.must && one.must !== outcome)
      throw violation(given, one, `must be ${one.must}, is ${outcome} ${what}`);
    if (grown > bound)
      throw violation(given, one, `memory grew by ${grown} bytes, at most ${bound} are allowed`);
  };
  const work = async (): Promise<void> => {
    let child: Child | undefined;
    try {
      child = await Child.start();
      for (let cases = take(); cases.length > 0; ) {
        const slow = await child.run(cases, judge);
        if (slow) {
          // A busy machine makes any case slow: it is tried again, alone, with patience where nothing was taken out.
          await child.kill();
          child = await Child.start();
          if (await child.run([slow], judge, given.sabotage === undefined))
            throw violation(given, slow, 'takes more than a second, twice');
        }
        cases = slow ? cases.slice(cases.indexOf(slow) + 1) : [];
        given.progress?.(counts.accepted + counts.refused);
        if (cases.length === 0) cases = take();
      }
      await child.end();
    } catch (error) {
      broken.push(error instanceof Death ? violation(given, error.during, error.message) : error);
    } finally {
      await child?.kill();
    }
  };
  const children = Math.min(atOnce, Math.ceil(given.count / batchSize));
  await Promise.all(Array.from({ length: children }, work));
  if (broken.length > 0) throw broken[0];
  return {
    accepted: counts.accepted,
    refused: counts.refused,
    'slowest ms': Math.round(slowest),
    'largest growth MiB': Math.round(largest / mebibyte),
  };
}

function violation(given: Given, { index, target, bytes, place, size }: Case, what: string): Violation {
  const input = Buffer.from(bytes.subarray(0, shownBytes)).toString('base64');
  const rest = bytes.length > shownBytes ? '…' : '';
  const where = [target, place, size === undefined ? '' : `lengthened to ${size}`].filter(Boolean).join(', ');
  return new Violation(
    `seed ${given.seed}, case ${index}: ${what}\n${where}, ${bytes.length} bytes in base64: ${input}${rest}`,
  );
}
