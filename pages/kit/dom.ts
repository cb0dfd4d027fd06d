/** Elements without a framework. Text is always text: no string becomes HTML. */

export type Child = Node | string | number | null | undefined;

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element with attributes (those that are undefined are left out) and children (null and undefined are left out). */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  return filled(document.createElement(name), attributes, children);
}

/** The same for drawings. */
export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Name] {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function filled<Made extends Element>(made: Made, attributes: Attributes, children: readonly Child[]): Made {
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) made.setAttribute(key, String(value));
  for (const child of children)
    if (child !== null && child !== undefined) made.append(typeof child === 'number' ? String(child) : child);
  return made;
}

/** What the page was given. */
export function pageData<Data>(): Data {
  return JSON.parse(document.getElementById('data')?.textContent ?? 'null') as Data;
}

/** A part of the page under a heading; null where there is nothing in it. */
export function section(title: string, ...children: readonly Child[]): HTMLElement | null {
  const there = children.filter((child) => child !== null && child !== undefined);
  return there.length === 0 ? null : element('section', {}, element('h2', {}, title), ...there);
}

/** A drawing with what it shows above it, in a box of its own. */
export function figureOf(title: string, ...children: readonly Child[]): HTMLElement {
  return element('figure', {}, element('figcaption', {}, title), ...children);
}

/** The number of the style's colour for the one of that number: the eighth is followed by the first. */
export const colourOf = (index: number): string => `var(--s${index % 8})`;
