import type { Moment } from '../../domain/moment.ts';
import type { Post } from '../../domain/post.ts';
import { findTags } from '../post/tags.ts';
import { shortenTitle, stripControls } from '../shortlist/title.ts';

/** What is heard of one source, and when. */
export type FilmSource = NonNullable<Post['sources']>[number];

/** Limits of the document, and of what platforms take. */
const maxTitleChars = 100;
const maxSourceTitleChars = 80;
const maxDescriptionChars = 5000;
const maxTags = 8;

/**
 * Writes what goes with a film of several sources when it is posted: every source is credited with when it is heard and where that was
 * said. `about`: how the film was made, in a sentence. `surroundings`: all
 * sentences of the sources, against which a tag must stand out.
 */
export function creditSources(
  film: {
    readonly title: string;
    readonly about: string;
    readonly score: number;
    readonly reasons: Moment['reasons'];
    readonly chosenBy: string;
  },
  sources: readonly FilmSource[],
  surroundings: readonly string[],
): Post {
  const title = shortenTitle(plainLine(film.title), maxTitleChars);
  const [first] = sources;
  return {
    version: 1,
    title: title === '' ? 'Untitled film' : title,
    description: describe(film.about, sources),
    tags: findTags(sources.map(({ words }) => words).join(' '), surroundings, maxTags),
    source: {
      name: first?.name ?? '',
      contentHash: first?.contentHash ?? '',
      range: first?.range ?? { startMs: 0, endMs: 0 },
      before: '',
      words: first?.words ?? '',
      after: '',
    },
    sources: [...sources],
    score: film.score,
    why: film.about,
    reasons: [...film.reasons],
    chosenBy: film.chosenBy,
  };
}

/** One line a part, in the film's order; where there are too many for a description, one line a source. */
function describe(about: string, sources: readonly FilmSource[]): string {
  const lines = sources.map(
    (source) =>
      `${clock(source.at.startMs)} ${nameOf(source)}, ${clock(source.range.startMs)} to ${clock(source.range.endMs)}`,
  );
  const whole = [about, '', 'From:', ...lines].join('\n');
  if (whole.length <= maxDescriptionChars) return whole;
  const names = [...new Set(sources.map(nameOf))];
  const short = [about, '', 'From:', ...names].join('\n');
  if (short.length <= maxDescriptionChars) return short;
  return `${short.slice(0, maxDescriptionChars - 1)}…`;
}

function nameOf({ title, address }: FilmSource): string {
  const name = `“${shortenTitle(plainLine(title), maxSourceTitleChars)}”`;
  return address === undefined ? name : `${name} (${address})`;
}

/** Titles come from files and the net: one line, nothing that turns or hides text. */
function plainLine(text: string): string {
  return stripControls(text).replaceAll(/\s+/gu, ' ').trim();
}

/** A time as people write it: `12:05`, `1:02:03`. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
