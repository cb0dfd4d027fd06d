/** Reads OpenMetrics text as strictly as its specification: https://github.com/prometheus/OpenMetrics (version 1.0). */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly type: string;
  readonly unit: string;
  readonly help: string;
  readonly samples: Sample[];
}

const suffixes: Readonly<Record<string, readonly string[]>> = {
  gauge: [''],
  counter: ['_total', '_created'],
  info: ['_info'],
};
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** @throws Error for what is not in order */
export function families(text: string): Map<string, Family> {
  const found = new Map<string, Family>();
  if (!text.endsWith('# EOF\n')) throw new Error('no "# EOF" at the end');
  const lines = text.slice(0, -'# EOF\n'.length).split('\n');
  if (lines.pop() !== '') throw new Error('the last line has no end');
  let current: { name: string; family: { -readonly [Key in keyof Family]: Family[Key] } } | undefined;
  const seen = new Set<string>();
  for (const line of lines) {
    const about = /^# (TYPE|UNIT|HELP) (\S+) (.+)$/.exec(line);
    if (about) {
      const [, key, name, rest] = about;
      if (!NAME.test(name)) throw new Error(`name ${name}`);
      if (current?.name !== name) {
        if (found.has(name)) throw new Error(`${name}: its lines are not together`);
        current = { name, family: { type: '', unit: '', help: '', samples: [] } };
        found.set(name, current.family);
      }
      const { family } = current;
      if (family.samples.length > 0) throw new Error(`${name}: ${key} after samples`);
      const own = key.toLowerCase() as 'type' | 'unit' | 'help';
      if (family[own] !== '') throw new Error(`${name}: ${key} twice`);
      family[own] = rest;
      if (own === 'unit' && !name.endsWith(`_${rest}`))
        throw new Error(`${name}: unit ${rest} is not in the name`);
      continue;
    }
    const { name, family } = current ?? {};
    const sample = sampleIn(line);
    const isOwn =
      name !== undefined &&
      (suffixes[family?.type ?? ''] ?? []).some((suffix) => sample.name === name + suffix);
    if (!isOwn) throw new Error(`"${line}" is no sample of ${name}, a ${family?.type}`);
    if (family?.type === 'counter' && !(sample.value >= 0)) throw new Error(`${line}: counters do not fall`);
    if (family?.type === 'info' && sample.value !== 1) throw new Error(`${line}: expected 1`);
    const key = sample.name + JSON.stringify(Object.entries(sample.labels).sort());
    if (seen.has(key)) throw new Error(`${line}: twice`);
    seen.add(key);
    family?.samples.push(sample);
  }
  return found;
}

function sampleIn(line: string): Sample {
  const [, name = '', inner = '', number = ''] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"\\}]|"(?:[^"\\\n]|\\["\\n])*")*)\})? (\S+)$/.exec(line) ?? [];
  const value =
    { NaN: Number.NaN, '+Inf': Number.POSITIVE_INFINITY, '-Inf': Number.NEGATIVE_INFINITY }[number] ??
    Number(number);
  if (name === '' || (Number.isNaN(value) && number !== 'NaN')) throw new Error(`"${line}" is no sample`);
  const labels: Record<string, string> = {};
  let rest = inner;
  while (rest !== '') {
    const [all, label, quoted] =
      /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest) ?? [];
    if (all === undefined || label in labels) throw new Error(`"${line}": labels`);
    labels[label] = quoted.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
    rest = rest.slice(all.length);
  }
  return { name, labels, value };
}
