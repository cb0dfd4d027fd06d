/** The fuzzer's targets by the names that cases give them; "X without Y" is X with its guard Y taken out. */
import type { Target, Targets } from './target.js';

/** Each file with targets, those that load quickest first: no more of them are loaded than a name needs. */
const files: readonly (() => Promise<Targets>)[] = [
  async () => (await import('./idx.js')).idxTargets,
  async () => (await import('./arrays.js')).arrayTargets,
  async () => (await import('./tables.js')).tableTargets,
  async () => (await import('./models.js')).modelTargets,
  async () => (await import('./config.js')).configTargets,
  async () => (await import('./runs.js')).runTargets,
];

/** The target of that name, without one of its guards if it is told which. */
export async function targetNamed(name: string, without?: string): Promise<Target> {
  for (const load of files) {
    const targets = await load();
    const target = targets[`${name} without ${without}`] ?? targets[name];
    if (target !== undefined) return target;
  }
  throw new Error(`no target "${name}"`);
}
