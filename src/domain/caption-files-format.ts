import { countColumns, joinWords } from './caption-join.ts';
import { endsClause, gatherCues, isLeaning, type CueLimits, type TimedWord } from './cue-making.ts';

/** What subtitles are made of: anything with timed words; `endMs` says how long the last ones may stay. */
export type TimedWords = { readonly words: readonly TimedWord[]; readonly endMs?: number };

/** A subtitle: one or two lines from `startMs` to `endMs`. */
type Subtitle = {
  readonly startMs: number;
  readonly endMs: number;
  readonly lines: readonly string[];
  readonly speaker: string | undefined;
};

/** Broadcasters' custom: 42 letters a line, two lines, at most 7 s (https://partnerhelp.netflixstudios.com, timed text style guide). */
const maxLineChars = 42;
const maxSubtitleMs = 7000;

const subtitleLimits: CueLimits = {
  maxWords: 40,
  maxChars: 2 * maxLineChars + 1,
  maxMs: 6400,
  minMs: 1000,
  pauseMs: 1500,
  closeGapMs: 300,
  lingerMs: 300,
};

/** SubRip text: readable subtitles made anew from all the words, however many each cue held. A speaker's name stands where they begin. */
export function formatSrt(cues: readonly TimedWords[]): string {
  return makeSubtitles(cues)
    .map(({ startMs, endMs, lines, speaker }, index, all) => {
      const name =
        speaker === undefined || all[index - 1]?.speaker === speaker ? '' : `${speaker.toUpperCase()}: `;
      const text = (name + lines.join('\n')).replaceAll('-->', '→');
      return `${index + 1}\n${formatTime(startMs, ',')} --> ${formatTime(endMs, ',')}\n${text}\n`;
    })
    .join('\n');
}

/** WebVTT text: the same subtitles, each with its speaker's voice tag where that is known. `language` goes into the header. */
export function formatVtt(cues: readonly TimedWords[], { language }: { language?: string } = {}): string {
  const header = language === undefined ? 'WEBVTT\n' : `WEBVTT\nLanguage: ${language}\n`;
  const blocks = makeSubtitles(cues).map(({ startMs, endMs, lines, speaker }) => {
    const voice = speaker === undefined ? '' : `<v ${escapeVtt(speaker)}>`;
    const text = voice + lines.map(escapeVtt).join('\n');
    return `${formatTime(startMs, '.')} --> ${formatTime(endMs, '.')}\n${text}\n`;
  });
  return [header, ...blocks].join('\n');
}

function makeSubtitles(cues: readonly TimedWords[]): Subtitle[] {
  const words = cues
    .flatMap((cue) => cue.words)
    .map(({ text, startMs, endMs, speaker }) => ({
      text: cleanText(text),
      startMs,
      endMs,
      speaker: speaker === undefined ? undefined : cleanText(speaker),
    }))
    .filter((word) => word.text !== '');
  let endMs = 0;
  for (const word of words) endMs = Math.max(endMs, word.endMs, word.startMs + 1);
  for (const cue of cues) endMs = Math.max(endMs, cue.endMs ?? 0);
  const gathered = gatherCues(words, subtitleLimits, {
    endMs,
    fits: (from, to) => breakLines(words.slice(from, to).map((word) => word.text)).every(isLineShort),
  });
  return gathered.map((cue) => ({
    startMs: cue.startMs,
    endMs: Math.min(cue.endMs, cue.startMs + maxSubtitleMs),
    lines: breakLines(cue.words.map((word) => word.text)),
    speaker: cue.words[0]?.speaker,
  }));
}

function isLineShort(line: string): boolean {
  return countColumns(line) <= maxLineChars;
}

/** One line where it fits, else two of like length that break at a comma rather than after an article. */
function breakLines(words: readonly string[]): string[] {
  const whole = joinWords(words);
  if (isLineShort(whole) || words.length < 2) return [whole];
  let best = { cost: Infinity, lines: [whole] };
  for (let at = 1; at < words.length; at++) {
    const lines = [joinWords(words.slice(0, at)), joinWords(words.slice(at))];
    const [first = '', second = ''] = lines;
    const last = words[at - 1] ?? '';
    const [above, below] = [countColumns(first), countColumns(second)];
    const overflow = Math.max(0, above - maxLineChars) + Math.max(0, below - maxLineChars);
    const happiness = (endsClause(last) ? 10 : 0) - (isLeaning(last) ? 8 : 0);
    const cost = 100 * overflow + Math.abs(above - below) - happiness;
    if (cost < best.cost) best = { cost, lines };
  }
  return best.lines;
}

function cleanText(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

function escapeVtt(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function formatTime(ms: number, point: ',' | '.'): string {
  const pad = (value: number, digits = 2) => String(value).padStart(digits, '0');
  const seconds = Math.floor(ms / 1000);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${clock.map((part) => pad(part)).join(':')}${point}${pad(ms % 1000, 3)}`;
}
