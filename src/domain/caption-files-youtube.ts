import type { FileCue } from './caption-files-cues.ts';

/**
 * YouTube's own caption formats, as its players and yt-dlp get them: json3 (`{"events": [{"tStartMs", "dDurationMs", "segs": [{"utf8",
 * "tOffsetMs"}]}]}`) and srv3 or srv1 (XML). Nobody documents them; what is read here stood in every file that was seen. They become cues with
 * word times written as WebVTT has them, and are then read as such.
 */

/** More cues than this are refused: ten hours have some 40,000. */
const maxCues = 200_000;

/** A segment of text that begins at a time, ms of the video. */
type Segment = { readonly startMs: number; readonly text: string };

/** Cues of text that is json3, srv3 or srv1; undefined for every other. */
export function readYouTubeCues(text: string): FileCue[] | undefined {
  if (/^\s*</u.test(text)) return readTimedTextCues(text);
  if (!/^\s*\{/u.test(text) || !text.includes('"events"') || !text.includes('"segs"')) return undefined;
  try {
    return readJson3Cues(JSON.parse(text));
  } catch {
    // Whoever reads JSON next says what is wrong with it.
    return undefined;
  }
}

/** Cues of json3 that was parsed; undefined where this is some other JSON. */
function readJson3Cues(json: unknown): FileCue[] | undefined {
  const events = fieldOf(json, 'events');
  if (!Array.isArray(events) || !events.some((event) => Array.isArray(fieldOf(event, 'segs'))))
    return undefined;
  const cues: RawCue[] = [];
  for (const event of events.slice(0, maxCues)) {
    const startMs = numberOf(event, 'tStartMs');
    const segs: unknown = fieldOf(event, 'segs');
    // Events that append are line breaks.
    if (startMs === undefined || !Array.isArray(segs) || numberOf(event, 'aAppend') === 1) continue;
    const segments = segs.flatMap((seg: unknown): Segment[] => {
      const text = fieldOf(seg, 'utf8');
      if (typeof text !== 'string' || text.length > maxTextChars) return [];
      return [{ startMs: startMs + (numberOf(seg, 'tOffsetMs') ?? 0), text }];
    });
    cues.push({ startMs, endMs: startMs + (numberOf(event, 'dDurationMs') ?? 0), segments });
  }
  return finish(cues);
}

const maxTextChars = 10_000;

/** Cues of srv3 (`<timedtext><body><p t d><s t>`) or srv1 (`<transcript><text start dur>`); undefined for other text. */
function readTimedTextCues(text: string): FileCue[] | undefined {
  const head = text.slice(0, 2000);
  if (/<timedtext[\s>]/u.test(head)) return finish(readParagraphs(text));
  return /<transcript[\s>]/u.test(head) ? finish(readTexts(text)) : undefined;
}

function readParagraphs(text: string): RawCue[] {
  const cues: RawCue[] = [];
  for (const { attributes, body } of readElements(text, 'p')) {
    const startMs = attributeOf(attributes, 't');
    if (startMs === undefined || attributeOf(attributes, 'a') === 1) continue;
    const parts = readElements(body, 's').map((part): Segment => ({
      startMs: startMs + (attributeOf(part.attributes, 't') ?? 0),
      text: unescapeXml(part.body),
    }));
    const segments =
      parts.length > 0 ? parts : [{ startMs, text: unescapeXml(body.replaceAll(/<[^<>]{0,200}>/gu, ' ')) }];
    cues.push({ startMs, endMs: startMs + (attributeOf(attributes, 'd') ?? 0), segments });
  }
  return cues;
}

function readTexts(text: string): RawCue[] {
  return readElements(text, 'text').flatMap(({ attributes, body }): RawCue[] => {
    const start = attributeOf(attributes, 'start');
    if (start === undefined) return [];
    const startMs = Math.round(start * 1000);
    const endMs = startMs + Math.round((attributeOf(attributes, 'dur') ?? 0) * 1000);
    // What is escaped twice are the tags and quotes of the text itself.
    return [{ startMs, endMs, segments: [{ startMs, text: unescapeXml(unescapeXml(body)) }] }];
  });
}

/** Elements of a name that hold none of the same name, found by searching on: no pattern that could look back over a long text. */
function readElements(text: string, name: string): { attributes: string; body: string }[] {
  const found: { attributes: string; body: string }[] = [];
  const [opening, closing] = [`<${name}`, `</${name}>`];
  for (let at = text.indexOf(opening); at >= 0 && found.length < maxCues;) {
    const open = text.indexOf('>', at);
    const after = text[at + opening.length] ?? '';
    if (open < 0) break;
    const isOwn = after === '>' || /\s/u.test(after);
    const isEmpty = text[open - 1] === '/';
    const close = isOwn && !isEmpty ? text.indexOf(closing, open) : open;
    if (isOwn && !isEmpty && close < 0) break;
    if (isOwn && !isEmpty) {
      found.push({
        attributes: text.slice(at + opening.length, open).slice(0, 1000),
        body: text.slice(open + 1, close),
      });
    }
    at = text.indexOf(opening, Math.max(open, close));
  }
  return found;
}

function attributeOf(attributes: string, name: string): number | undefined {
  const value = new RegExp(String.raw`(?:^|\s)${name}="(\d{1,12}(?:\.\d{1,6})?)"`, 'u').exec(attributes)?.[1];
  return value === undefined ? undefined : Number(value);
}

const xmlEntities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replaceAll(
    /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7}));/gu,
    (whole, named?: string, code?: string) => {
      if (named !== undefined) return xmlEntities[named] ?? whole;
      const point = Number(code);
      return point >= 32 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
        ? String.fromCodePoint(point)
        : ' ';
    },
  );
}

type RawCue = { readonly startMs: number; readonly endMs: number; readonly segments: readonly Segment[] };

/** Sorted, none longer than until the next, and each word behind its time. */
function finish(raw: readonly RawCue[]): FileCue[] {
  const cues = raw
    .filter(({ segments }) => segments.some(({ text }) => text.trim() !== ''))
    .toSorted((a, b) => a.startMs - b.startMs);
  return cues.map(({ startMs, endMs, segments }, index) => {
    const nextMs = cues[index + 1]?.startMs ?? Number.MAX_SAFE_INTEGER;
    const isTimed = segments.length > 1;
    // A time before the only segment would say that its first word is timed, and so are all that follow.
    const line = segments
      .map((segment) => `${isTimed ? timeTag(segment.startMs) : ''}${escapeLine(segment.text)}`)
      .join('');
    return {
      startMs,
      endMs: Math.max(startMs, Math.min(endMs, nextMs)),
      lines: splitLines(line),
      line: index + 1,
    };
  });
}

function splitLines(line: string): string[] {
  return line
    .split('\n')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function escapeLine(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function timeTag(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const rest = new Date(ms % 3_600_000).toISOString().slice(14, 23);
  return `<${String(Math.min(hours, 999)).padStart(2, '0')}:${rest}>`;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function numberOf(value: unknown, name: string): number | undefined {
  const number = fieldOf(value, name);
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 && number < 1e12
    ? Math.round(number)
    : undefined;
}
