/// <reference lib="dom" />

type Child = Node | string | undefined;
type Props = Readonly<Record<string, string | number | boolean | undefined | ((event: never) => void)>>;

/**
 * Makes an element. A property with a function listens to that event, `true` sets an attribute without a value, `false` and
 * undefined leave it out. Texts are texts: nothing is ever read as HTML.
 */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name, value as EventListener);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** The part of the page with an id: the server's HTML has them all. */
export function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no ${id}.`);
  return found;
}

/** A key as it is shown beside what it does. */
export function key(name: string): HTMLElement {
  return el('kbd', {}, name);
}

/** A button that says which key does the same. */
export function keyButton(
  label: string,
  keyName: string,
  props: Props & { readonly click: (event: never) => void },
): HTMLButtonElement {
  return el('button', { type: 'button', ...props }, el('span', {}, label), key(keyName));
}

/** A place in a recording: `4:07`, with tenths `4:07.3`. */
export function clock(ms: number, tenths = false): string {
  const total = tenths ? Math.round(ms / 100) / 10 : Math.floor(ms / 1000);
  const seconds = total % 60;
  const minutes = Math.floor(total / 60);
  const tail = `${seconds < 10 ? '0' : ''}${tenths ? seconds.toFixed(1) : Math.floor(seconds)}`;
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours}:${String(minutes % 60).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}
