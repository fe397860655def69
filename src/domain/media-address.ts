import { PatternPivotError } from './errors.ts';

/** Addresses of media files on the web: what they may be, what may be shown of them, and what a file from there is called. */

/** Whether what a user named is an address and no path. */
export function isMediaAddress(named: string): boolean {
  return /^https?:\/\//iu.test(named);
}

/** Addresses are never longer than this, in characters. */
const maxAddressChars = 8192;

/** Reads an address. @throws input.address_invalid */
export function parseMediaAddress(text: string): URL {
  const invalid = (why: string) =>
    new PatternPivotError('input.address_invalid', `This address ${why}: ${describeMediaAddress(text)}`, {
      hint: 'Give the address of a media file that begins with http:// or https://.',
    });
  if (text.length > maxAddressChars) throw invalid(`is longer than ${maxAddressChars} characters`);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid('cannot be read');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid('is neither http nor https');
  if (url.hostname === '') throw invalid('names no host');
  return url;
}

/** An address for people, events and documents: without user, password, query and fragment, which may be secrets. */
export function describeMediaAddress(address: string | URL): string {
  let text: string;
  try {
    const url = new URL(address);
    text = `${url.protocol}//${url.host}${url.pathname}`;
  } catch {
    text = String(address)
      .replace(/[?#].*$/su, '')
      .replace(/\/\/[^/@]*@/u, '//');
  }
  const clean = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, '');
  return clean.length > 200 ? `${clean.slice(0, 199)}…` : clean;
}

/** Endings for content that comes without one. */
const endingsByType: Readonly<Record<string, string>> = {
  'video/mp4': '.mp4',
  'video/quicktime': '.mov',
  'video/webm': '.webm',
  'video/x-matroska': '.mkv',
  'video/mp2t': '.ts',
  'video/mpeg': '.mpg',
  'video/x-msvideo': '.avi',
  'audio/mpeg': '.mp3',
  'audio/mp4': '.m4a',
  'audio/x-m4a': '.m4a',
  'audio/aac': '.aac',
  'audio/wav': '.wav',
  'audio/x-wav': '.wav',
  'audio/flac': '.flac',
  'audio/ogg': '.ogg',
  'audio/opus': '.opus',
};

/** Names that Windows keeps for itself. */
const reservedName = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/iu;

/** File systems take names of 255 bytes; room is left for what is added to them. */
const maxNameBytes = 180;

/** What a fetched file is called: as its server says (`Content-Disposition`), else as its address ends. Always a plain name. */
export function nameFetchedFile(
  url: URL,
  headers: { readonly disposition?: string | undefined; readonly type?: string | undefined },
): string {
  const last = url.pathname.split('/').findLast((part) => part !== '') ?? '';
  const offered = [readDisposition(headers.disposition), decode(last), url.hostname];
  const name =
    offered.map((candidate) => cleanName(candidate ?? '')).find((clean) => clean !== '') ?? 'media';
  const ending = endingsByType[headers.type?.split(';')[0]?.trim().toLowerCase() ?? ''];
  return ending === undefined || /\.[A-Za-z0-9]{2,5}$/u.test(name) ? name : `${name}${ending}`;
}

/** RFC 6266: `filename*=UTF-8''…` comes before `filename="…"`. */
function readDisposition(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const extended = /filename\*\s*=\s*(?:utf-8|iso-8859-1)'[^']*'([^;\s]+)/iu.exec(header)?.[1];
  if (extended !== undefined) return decode(extended);
  const plain = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/iu.exec(header);
  return plain?.[1]?.replaceAll(/\\(.)/gu, '$1') ?? plain?.[2];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function cleanName(text: string): string {
  const clean = text
    .split(/[\\/]/u)
    .findLast((part) => part.trim() !== '')
    ?.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}<>:"|?*]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .replace(/^[.\s-]+|[.\s]+$/gu, '');
  if (clean === undefined || clean === '') return '';
  const ending = /\.[A-Za-z0-9]{1,5}$/u.exec(clean)?.[0] ?? '';
  let stem = clean.slice(0, clean.length - ending.length);
  while (Buffer.byteLength(stem + ending) > maxNameBytes) stem = [...stem].slice(0, -1).join('');
  return reservedName.test(stem + ending) ? `_${stem}${ending}` : stem + ending;
}
