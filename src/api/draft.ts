/** `draftConfig` as a function: a data file in, a configuration that trains on it out. */
import { open } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { codeOf, didYouMean, quoted, UserError } from '../errors.js';
import { realDisk, reasonOf, writeDurably } from '../machine/disk.js';
import { checkSettings, flag, listener, textOf } from './settings.js';

/** What is known of the data beforehand. */
export interface DraftSettings {
  /** The column to predict; default: guessed. */
  target?: string;
  /** Name of the run; default: the file's. */
  name?: string;
  /** Where the configuration is to be written, which its path to the data follows from; default: `<file's name>.yaml` here. */
  output?: string;
  /** Whether a file that is there already is overwritten. */
  force?: boolean;
  /** Whether only the text is wanted, and nothing is written. */
  dry?: boolean;
  /** Asked where nobody can tell what is to be predicted; default: that is an error. */
  choose?: (candidates: readonly string[]) => Promise<string>;
}

/** A configuration that was drafted. */
export interface Draft {
  /** Where it was written, or would be. */
  readonly output: string;
  /** The configuration. */
  readonly text: string;
  /** The file that was looked at. */
  readonly data: string;
  /** Of the data. */
  readonly rows: number;
  /** Of the data. */
  readonly columns: number;
  /** The column to predict. */
  readonly target: string;
  /** Why this target. */
  readonly why: string;
  /** What is to be learned of it. */
  readonly task: 'classes' | 'binary' | 'values';
  /** Columns that are no inputs. */
  readonly ignored: readonly string[];
  /** Texts that were taken for missing values. */
  readonly missing: readonly string[];
  /** What somebody should know of the data, a line each. */
  readonly notes: readonly string[];
}

/**
 * Looks at a data file and writes a configuration for it.
 * @throws UserError for a file that cannot be read, where it is not to be told what is to be predicted, and where the
 *   configuration's file is there already
 */
export async function draftConfig(file: string, settings: DraftSettings = {}): Promise<Draft> {
  checkSettings<DraftSettings>('draftConfig', settings, {
    target: textOf,
    name: textOf,
    output: textOf,
    force: flag,
    dry: flag,
    choose: listener,
  });
  const { lookAt, stemOf } = await import('../look/index.js');
  const { profileOf, strayNotes } = await import('../look/profile.js');
  const { guessTarget, whyIgnored } = await import('../look/roles.js');
  const { draft } = await import('../config/draft.js');
  const { taskOf } = await import('../config/draft-model.js');
  if (file === '-')
    throw new UserError('init: looks at a file twice, so it cannot be standard input; name a file');
  const output = settings.output ?? `${stemOf(file)}.yaml`;
  const name = settings.name ?? nameOf(stemOf(file));
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new UserError(
      `--name: expected 1 to 64 letters, digits, ".", "_" or "-", first a letter or digit, got ${quoted(name)}`,
    );
  }
  if (settings.dry !== true && settings.force !== true) await refuseExisting(output);
  const looked = await lookAt(file);
  const profile = await profileOf(looked);
  const names = profile.columns.map((column) => column.name);
  let { target } = settings;
  let why = 'as you said';
  if (target === undefined) {
    const guess = guessTarget(profile);
    if ('column' in guess) [target, why] = [guess.column, guess.why];
    else if (settings.choose && guess.candidates.length > 0) target = await settings.choose(guess.candidates);
    else throw unclear(file, guess.candidates);
  }
  const column = profile.columns.find((each) => each.name === target);
  if (column === undefined) {
    throw new UserError(
      `--target: ${file} has no column ${quoted(target)}${didYouMean(target, names) || `; it has ${listed(names)}`}`,
    );
  }
  const task = taskOf(column, profile.rows);
  const notes = await strayNotes(looked, profile);
  const text = draft({
    name,
    path: pathFrom(output, file),
    family: looked.family,
    findings: looked.findings,
    notes,
    profile,
    target: column,
    why,
    task,
  });
  if (settings.dry !== true) await written(output, text, settings.force === true);
  const ignored = profile.columns.filter(
    (each) => each !== column && whyIgnored(each, profile.rows) !== undefined,
  );
  return {
    output,
    text,
    data: file,
    rows: profile.rows,
    columns: names.length + profile.refused.size,
    target,
    why,
    task,
    ignored: [...ignored.map((each) => each.name), ...profile.refused.keys()],
    missing: profile.tokens,
    notes: looked.findings.some(({ key }) => key === 'header') ? [nameless(output, names), ...notes] : notes,
  };
}

const MOST_LISTED = 12;
const listed = (names: readonly string[]) =>
  names.length > MOST_LISTED ? `${names.slice(0, MOST_LISTED).join(', ')}, …` : names.join(', ');

const nameless = (output: string, names: readonly string[]) =>
  `the file has no line of names: its columns are called ${listed(names)}; put your own into ${output} (data.header)`;

function unclear(file: string, candidates: readonly string[]): UserError {
  if (candidates.length === 0) {
    return new UserError(
      `${file}: no column could be predicted: each holds one value, dates, a count of the rows, or texts that hardly any two rows share`,
    );
  }
  const [first] = candidates;
  return new UserError(
    `${file}: expected to be told what is to be predicted; it could be ${listed(candidates)}: set --target ${
      /^[\w.-]+$/.test(first) ? first : JSON.stringify(first)
    }, or another`,
  );
}

/** A run's name out of a file's. */
function nameOf(stem: string): string {
  const name = stem.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'data' : name.slice(0, 64);
}

/** The data as the configuration names them, which says where they are from its own folder. */
function pathFrom(output: string, file: string): string {
  if (isAbsolute(file)) return file;
  return relative(dirname(resolve(output)), resolve(file))
    .split(sep)
    .join('/');
}

const there = (output: string) =>
  new UserError(`${output}: is there already; name another file (--output), or overwrite it (--force)`);

async function refuseExisting(output: string): Promise<void> {
  const isThere = await realDisk.lstat(output).then(
    () => true,
    () => false,
  );
  if (isThere) throw there(output);
}

async function written(output: string, text: string, force: boolean): Promise<void> {
  try {
    const bytes = Buffer.from(text);
    if (force) return await writeDurably(realDisk, join(dirname(output), basename(output)), [bytes]);
    // Another one may have come since it was looked for.
    const handle = await open(output, 'wx');
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw there(output);
    const reason = codeOf(error) === 'ENOENT' ? 'its folder is not there' : reasonOf(error);
    throw reason === undefined ? error : new UserError(`${output}: cannot be written (${reason})`);
  }
}
