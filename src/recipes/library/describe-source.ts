import { basename } from 'node:path';
import type { Source } from '../../domain/source.ts';
import { sourceName } from '../source-name.ts';

/** What a file says of itself. */
export type OwnWords = { readonly title: string; readonly publishedAt: string | undefined };

const maxTitleChars = 500;

/** Tags that hold when something was recorded or published, the best first: `creation_time` may only say when it was encoded. */
const dateTags = ['com.apple.quicktime.creationdate', 'date', 'date_recorded', 'creation_time'];

/** Cameras whose clock was never set say 1904, 1970 or 1980. */
const firstYear = 1990;

/**
 * The title and the date of a media file. Its owner chose its name, and knows it by that; what was fetched from an address is called as its tags
 * say, since addresses end in anything. (Tags of local files often hold the name of the program that made them.)
 */
export function describeSource(
  { path, info }: Pick<Source, 'path' | 'info'>,
  { now, isFetched }: { readonly now: Date; readonly isFetched: boolean },
): OwnWords {
  const tags = new Map(Object.entries(info.tags).map(([name, value]) => [name.toLowerCase(), value.trim()]));
  const dates = dateTags.map((name) => readDate(tags.get(name) ?? '', now));
  return {
    title: cutTitle(isFetched ? (tags.get('title') ?? '') : '') || titleOfFile(path),
    publishedAt: dates.find((date) => date !== undefined),
  };
}

/** A file's name without its ending, and without the language that captions have before it: `talk.en.vtt` is called talk. */
export function titleOfFile(path: string): string {
  const name = sourceName(path);
  const stem = name.replace(/\.[^.]+$/u, '').replace(/(?<=.)\.[a-z]{2}(?:-[A-Za-z]{2,4})?$/u, '');
  return cutTitle(stem) || cutTitle(name) || cutTitle(basename(path)) || 'untitled';
}

function cutTitle(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return clean.length <= maxTitleChars ? clean : clean.slice(0, maxTitleChars).toWellFormed();
}

/** Dates as containers hold them: `2024-05-01T10:00:00Z`, `20240501`, `2024`. ISO 8601. */
function readDate(text: string, now: Date): string | undefined {
  const [, year, month = '01', day = '01'] =
    /^(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?(?=$|[T ])/u.exec(text) ?? [];
  if (year === undefined || Number(year) < firstYear) return undefined;
  const exact = /T|\d \d/u.test(text) ? Date.parse(text) : Number.NaN;
  const time = Number.isNaN(exact) ? Date.parse(`${year}-${month}-${day}T00:00:00Z`) : exact;
  if (Number.isNaN(time) || time > now.getTime() + 24 * 60 * 60 * 1000) return undefined;
  return new Date(time).toISOString();
}
