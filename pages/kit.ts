/** What all pages are made of: elements, without a framework. Text is always text: no string becomes HTML. */

type Child = Node | string | number | null | undefined;

/** An element with attributes and children. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  for (const child of children)
    if (child !== null && child !== undefined)
      made.append(String(child) === child ? child : typeof child === 'number' ? String(child) : child);
  return made;
}

/** What the page was given. */
export function pageData<Data>(): Data {
  return JSON.parse(document.getElementById('data')?.textContent ?? 'null') as Data;
}
