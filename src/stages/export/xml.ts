import { create } from 'xmlbuilder2';

/** An element as data: its attributes (those that are undefined are left out) and what is in it. */
export type XmlElement = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly children: readonly (XmlElement | string)[];
};

/** Makes an element. Children that are undefined are left out. */
export function element(
  name: string,
  attributes: XmlElement['attributes'] = {},
  ...children: readonly (XmlElement | string | undefined)[]
): XmlElement {
  return { name, attributes, children: children.filter((child) => child !== undefined) };
}

/** An element that holds one value. */
export function textElement(name: string, value: string | number | boolean): XmlElement {
  return element(name, {}, typeof value === 'boolean' ? String(value).toUpperCase() : String(value));
}

/**
 * The text of a document. Every name and text is escaped by the library; letters that XML cannot hold are replaced, so that
 * no name from outside makes a file that cannot be opened.
 */
export function formatXml(root: XmlElement): string {
  const document = create({ version: '1.0', encoding: 'UTF-8' }).dtd({ name: root.name });
  const add = (parent: ReturnType<typeof create>, { name, attributes, children }: XmlElement) => {
    const node = parent.ele(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) node.att(key, cleanXml(String(value)).replace(/[\t\r\n]+/gu, ' '));
    }
    for (const child of children) {
      if (typeof child === 'string') node.txt(cleanXml(child));
      else add(node, child);
    }
  };
  add(document, root);
  return `${document.end({ prettyPrint: true, wellFormed: true })}\n`;
}

/** What XML 1.0 has no way to write (https://www.w3.org/TR/xml/#charsets) becomes U+FFFD. */
function cleanXml(text: string): string {
  return text.toWellFormed().replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
