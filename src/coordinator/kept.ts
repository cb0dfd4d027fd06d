/** What a run that fails has kept, as its error tells it. */
import { Diverged, RunFailure, UserError } from '../errors.js';
import { Unwritable } from '../runs/folder.js';
import { resumeCommand } from '../runs/resume-command.js';

/** Adds to a failure of the run itself what it leaves behind. */
export function withWhatIsKept(error: unknown, checkpoint: string | null, runDir: string | null): unknown {
  if (!(error instanceof Error) || checkpoint === null || runDir === null) return error;
  // It has looked at what stands on the disk now, which may be less than was written once.
  if (error instanceof Unwritable) return error;
  if (!(error instanceof UserError || error instanceof RunFailure)) return error;
  const [first, ...rest] = error.message.split('\n');
  const goOn =
    error instanceof Diverged
      ? `if its parameters are not too large already, ${resumeCommand(runDir)} --force --set optimizer.learningRate=…, ` +
        'otherwise begin anew'
      : resumeCommand(runDir);
  error.message = [first, `kept: ${checkpoint}; ${goOn}`, ...rest].join('\n');
  return error;
}
