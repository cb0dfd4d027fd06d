/** What can be done with the run, what its weights are known by, and what it was told to do. */
import type { ReportData } from '../../src/page/report-data.js';
import { element, facts, section } from '../kit.js';

export function commandsSection({ commands, done }: ReportData): HTMLElement | null {
  const hash = (text: string | undefined) => text && element('span', { class: 'hash' }, text);
  return section(
    'From here',
    done === undefined
      ? null
      : facts({
          'weights after the last step (weightsHash)': hash(done.weightsHash),
          'weights that are left (bestHash)':
            done.bestHash === done.weightsHash ? 'the same' : hash(done.bestHash),
        }),
    element(
      'dl',
      { class: 'commands' },
      ...Object.entries(commands).flatMap(([what, line]) => [
        element('dt', {}, what),
        element('dd', {}, element('code', {}, line)),
      ]),
    ),
  );
}

export function configSection({ config }: ReportData): HTMLElement | null {
  return section(
    'Configuration, with all defaults',
    element('pre', { tabindex: 0, role: 'region', 'aria-label': 'Configuration' }, yaml(config)),
  );
}

/** As a file of YAML says it. Texts that could be taken for something else are in quotes, as JSON has them. */
function yaml(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return scalar(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return Array.isArray(value) ? '[]' : '{}';
  const isFlat = entries.every(([, each]) => typeof each !== 'object' || each === null);
  if (isFlat) {
    const line = Array.isArray(value)
      ? `[${value.map(scalar).join(', ')}]`
      : `{ ${entries.map(([key, each]) => `${scalar(key)}: ${scalar(each)}`).join(', ')} }`;
    if (line.length + indent.length < 100 && indent !== '') return line;
  }
  const lines = entries.map(([key, each]) => {
    const head = Array.isArray(value) ? '- ' : `${scalar(key)}: `;
    const text = yaml(each, `${indent}  `);
    return `${indent}${text.includes('\n') || text.startsWith(`${indent}  `) ? `${head.trimEnd()}\n` : head}${text}`;
  });
  return lines.join('\n');
}

const scalar = (value: unknown): string =>
  typeof value === 'string' &&
  /^[A-Za-z][\w./ -]*$/.test(value) &&
  !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : (JSON.stringify(value) ?? 'null');
