import { joinWords } from '../../domain/caption-join.ts';
import { basename } from 'node:path';
import type { Moment } from '../../domain/moment.ts';
import type { Post } from '../../domain/post.ts';
import type { Source } from '../../domain/source.ts';
import type { Transcript } from '../../domain/transcript.ts';
import { cleanSentence, shortenTitle, stripControls } from '../shortlist/title.ts';
import { findTags } from './tags.ts';

/** How much of the words around the clip is told, on either side, in ms. */
const aroundMs = 15_000;

/** Limits of the document, and of what platforms take. */
const maxTitleChars = 100;
const maxSentenceChars = 220;
const maxTags = 8;

/** Writes what goes with a clip when it is posted, from its own words: title, description, tags, and where it came from. */
export function writePost(moment: Moment, transcript: Transcript, source: Source): Post {
  const { words } = transcript;
  const inside = transcript.sentences
    .slice(moment.sentenceStart, moment.sentenceEnd)
    .filter((sentence) => sentence.endMs > moment.startMs && sentence.startMs < moment.endMs);
  const textBetween = (startMs: number, endMs: number) =>
    joinWords(
      words
        .filter(
          (word) => (word.startMs + word.endMs) / 2 >= startMs && (word.startMs + word.endMs) / 2 < endMs,
        )
        .map((word) => word.text),
    );
  const title = shortenTitle(stripControls(moment.title).replaceAll(/\s+/gu, ' ').trim(), maxTitleChars);
  const sourceTitle = nameOf(source);
  return {
    version: 1,
    title: title === '' ? 'Untitled moment' : title,
    description: describe(
      title,
      inside.map((sentence) => sentence.text),
      `From “${sourceTitle}”, ${clock(moment.startMs)} to ${clock(moment.endMs)}.`,
    ),
    tags: findTags(
      moment.text,
      transcript.sentences.map((sentence) => sentence.text),
      maxTags,
    ),
    source: {
      name: basename(source.path),
      contentHash: source.contentHash,
      range: { startMs: moment.startMs, endMs: moment.endMs },
      before: textBetween(moment.startMs - aroundMs, moment.startMs),
      words: moment.text,
      after: textBetween(moment.endMs, moment.endMs + aroundMs),
    },
    score: moment.score,
    why: explain(moment),
    reasons: [...moment.reasons],
    chosenBy: moment.chosenBy,
  };
}

/** Why a moment was chosen, in one sentence: the three things that spoke most for it. */
export function explain(moment: Moment): string {
  const best = moment.reasons.filter((reason) => reason.contribution > 0).slice(0, 3);
  if (best.length === 0) return `${moment.reasons[0]?.text ?? 'Nothing in particular speaks for it'}.`;
  const texts = best.map(({ text }, index) =>
    index === 0 ? text : text.replace(/^\p{Lu}(?=\p{Ll})/u, (letter) => letter.toLowerCase()),
  );
  return `${texts.join('; ')}.`;
}

/** A sentence or two of the clip's own that the title does not say already, and where it is from. */
function describe(title: string, sentences: readonly string[], sourceLine: string): string {
  const said: string[] = [];
  const plainTitle = title.replace(/…$/u, '').toLowerCase();
  for (const sentence of sentences) {
    const clean = cleanSentence(sentence);
    if (clean.split(' ').length < 4 || clean.toLowerCase().startsWith(plainTitle)) continue;
    const text = shortenTitle(clean, maxSentenceChars);
    said.push(/[.!?…]$/u.test(text) ? text : `${text}.`);
    if (said.length === 2) break;
  }
  return [said.join(' '), sourceLine].filter((part) => part !== '').join('\n\n');
}

/** What the source calls itself, else its file name without the ending. */
function nameOf(source: Source): string {
  const tag = Object.entries(source.info.tags).find(([name]) => name.toLowerCase() === 'title')?.[1];
  const name = tag ?? basename(source.path).replace(/\.[^.]+$/u, '');
  return shortenTitle(stripControls(name).replaceAll(/\s+/gu, ' ').trim(), maxTitleChars);
}

/** A time as people write it: `12:05`, `1:02:03`. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
