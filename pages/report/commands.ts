/** What can be done with the run, what its weights are known by, and what it was told to do. */
import type { ReportData } from '../../src/page/report-data.js';
import { element, section } from '../kit.js';

export function commandsSection({ commands, done }: ReportData): HTMLElement | null {
  const hash = (what: string, text: string) => [
    element('div', {}, element('dt', {}, what), element('dd', { class: 'hash' }, text)),
  ];
  return section(
    'From here',
    done === undefined
      ? null
      : element(
          'dl',
          { class: 'commands wide' },
          ...hash('weightsHash: of the weights after the last step', done.weightsHash),
          ...hash('bestHash: of the weights that are left', done.bestHash),
        ),
    element(
      'dl',
      { class: 'commands' },
      ...Object.entries(commands).map(([what, line]) =>
        element('div', {}, element('dt', {}, what), element('dd', {}, element('code', {}, line))),
      ),
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
    if (Array.isArray(value)) {
      // The first line of what is listed stands beside its dash.
      const text = yaml(each, `${indent}  `);
      return `${indent}- ${text.startsWith(`${indent}  `) ? text.slice(indent.length + 2) : text}`;
    }
    const text = yaml(each, `${indent}  `);
    return `${indent}${scalar(key)}:${text.startsWith(`${indent}  `) ? '\n' : ' '}${text}`;
  });
  return lines.join('\n');
}

const scalar = (value: unknown): string =>
  typeof value === 'string' &&
  /^[A-Za-z][\w./ -]*$/.test(value) &&
  !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : (JSON.stringify(value) ?? 'null');
