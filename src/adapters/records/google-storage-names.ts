/**
 * How ids become names of objects. Names may be any UTF-8, but tools that copy objects make paths of them (`..`), stars and brackets of them
 * are patterns, `#` a generation: https://docs.cloud.google.com/storage/docs/objects#naming. So only `-`, `/`, digits, `:` and letters stay; every other byte is
 * two hex digits behind a sign from its own gap in ASCII. So the order of the names is the order of the ids' bytes, and a beginning stays
 * a beginning: what is listed by prefix or from a name on is what was meant.
 */

/** The bytes that are written in hex, and the sign before them: each sign lies in its own gap. */
const gaps = [
  { from: 0x00, to: 0x2c, sign: ',' },
  { from: 0x2e, to: 0x2e, sign: '.' },
  { from: 0x3b, to: 0x40, sign: '=' },
  { from: 0x5b, to: 0x60, sign: '_' },
  { from: 0x7b, to: 0xff, sign: '~' },
] as const;

/** What each byte is written as. */
const codes = Array.from({ length: 256 }, (_, byte) => {
  const gap = gaps.find(({ from, to }) => byte >= from && byte <= to);
  return gap === undefined ? String.fromCharCode(byte) : gap.sign + byte.toString(16).padStart(2, '0');
});

/** The name of an id, up to three times as long, all of it ASCII. */
export function encodeId(id: string): string {
  return Array.from(Buffer.from(id), (byte) => codes[byte]).join('');
}

/** The id of a name; undefined for a name that {@link encodeId} does not give. */
export function decodeId(name: string): string | undefined {
  const bytes = name.replace(/[,.=_~]([0-9a-f]{2})/gu, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const id = Buffer.from(bytes, 'latin1').toString();
  return encodeId(id) === name ? id : undefined;
}
