import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** A stretch of a file in bytes, both ends included. */
export type ByteRange = { readonly start: number; readonly end: number };

/**
 * Reads the header `Range` of a request. @returns undefined to send all of it: without the header, or for one that isn't
 * understood or asks for several stretches, which a server may ignore; `unsatisfiable` when it begins behind the end
 */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/u.exec(header?.trim() ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from === '') {
    const length = Math.min(Number(to), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(from);
  const end = to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (start >= sizeBytes) return 'unsatisfiable';
  return start > end ? undefined : { start, end };
}

/** Answers with a file, or the stretch of it that a player asks for. 404 when it has gone. */
export async function fileResponse(
  path: string,
  contentType: string,
  rangeHeader: string | undefined,
): Promise<Response> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return new Response('Not found', { status: 404 });
  const headers: Record<string, string> = {
    'Content-Type': contentType,
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-cache',
    ETag: `"${found.size.toString(36)}-${Math.round(found.mtimeMs).toString(36)}"`,
  };
  const range = parseRange(rangeHeader, found.size);
  if (range === 'unsatisfiable') {
    return new Response(undefined, {
      status: 416,
      headers: { ...headers, 'Content-Range': `bytes */${found.size}` },
    });
  }
  const { start, end } = range ?? { start: 0, end: found.size - 1 };
  const body =
    found.size === 0 ? undefined : (Readable.toWeb(createReadStream(path, { start, end })) as ReadableStream);
  return new Response(body, {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      'Content-Length': String(Math.max(0, end - start + 1)),
      ...(range === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${found.size}` }),
    },
  });
}
