/** `gradpool verify`: a run repeated, as someone at a terminal, or a script, sees it. Repeats nothing itself. */
import { type VerifyEvent, verifyReport } from '../report/verify.js';
import { command } from './command.js';
import { runOptions, setOption, whole } from './options.js';

const options = {
  from: whole("Repeat from this step's checkpoint on (default: all of it)", 0, Number.MAX_SAFE_INTEGER),
  set: { ...setOption.set, describe: 'path=value, e.g. data.path=DIR for moved data' },
  ...runOptions,
};

export const verify = command<typeof options, VerifyEvent>({
  name: 'verify',
  describe: 'Repeat a run and compare its weights',
  usage:
    'gradpool verify <run folder> [options]\n\n' +
    'Repeats a run as it was recorded and says whether every bit of its weights is\n' +
    'the same. Writes nothing. The exit code is 1 when a bit differs. runs/latest\n' +
    'stands for the newest run.',
  examples: ['gradpool verify runs/latest'],
  argument: {
    name: 'runDir',
    describe: 'Folder of the run',
    missing: 'expected the folder of a run, e.g. gradpool verify runs/latest',
  },
  options,
  report: verifyReport,
  stopping: 'stopping',
  async run(runDir, { threads, from, set, 'no-cache': none }, { tell, signal }) {
    const { verify } = await import('../api/verify.js');
    const result = await verify(runDir as string, {
      threads,
      cache: !none,
      from,
      overrides: { set },
      signal,
      // The repetition's own result is half of what is compared.
      onEvent: (event) => event.event !== 'done' && tell(event),
    });
    tell({ event: 'done', ...result });
    return result.same ? 0 : 1;
  },
});
