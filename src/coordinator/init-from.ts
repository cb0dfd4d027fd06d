/** A run's first weights from a file, by the names and shapes of tensors. */
import { createHash } from 'node:crypto';
import { isUserError, shortened, UserError } from '../errors.js';
import { type Tensor as Read, readSafetensors } from '../formats/safetensors.js';
import type { Disk } from '../machine/disk.js';
import type { Tensor } from '../model/layers/layer.js';
import type { InitFacts, InitFrom } from '../protocol.js';
import type { Workspace } from './workspace.js';

/**
 * Puts the file's weights in the place of those that were drawn.
 * @returns what was taken; undefined without a file
 * @throws UserError naming every tensor that does not fit, and where the file is not what it has to be
 */
export async function initializeFrom(
  disk: Disk,
  from: InitFrom | undefined,
  { setup, parameters, buffers }: Pick<Workspace, 'setup' | 'parameters' | 'buffers'>,
): Promise<InitFacts | undefined> {
  if (from === undefined) return undefined;
  const { path, allowMissing } = from;
  const { head, data, tensors } = await readSafetensors(disk, path).catch((error: unknown) => {
    if (from.sha256 === undefined || !isUserError(error)) throw error;
    throw new UserError(`${error.message}; the run begins with the weights in it: put it back`);
  });
  const sha256 = `sha256:${createHash('sha256').update(head).update(data).digest('hex')}`;
  if (from.sha256 !== undefined && from.sha256 !== sha256) {
    throw new UserError(
      `${path}: is not the file that the run began with any more: it had ${from.sha256}, and has ${sha256} now`,
    );
  }
  const { layers } = setup.net;
  const own: [Tensor, typeof parameters][] = [
    ...layers
      .flatMap((layer) => layer.tensors)
      .map((tensor) => [tensor, parameters] as [Tensor, typeof parameters]),
    ...layers
      .flatMap((layer) => layer.buffers)
      .map((tensor) => [tensor, buffers] as [Tensor, typeof parameters]),
  ];
  const fits = ({ name, shape }: Tensor) => tensors[name]?.shape.join() === shape.join();
  const names = own.map(([{ name }]) => name);
  const taken = own.filter(([tensor]) => fits(tensor));
  const takenNames = taken.map(([{ name }]) => name);
  const drawn = names.filter((name) => !takenNames.includes(name));
  const unused = Object.keys(tensors).filter((name) => !takenNames.includes(name));
  if ((drawn.length > 0 || unused.length > 0) && (!allowMissing || taken.length === 0)) {
    const misfits = own.flatMap(([tensor]) => (fits(tensor) ? [] : [misfit(tensor, tensors[tensor.name])]));
    const more = unused.filter((name) => !names.includes(name));
    const all = [...misfits, ...more.map((name) => `the network has no ${shortened(name)}`)];
    const advice =
      taken.length > 0
        ? '--allow-missing takes what fits and draws the rest'
        : 'nothing fits; gradpool import makes names of ours of those of other programs';
    throw new UserError(`--init-from: ${path} does not fit: ${all.join(', ')}; ${advice}`);
  }
  for (const [{ name, offset }, into] of taken) into.set(tensors[name].data, offset);
  return { path, sha256, taken: takenNames, drawn, unused };
}

function misfit({ name, shape }: Tensor, there: Read | undefined): string {
  const words = (sides: readonly number[]) => `[${sides.join(', ')}]`;
  return there === undefined
    ? `it has no ${name} ${words(shape)}`
    : `${name} is ${words(there.shape)} there and ${words(shape)} here`;
}
