import { basename, extname } from 'node:path';

/** The longest that a part of a name may be, in UTF-8 bytes: with numbers and suffixes it stays below the usual 255. */
const maxNameBytes = 120;

/** The endings that belong together; the longer ones first. */
const endings = ['.timeline.json', '.post.json', '.preview.mp4'];

/** A folder's name for a source: its file name without the ending, and without what a disk or a shell chokes on. */
export function folderNameFor(sourcePath: string): string {
  const name = basename(sourcePath, extname(sourcePath))
    .normalize('NFC')
    // Control characters (newlines too), what Windows refuses, and marks that turn the direction of text.
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uD800-\uDFFF\\/:*?"<>|]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(/^\.+|[. ]+$/gu, '');
  const short = cutToBytes(name, maxNameBytes).trim();
  // CON, NUL and the like are devices on Windows.
  if (short === '' || /^(?:con|prn|aux|nul|com\d|lpt\d)$/iu.test(short)) return `source ${short}`.trim();
  return short;
}

/** The name of a clip without ending: its number and its title in lower case with hyphens. */
export function clipNameFor(number: number, title: string): string {
  const slug = title
    .normalize('NFKC')
    .toLowerCase()
    .replace(/['’]/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/gu, '');
  const short = cutToBytes(slug, 50).replace(/-[^-]*$/u, (rest) => (slug.length > 50 ? '' : rest));
  return `${String(number).padStart(2, '0')}-${short.replace(/-+$/u, '') || 'clip'}`;
}

/** The name of the file that stands beside an edited one: `01-a.new.timeline.json`, and with a count from the second on. */
export function besideName(name: string, count = 1): string {
  const ending = endings.find((candidate) => name.endsWith(candidate)) ?? extname(name);
  const stem = name.slice(0, name.length - ending.length);
  return `${stem}.new${count === 1 ? '' : `-${count}`}${ending}`;
}

function cutToBytes(text: string, maxBytes: number): string {
  let bytes = 0;
  let kept = '';
  for (const letter of text) {
    bytes += Buffer.byteLength(letter);
    if (bytes > maxBytes) break;
    kept += letter;
  }
  return kept;
}
