/** The data that it learned from. */
import type { ReportData } from '../../src/page/report-data.js';
import { count, element, facts, section, table } from '../kit.js';

export function dataSection({ start }: ReportData): HTMLElement | null {
  if (start === undefined) return null;
  const { columns, notes } = start;
  // Columns of facts that some version of gradpool knows, and in the order in which it tells them.
  const known = ['type', 'role', 'missing', 'becomes', 'inputs'];
  const more = [...new Set((columns ?? []).flatMap((column) => Object.keys(flat(column))))].filter(
    (key) => key !== 'name' && !known.includes(key),
  );
  return section(
    'Data',
    facts({
      'rows to learn from': count(start.trainRows),
      'rows for validation': count(start.validationRows),
      'rows for the test': count(start.testRows),
      'rows of no part': start.unusedRows > 0 ? count(start.unusedRows) : undefined,
      'left out for a missing value': start.droppedRows && count(start.droppedRows),
      weighted: start.weighted?.join(', '),
      drawn: start.balanced ? 'classes equally often' : undefined,
    }),
    columns === undefined
      ? null
      : element(
          'div',
          { class: 'card' },
          table({
            title: 'Columns',
            columns: ['column', ...known, ...more],
            rows: columns.map((column) => {
              const facts = flat(column);
              return [column.name, ...[...known, ...more].map((key) => cell(facts[key]))];
            }),
            named: true,
          }),
        ),
    notes === undefined ? null : element('ul', {}, ...notes.map((note) => element('li', {}, note))),
  );
}

/** A column's facts by their names, those of its training rows among them. */
function flat({ training, ...column }: NonNullable<NonNullable<ReportData['start']>['columns']>[number]) {
  const { missing, ...others } = training ?? {};
  const all: Record<string, unknown> = { ...column, ...others };
  return all;
}

const cell = (value: unknown) =>
  typeof value === 'number' || typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? ''
      : JSON.stringify(value);
